import { z } from 'zod';
import { freshnessSchema } from './messages.js';
import { stageSchema } from './stage.js';

/** What the time of one stage is known from. */
const stageTimeSchema = z.object({
  stage: stageSchema,
  /** Time that data spends in it, ms; null: not known. */
  ms: z.number().nullable(),
  /** Team that owns it for this metric. */
  owner: z.string(),
  /** `canary`: stands in, measured on the canary's way; `browser`: reported by people's screens, the 95th percentile. */
  from: z.enum(['measured', 'canary', 'browser', 'unknown']),
});

/** One partition of a source. */
const sourcePartitionSchema = z.object({
  partition: z.number(),
  /** Messages in the log that are not stored; null: the broker was not asked or did not answer. */
  lagMessages: z.number().nullable(),
  /** Now less `completeUpToMs`. */
  lagMs: z.number().nullable(),
  /** Everything appended by then is stored; null: no evidence. */
  completeUpToMs: z.number().nullable(),
  /** Log time of its newest stored record; null: none. */
  lastEventMs: z.number().nullable(),
});

/**
 * A topic that metrics are made of. `flowing`: events come and are stored. `quiet`: read to its end, nothing
 * comes. `silent`: quiet for longer than its contract allows. `slow`: a backlog. `dead`: no evidence that
 * anybody reads or stores. `unknown`: nothing was ever seen.
 */
export const sourceStateSchema = z.object({
  topic: z.string(),
  contract: z.string(),
  owner: z.string(),
  state: z.enum(['flowing', 'quiet', 'silent', 'slow', 'dead', 'unknown']),
  completeUpToMs: z.number().nullable(),
  lagMessages: z.number().nullable(),
  lagMs: z.number().nullable(),
  /** The partition that holds the topic back. */
  slowestPartition: z.number().nullable(),
  silentForMs: z.number().nullable(),
  maxSilenceMs: z.number(),
  partitions: z.array(sourcePartitionSchema),
});

/** The message that is sent through broker, ingest, store, gateway and socket every second. */
export const canarySchema = z.object({
  /** `off`: the broker's address is not known here. */
  state: z.enum(['ok', 'late', 'lost', 'off']),
  /** Newest one that came through, and when it was sent. */
  sequence: z.number().nullable(),
  sentAtMs: z.number().nullable(),
  /** From sending to being served; null: none came through yet. */
  totalMs: z.number().nullable(),
  stages: z.array(z.object({ stage: stageSchema, ms: z.number().nullable() })),
  detail: z.string(),
});

/** How far another machine's clock is from the gateway's: |true − `skewMs`| ≤ `boundMs`. */
export const clockSkewSchema = z.object({
  machine: z.string(),
  skewMs: z.number(),
  boundMs: z.number(),
  atMs: z.number(),
});

/** Who evaluates alerts. */
export const evaluatorSchema = z.object({
  /** Empty: nobody. */
  holder: z.string(),
  /** True: this gateway. */
  isHere: z.boolean(),
  heartbeatMs: z.number().nullable(),
  /** Silent for longer than it may be. */
  isSilent: z.boolean(),
});

/** Answer of `GET /api/freshness`. */
export const freshnessListSchema = z.object({
  atMs: z.number(),
  metrics: z.array(freshnessSchema),
  /** By metric: each stage in order, with its owner. */
  paths: z.record(z.string(), z.array(stageTimeSchema)),
  sources: z.array(sourceStateSchema),
  canary: canarySchema,
  clocks: z.array(clockSkewSchema),
  evaluator: evaluatorSchema,
});

const secondsSchema = z.object({ good: z.number(), bad: z.number(), excluded: z.number() });

/** One metric of `GET /api/objectives`. */
export const objectiveSchema = z.object({
  metric: z.string(),
  targetMs: z.number(),
  /** Share of seconds that are to be good, 0..1. */
  objective: z.number(),
  overMs: z.number(),
  /** First second with evidence; null: there was none yet and the objective has not begun. */
  beganAtMs: z.number().nullable(),
  /** Counted up to here. */
  throughMs: z.number().nullable(),
  /** Seconds of the period so far. */
  seconds: secondsSchema,
  /** good ÷ (good + bad); null: nothing counted. */
  compliance: z.number().nullable(),
  /** Bad seconds that the whole period may have. */
  budgetSeconds: z.number(),
  /** 1: untouched, 0: spent, below 0: overspent. */
  budgetLeft: z.number(),
  burn: z.array(
    z.object({
      /** `page-1h`, `page-6h` or `ticket-3d`. */
      rule: z.string(),
      severity: z.enum(['page', 'ticket']),
      longMs: z.number(),
      shortMs: z.number(),
      /** Multiple of the even pace of spending that both windows have to reach. */
      threshold: z.number(),
      longRate: z.number(),
      shortRate: z.number(),
    }),
  ),
  /** Days in the business's time zone, oldest first, `YYYY-MM-DD`; days before the objective began are left out. */
  days: z.array(secondsSchema.extend({ day: z.string() })),
});

/** Answer of `GET /api/objectives`. */
export const objectivesSchema = z.object({ atMs: z.number(), objectives: z.array(objectiveSchema) });

/** A declared time whose seconds count neither as good nor as bad. */
export const exclusionSchema = z.object({
  id: z.string(),
  kind: z.enum(['maintenance', 'stop']),
  /** Empty: all. */
  metrics: z.array(z.string()),
  fromMs: z.number(),
  /** null: a clean stop that has not ended. */
  untilMs: z.number().nullable(),
  reason: z.string(),
  by: z.string(),
});

/** Answer of `GET /api/maintenance`. */
export const exclusionsSchema = z.object({ atMs: z.number(), exclusions: z.array(exclusionSchema) });

/** Body of `POST /api/maintenance`; role operator. What has passed cannot be declared away. */
export const maintenanceSchema = z.strictObject({
  metrics: z.array(z.string().max(64)).max(500).default([]),
  /** Epoch ms; absent: now. */
  fromMs: z.number().int().optional(),
  untilMs: z.number().int(),
  reason: z.string().min(3).max(500),
});

export type FreshnessList = z.infer<typeof freshnessListSchema>;
export type SourceState = z.infer<typeof sourceStateSchema>;
export type Canary = z.infer<typeof canarySchema>;
export type ClockSkew = z.infer<typeof clockSkewSchema>;
export type Evaluator = z.infer<typeof evaluatorSchema>;
export type StageTime = z.infer<typeof stageTimeSchema>;
export type Objective = z.infer<typeof objectiveSchema>;
export type Exclusion = z.infer<typeof exclusionSchema>;
