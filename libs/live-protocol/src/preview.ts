import { z } from 'zod';
import { metricInfoSchema } from './rest.js';

/** How long a preview can be looked at. */
export const PREVIEW_KEPT_DAYS = 1;

const value = z.number().nullable();

/**
 * A definition over the facts of the last hours, before it counts: answer of `GET /api/previews/{id}`. Made by
 * `freshet catalog preview`, kept for a day. Values as everywhere: money in minor units, shares 0 to 1.
 */
export const previewSchema = z.object({
  metric: z.string(),
  title: z.string(),
  /** What it means, in a sentence. */
  meaning: z.string(),
  owner: z.string(),
  unit: metricInfoSchema.shape.unit,
  /** Hash of the definition that is previewed. */
  revision: z.string(),
  /** Revision that is read of that name now, where it is another one. */
  activeRevision: z.string().optional(),
  madeAtMs: z.number(),
  /** ISO 4217; of several, the one with the most events is drawn. */
  currency: z.string().optional(),
  /** Dimension that has the currency of each series. */
  currencyDimension: z.string().optional(),
  /** Oldest first. */
  steps: z.array(
    z.object({
      startMs: z.number(),
      endMs: z.number(),
      /** Null: there was nothing to measure. */
      proposed: value,
      /** What is read now. */
      active: value.optional(),
    }),
  ),
  /** The newest step by its dimensions, those with the most events. */
  newest: z.object({
    dimensions: z.array(z.string()),
    rows: z.array(z.object({ series: z.array(z.string()), value })),
    /** Series that there are. */
    of: z.number(),
  }),
  /** What the drawn values were read by. */
  sql: z.string(),
});

export type Preview = z.infer<typeof previewSchema>;
