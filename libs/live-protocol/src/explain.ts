import { z } from 'zod';
import { stateSchema } from './messages.js';

/** Where one number comes from: answers of `GET /api/metrics/{name}/explain` and what belongs to it. */

/** A value with what it is made of; `numerator` and `denominator` of ratios only. */
const measuredSchema = z.object({
  value: z.number().nullable(),
  numerator: z.number().nullable().optional(),
  denominator: z.number().nullable().optional(),
  /** Counted events that passed the metric's filter. */
  events: z.number().int(),
});

/** A record of the log by place, log time (epoch ms) and hash of its bytes. */
const fingerprintSchema = z.object({ offset: z.number().int(), logTimeMs: z.number(), hash: z.string() });

/** A column of the events; `masked`: its values are kept from this user. */
const eventColumnSchema = z.object({
  name: z.string(),
  classification: z.enum(['public', 'internal', 'confidential', 'personal']),
  masked: z.boolean(),
});

const eventSchema = z.object({
  incarnation: z.number().int(),
  partition: z.number().int(),
  offset: z.number().int(),
  logTimeMs: z.number(),
  eventTimeMs: z.number(),
  /** In the order of the columns; null: absent, or masked. */
  values: z.array(z.union([z.string(), z.number(), z.boolean()]).nullable()),
});

export const explainSchema = z.object({
  metric: z.string(),
  revision: z.string(),
  /** When this revision became the one that is read, epoch ms; null: not known. */
  activeSinceMs: z.number().nullable(),
  /** What is counted, in words. */
  meaning: z.string(),
  owner: z.string(),
  topic: z.string(),
  contract: z.string(),
  filter: z.record(z.string(), z.array(z.string())),
  window: z.object({ startMs: z.number(), endMs: z.number(), everyMs: z.number(), paneMs: z.number() }),
  /** What the stored panes say; null: nothing is stored for the window. */
  stored: measuredSchema
    .extend({
      state: stateSchema,
      lateEvents: z.number().int(),
      partial: z.boolean(),
      incomplete: z.boolean(),
    })
    .nullable(),
  /** The metrics that a ratio of two divides, numerator first: each is explained by itself. Empty: it is no such ratio. */
  parts: z.array(z.object({ metric: z.string(), value: z.number().nullable() })).default([]),
  /** Slices of the window that hold something, oldest first; of a ratio of two metrics, its parts have them. */
  panes: z.array(
    measuredSchema.extend({
      startMs: z.number(),
      endMs: z.number(),
      lateEvents: z.number().int(),
      state: stateSchema,
    }),
  ),
  /** Start of the slice that `chunks` are of; null: there is none. */
  paneStartMs: z.number().nullable(),
  chunks: z.array(
    measuredSchema.extend({
      incarnation: z.number().int(),
      partition: z.number().int(),
      /** Offset at which the chunk starts, and the last one that is counted. */
      chunk: z.number().int(),
      through: z.number().int(),
      /** Null: not known of a chunk of a slice that is archived. */
      lateEvents: z.number().int().nullable(),
      /** First and last offset of the slice's own events among the facts, and the log time of the last; null: not stored yet, or gone. */
      first: z.number().int().nullable(),
      last: z.number().int().nullable(),
      appendedMs: z.number().nullable(),
      /** The chunk's first record, and the last that is stored of it. */
      opening: fingerprintSchema.nullable(),
      newest: fingerprintSchema.nullable(),
    }),
  ),
  sql: z.string(),
  /** What `sql` gives now; null: the facts of the window are gone. */
  facts: measuredSchema.nullable(),
  /** The facts hold everything appended by then, epoch ms; null: no evidence. */
  factsAsOfMs: z.number().nullable(),
  /**
   * `identical`: both agree. `waiting`: facts are written after panes, in larger blocks, and are not there yet.
   * `gone`: retention took the facts. `folded`: series were folded, which the plain SQL does not. `differs`: a fault.
   */
  agreement: z.enum(['identical', 'waiting', 'gone', 'folded', 'differs']),
  /** Of a window that late events have changed after it was final: what it was, and which events they are. */
  revised: z
    .object({
      before: measuredSchema,
      lateEvents: z.number().int(),
      columns: z.array(eventColumnSchema),
      events: z.array(eventSchema),
    })
    .nullable(),
});

/** Answer of `GET /api/metrics/{name}/explain/events`: a page of the counted events behind a number. */
export const explainEventsSchema = z.object({
  columns: z.array(eventColumnSchema),
  events: z.array(eventSchema),
  /** Pass as `after` for the next page; absent: this was the last. */
  next: z.string().optional(),
});

/** Answer of `GET /api/metrics/{name}/sql`. */
export const numberSqlSchema = z.object({ sql: z.string() });

export type Explanation = z.infer<typeof explainSchema>;
export type ExplainedEvents = z.infer<typeof explainEventsSchema>;
export type ExplainedEvent = z.infer<typeof eventSchema>;
export type EventColumn = z.infer<typeof eventColumnSchema>;
export type Measured = z.infer<typeof measuredSchema>;
