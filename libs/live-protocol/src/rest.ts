import { z } from 'zod';
import { freshnessSchema, pointSchema } from './messages.js';

/** Answers of the REST API under `/api`; the dashboard and the gateway share these schemas. */

/** Hours or days on the clock of a time zone (IANA). */
const calendarSchema = z.object({ unit: z.enum(['hour', 'day']), timeZone: z.string() });

/** One metric of `GET /api/metrics`. */
export const metricInfoSchema = z.object({
  name: z.string(),
  title: z.string(),
  subtitle: z.string(),
  description: z.string(),
  owner: z.string(),
  /** Team heading on Pulse, e.g. `Sales` for `commerce-team`. */
  team: z.string(),
  source: z.string(),
  topic: z.string(),
  /** Where it stands on Pulse; lower comes first, the first of a team leads. */
  order: z.number(),
  dimensions: z.array(z.string()),
  /** Dimension that Pulse splits the leading tile by; absent: none. */
  splitBy: z.string().optional(),
  /** Name of the dimension that holds the currency; set for money. */
  currencyDimension: z.string().optional(),
  measure: z.enum([
    'count',
    'sum',
    'avg',
    'min',
    'max',
    'last',
    'distinct',
    'quantile',
    'ratio',
    'runningTotal',
    'rate',
    'sessions',
    'duration',
    'quantiles',
  ]),
  /** Values of dimension `quantile`, in order: the first that a filter leaves is told where they are not told apart. */
  quantiles: z.array(z.string()).optional(),
  /** What is counted, in words, e.g. `status is failed ÷ all attempts`. */
  meaning: z.string(),
  /** Of windows of a calendar, `sizeMs` and `everyMs` are those of the panes that they are merged from. */
  window: z.object({
    kind: z.enum(['tumbling', 'hopping', 'calendar', 'session']),
    sizeMs: z.number(),
    everyMs: z.number(),
    calendar: calendarSchema.optional(),
    /** A window holds the sessions that ended in it: their gap, the field with their key, when they are cut. */
    session: z.object({ gapMs: z.number(), by: z.string(), longestMs: z.number() }).optional(),
  }),
  lateness: z.object({ watermarkDelayMs: z.number(), allowedMs: z.number() }),
  freshness: z.object({
    targetMs: z.number(),
    objective: z.number(),
    overMs: z.number(),
    actionWindowMs: z.number(),
  }),
  unit: z.enum(['count', 'percent', 'money', 'milliseconds', 'seconds', 'users']),
  goodDirection: z.enum(['up', 'down', 'none']),
  runbook: z.string(),
  revision: z.string(),
  /** Windows that start before this have no values, not 0: they could not be counted. Absent: no such time. */
  countedFromMs: z.number().optional(),
  /** When this revision was promoted to be the one that is read, epoch ms; absent: not known. */
  activeSinceMs: z.number().optional(),
  /** SQL over the analysts' view that gives the newest values. */
  sql: z.string(),
  /** When readers changed over to a definition, oldest first; the newest 20. */
  promotions: z
    .array(
      z.object({
        revision: z.string(),
        atMs: z.number(),
        /** There were no numbers before it. */
        isFirst: z.boolean().default(false),
      }),
    )
    .default([]),
  /** What the file says is being counted from the past, beside what is read; absent: they are the same. */
  proposal: z
    .object({
      revision: z.string(),
      /** Chunks of the past. */
      filled: z.number(),
      total: z.number(),
      /** A person promotes it. */
      byHand: z.boolean(),
    })
    .optional(),
});

/** Answer of `GET /api/metrics`. */
export const metricsSchema = z.object({
  business: z.object({ name: z.string(), timeZone: z.string(), currency: z.string(), locale: z.string() }),
  /** Why the files of the catalogue are not in use as they are, one line each; empty: they are. */
  problems: z.array(z.string()).default([]),
  metrics: z.array(metricInfoSchema),
});

/** Answer of `GET /api/metrics/{name}/values`. A failed read is an HTTP error, never an empty list. */
export const valuesSchema = z.object({
  metric: z.string(),
  revision: z.string(),
  version: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  /** Distance of windows; of days, 24 hours, whatever each has. */
  everyMs: z.number(),
  /** Absent: windows are all equally long. */
  calendar: calendarSchema.optional(),
  groupBy: z.array(z.string()),
  freshness: freshnessSchema,
  points: z.array(pointSchema),
});

/** Answer of `GET /api/health`: HTTP 200 when all are `ok`, else 503. */
export const healthSchema = z.object({
  status: z.enum(['ok', 'red']),
  checks: z.record(z.string(), z.object({ status: z.enum(['ok', 'red']), detail: z.string() })),
});

/** Body of every refusal: what, where, remedy. */
export const problemSchema = z.object({
  status: z.number(),
  title: z.string(),
  detail: z.string(),
  remedy: z.string().optional(),
});

export type MetricInfo = z.infer<typeof metricInfoSchema>;
export type Metrics = z.infer<typeof metricsSchema>;
export type Values = z.infer<typeof valuesSchema>;
export type Health = z.infer<typeof healthSchema>;
export type Problem = z.infer<typeof problemSchema>;
