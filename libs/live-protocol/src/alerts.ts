import { z } from 'zod';
import { stageSchema } from './stage.js';

/** What an alert is about; each kind has a runbook. */
export const alertKindSchema = z.enum([
  /** Metrics are not fresh now, by one stage's fault. */
  'stale',
  /** A metric spends its error budget too fast, by many short misses that no `stale` alert has told of. */
  'budget',
  /** A topic without events for longer than its contract's `maxSilence`, although it was read to its end. */
  'silent_source',
  /** More of a topic's events than its contract allows come after their windows were final. */
  'late_events',
  /** The canary's way through broker, ingest, store and gateway is broken or slow. */
  'canary',
  /** Two machines disagree about the time by more than is allowed for. */
  'clock_skew',
  /** A threshold or a change that the metric's file asks to be watched. */
  'value',
  /** An audit found numbers that differ from their events, events that differ from the log, repeats or losses. */
  'audit',
  /** Nobody evaluates. */
  'evaluator_silent',
]);

/**
 * `pending`: true, but not yet for long enough. `firing`: somebody has to act. `acknowledged`: somebody does.
 * `silenced`: it would be firing, and somebody said that it need not be told until a given time. `resolved`:
 * it was seen to be well again, for long enough.
 */
export const alertStatusSchema = z.enum(['pending', 'firing', 'acknowledged', 'resolved', 'silenced']);

/** What an alert has to say about one metric. */
export const alertMemberSchema = z.object({
  metric: z.string(),
  sinceMs: z.number(),
  /** Newest evidence, in words. */
  reason: z.string(),
  behindMs: z.number().nullable(),
  targetMs: z.number().nullable(),
  actionWindowMs: z.number(),
  /** False: it is well again, while other metrics of the alert are not. */
  open: z.boolean(),
});

/** One occurrence of one cause, with all metrics that it touches. */
export const alertSchema = z.object({
  /** Names this occurrence: `key@sinceMs`. */
  id: z.string(),
  /** Names the cause, the same for every evaluator and every occurrence, e.g. `stale/broker`. */
  key: z.string(),
  kind: alertKindSchema,
  severity: z.enum(['page', 'ticket']),
  status: alertStatusSchema,
  /** The first of `metrics`; empty where it is about no metric. */
  metric: z.string(),
  /** Every metric that it has touched since it began. */
  metrics: z.array(z.string()),
  /** Topic that it is about, where it is about one. */
  topic: z.string().nullable(),
  stage: stageSchema,
  /** Team that owns the stage at fault. */
  owner: z.string(),
  /** One sentence. */
  summary: z.string(),
  /** What was seen of the stage at fault, newest. */
  evidence: z.string(),
  runbook: z.string(),
  /** Path on the dashboard that shows the moment. */
  link: z.string(),
  /** Shortest of its metrics: how long it may last before it fires. */
  actionWindowMs: z.number(),
  sinceMs: z.number(),
  firedAtMs: z.number().nullable(),
  resolvedAtMs: z.number().nullable(),
  /** When it was last evaluated; an old one tells that nobody evaluates. */
  evaluatedAtMs: z.number(),
  acknowledged: z.object({ by: z.string(), atMs: z.number(), note: z.string() }).nullable(),
  silenced: z
    .object({ by: z.string(), atMs: z.number(), untilMs: z.number(), reason: z.string() })
    .nullable(),
  /** Why it cannot be judged now and therefore keeps its status, e.g. because the metric is stale. */
  heldBack: z.string().nullable(),
  members: z.array(alertMemberSchema),
});

/** Answer of `GET /api/alerts`: the open ones, oldest first, then those resolved in the last day, newest first. */
export const alertsSchema = z.object({ atMs: z.number(), alerts: z.array(alertSchema) });

/** Body of `POST /api/alerts/acknowledge`; role operator. Answers with the alert. */
export const acknowledgeSchema = z.strictObject({
  id: z.string().min(1).max(300),
  note: z.string().max(500).default(''),
});

/** Body of `POST /api/alerts/silence`; role operator. Holds for all occurrences of the key until then. */
export const silenceSchema = z.strictObject({
  key: z.string().min(1).max(300),
  /** Epoch ms, in the future, at most 30 days ahead. A time that has passed, or now, ends a silence. */
  untilMs: z.number().int(),
  reason: z.string().min(3).max(500),
});

/** One evaluation of an alert's condition. Only `ok` is good news. */
export const evaluationSchema = z.object({
  /** What was judged, e.g. `stale/orders`. */
  subject: z.string(),
  atMs: z.number(),
  outcome: z.enum(['ok', 'bad', 'error', 'timeout', 'held_back']),
  /** Evaluations in a row with this outcome and these words; `atMs` is the first. */
  count: z.number(),
  untilMs: z.number(),
  detail: z.string(),
});

/** Answer of `GET /api/alerts/history?key=…`: newest first. */
export const evaluationsSchema = z.object({ key: z.string(), evaluations: z.array(evaluationSchema) });

export type AlertKind = z.infer<typeof alertKindSchema>;
export type AlertStatus = z.infer<typeof alertStatusSchema>;
export type AlertMember = z.infer<typeof alertMemberSchema>;
export type Alert = z.infer<typeof alertSchema>;
export type Evaluation = z.infer<typeof evaluationSchema>;

/** A page of the runbook; `text` is Markdown. */
export const runbookSchema = z.object({ page: z.string(), text: z.string() });
export type Runbook = z.infer<typeof runbookSchema>;
