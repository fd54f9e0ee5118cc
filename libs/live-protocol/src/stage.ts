import { z } from 'zod';

/** Stages of the way from an event to the screen, in order. */
export const stageSchema = z.enum(['produce', 'broker', 'ingest', 'store', 'serve', 'paint']);
export type Stage = z.infer<typeof stageSchema>;
