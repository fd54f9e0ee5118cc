import { type Options } from '../options.js';
import { measureLive, type LiveFigure } from './live-run.js';

export interface MemoryResult {
  readonly figures: readonly LiveFigure[];
}

const RATE = 20_000;
const QUICK_RATE = 2_000;
const TARGET = '2s';
const LOOK_EVERY_MS = 1_000;

/** Resident memory of ingest at a steady 20,000 events/s; `--seconds 3600` shows whether it is flat over an hour. */
export async function runMemory({ seconds, quick }: Options): Promise<MemoryResult> {
  return { figures: [await measureLive(quick ? QUICK_RATE : RATE, TARGET, seconds, LOOK_EVERY_MS)] };
}
