import { z } from 'zod';
import { alertSchema } from './alerts.js';
import { stageSchema } from './stage.js';

/**
 * Messages on the socket at `/live`: JSON text, one message a frame, at most 64 KB inbound. The first
 * client frame is `hello`. Every message is validated on both ends with these schemas.
 */
export const PROTOCOL_VERSION = 1;
export const MAX_INBOUND_BYTES = 64 * 1024;

const id = z.string().min(1).max(64);
const metricName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);
const epochMs = z.number().int();
/** Opaque to the client: covered offsets, revision and correction as the server encodes them. */
const version = z.string().max(16_384);

/** `last`: a sliding range that ends now. `fixed`: [fromMs, toMs). */
export const rangeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('last'),
    ms: z
      .number()
      .int()
      .positive()
      .max(100 * 86_400_000),
  }),
  z.object({ kind: z.literal('fixed'), fromMs: epochMs, toMs: epochMs }),
]);

/** What a viewer wants to see of a metric. */
export const selectionSchema = z.object({
  metric: metricName,
  /** Dimension → allowed values. */
  filter: z.record(z.string(), z.array(z.string().max(256)).min(1).max(100)).default({}),
  /** Dimensions to split by; empty: one series (money: one a currency, whether asked or not). */
  groupBy: z.array(z.string()).max(4).default([]),
  range: rangeSchema,
  /** Grain, a multiple of the metric's pane; absent: the metric's own step. */
  everyMs: z.number().int().positive().optional(),
  /** Steps of the calendar instead, in the metric's time zone or the business's. */
  calendar: z.enum(['hour', 'day']).optional(),
  /** Most series, by size over the range; the rest is merged into `(other)`. */
  top: z.number().int().min(1).max(50).optional(),
});

export const clientMessageSchema = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('hello'),
    protocol: z.literal(PROTOCOL_VERSION),
    token: z.string().max(512).optional(),
  }),
  z.object({ op: z.literal('subscribe'), id, selection: selectionSchema, resume: version.optional() }),
  z.object({ op: z.literal('unsubscribe'), id }),
  z.object({ op: z.literal('ping'), sentAtMs: z.number() }),
  /** Sampled: how old the newest data was when it was painted, by the server's clock. */
  z.object({
    op: z.literal('painted'),
    id,
    version,
    deliveredToPaintMs: z.number().min(0).max(600_000),
    producedToPaintMs: z.number().min(0).max(86_400_000).optional(),
  }),
]);

export const stateSchema = z.enum(['live', 'final', 'revised']);

/** One window of one series. Money in minor units, ratios as shares (0.0206), durations in their unit. */
export const pointSchema = z.object({
  /** Window bounds, epoch ms, [start, end). */
  start: epochMs,
  end: epochMs,
  /** Values of `groupBy` (and of the currency, last, for money), in its order. */
  series: z.array(z.string()),
  /** null: the window is known to have no value (a ratio over nothing); never an error in disguise. */
  value: z.number().nullable(),
  numerator: z.number().optional(),
  denominator: z.number().optional(),
  state: stateSchema,
  partial: z.boolean(),
  incomplete: z.boolean(),
  lateEvents: z.number().int(),
});

/** How fresh a metric is, as proven at `atMs` by the server's clock. */
export const freshnessSchema = z.object({
  metric: metricName,
  /** Everything appended to the source's log by this time is in the served values; null: no evidence yet. */
  asOfMs: epochMs.nullable(),
  behindMs: z.number().nullable(),
  targetMs: z.number(),
  status: z.enum(['fresh', 'stale', 'catching_up', 'unknown']),
  /** Set when stale: stage at fault, its owner, and the evidence in words. */
  stage: stageSchema.optional(),
  owner: z.string().optional(),
  reason: z.string().optional(),
  /** Milliseconds behind by stage, where known. */
  stages: z.partialRecord(stageSchema, z.number()).default({}),
  /** Messages in the log that are not stored yet. */
  lagMessages: z.number().nullable(),
  /** The source's log was read to its end and holds nothing new. */
  quiet: z.boolean(),
});

const seriesState = { revision: z.string(), asOfMs: epochMs.nullable(), servedAtMs: epochMs };

export const serverMessageSchema = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('welcome'),
    protocol: z.literal(PROTOCOL_VERSION),
    serverTimeMs: epochMs,
    user: z.object({ name: z.string(), role: z.enum(['viewer', 'operator', 'admin']) }),
    limits: z.object({ subscriptions: z.number(), messagesPerSecond: z.number(), inboundBytes: z.number() }),
    heartbeatMs: z.number(),
  }),
  /** Replaces all that the client has of this subscription. */
  z.object({ op: z.literal('snapshot'), id, version, ...seriesState, points: z.array(pointSchema) }),
  /** Applies to exactly the version `from`; otherwise the client asks again. */
  z.object({
    op: z.literal('delta'),
    id,
    from: version,
    version,
    ...seriesState,
    /** Points to insert or replace, by (start, series). */
    changes: z.array(pointSchema),
    /** Points that are gone, by (start, series); windows before the range are dropped by the client itself. */
    removed: z.array(z.object({ start: epochMs, series: z.array(z.string()) })).default([]),
  }),
  /** Of every metric, at least once a second, also when nothing changed: its absence is a sign, too. */
  z.object({
    op: z.literal('freshness'),
    atMs: epochMs,
    metrics: z.array(freshnessSchema),
    /** Alerts that are open, at most 100. */
    alerts: z.array(alertSchema).default([]),
    /** Number of the newest canary that is served; null: none. */
    canary: z.number().nullable().default(null),
  }),
  z.object({ op: z.literal('pong'), sentAtMs: z.number(), serverTimeMs: epochMs }),
  z.object({
    op: z.literal('error'),
    /** Subscription that it is about; absent: the connection. */
    id: id.optional(),
    code: z.enum([
      'bad_message',
      'unauthorised',
      'forbidden',
      'unknown_metric',
      'bad_selection',
      'limit',
      'unavailable',
    ]),
    message: z.string(),
    /** Milliseconds after which trying again makes sense; absent: not by itself. */
    retryAfterMs: z.number().optional(),
  }),
]);

export type Range = z.infer<typeof rangeSchema>;
export type Selection = z.infer<typeof selectionSchema>;
export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type Point = z.infer<typeof pointSchema>;
export type Freshness = z.infer<typeof freshnessSchema>;
export type TrustState = z.infer<typeof stateSchema>;
