import type { Freshness, Stage } from '@freshet/live-protocol';
import { ALLOWED_SKEW_MS } from './clock-skew.js';
import { Movement } from './movement.js';
import {
  ownerOf,
  type PartitionProgress,
  type SourceObservation,
  type WatchedMetric,
} from './observations.js';

/** Covering time this much faster than it passes is catching up. */
const CATCHING_UP_SPEED = 1.2;
/** A ledger read older than this means that the reader itself is late. */
const LATE_READER_MS = 1_500;
/** A store that has kept its reader waiting for this long lately keeps ingest waiting, too. */
const SLOW_STORE_MS = 3_000;
/** No new record for this long, read to the end: quiet. */
const QUIET_AFTER_MS = 10_000;

interface Fault {
  readonly stage: Stage;
  readonly reason: string;
}

/**
 * Works out how fresh metrics are. Keeps, per topic, a few seconds of movement; otherwise a pure function of
 * what it is shown. Show it a source at least once a second.
 */
export class FreshnessEvaluator {
  readonly #movements = new Map<string, Movement>();

  /** Milliseconds since more of a topic was last stored or proven; 0 before the first look. */
  standstillMs(topic: string, nowMs: number): number {
    return this.#movements.get(topic)?.standstillMs(nowMs) ?? 0;
  }

  /** Freshness of each metric of one source; O(partitions + metrics). Never throws. */
  evaluate(observation: SourceObservation, metrics: readonly WatchedMetric[]): Freshness[] {
    const topic = metrics[0]?.topic;
    if (topic === undefined) return [];
    const { nowMs, partitions } = observation;
    const asOfMs = coveredUntil(partitions);
    const movement = this.#movements.get(topic) ?? new Movement();
    this.#movements.set(topic, movement);
    if (asOfMs !== null && observation.store.kind === 'answers') {
      movement.add(nowMs, asOfMs, ledgerText(partitions));
    }
    const lagMessages = lagOf(observation);
    const aheadMs = Math.max(...partitions.map((partition) => partition.asOfMs - nowMs));
    return metrics.map((metric) =>
      freshnessOf(metric, observation, {
        // How old it is cannot be told by a time that has not come.
        asOfMs: aheadMs > ALLOWED_SKEW_MS ? null : asOfMs,
        aheadMs,
        lagMessages,
        movement,
        nowMs,
        quiet: isQuiet(observation, lagMessages),
      }),
    );
  }
}

interface Evidence {
  readonly nowMs: number;
  readonly asOfMs: number | null;
  /** How far the time by which any partition is stored is ahead of the reader's clock. */
  readonly aheadMs: number;
  readonly lagMessages: number | null;
  readonly quiet: boolean;
  readonly movement: Movement;
}

function freshnessOf(metric: WatchedMetric, observation: SourceObservation, evidence: Evidence): Freshness {
  const { nowMs, asOfMs, lagMessages, movement } = evidence;
  const behindMs = asOfMs === null ? null : Math.max(0, nowMs - asOfMs);
  const base = { metric: metric.metric, asOfMs, behindMs, targetMs: metric.targetMs, lagMessages };
  if (behindMs !== null && behindMs <= metric.targetMs) {
    return { ...base, status: 'fresh', stages: split(observation, asOfMs), quiet: evidence.quiet };
  }
  const fault = findFault(metric, observation, evidence);
  const owner = ownerOf(metric, fault.stage);
  const blame = { stage: fault.stage, owner, reason: fault.reason, quiet: false };
  if (asOfMs === null) return { ...base, ...blame, status: 'unknown', stages: {} };
  const catchingUp =
    observation.store.kind === 'answers' &&
    (movement.speed(nowMs, asOfMs) ?? 0) > CATCHING_UP_SPEED &&
    lagMessages !== 0;
  return {
    ...base,
    ...blame,
    status: catchingUp ? 'catching_up' : 'stale',
    ...(catchingUp ? { reason: `working off a backlog${inMessages(lagMessages)}` } : {}),
    stages: split(observation, asOfMs, fault.stage),
  };
}

/** Everything appended by then is stored, in every partition; null when one has no evidence, or none is known. */
export function coveredUntil(partitions: readonly PartitionProgress[]): number | null {
  let asOfMs = Infinity;
  for (const partition of partitions) {
    if (partition.asOfMs < 0) return null;
    asOfMs = Math.min(asOfMs, partition.asOfMs);
  }
  return Number.isFinite(asOfMs) ? asOfMs : null;
}

function ledgerText(partitions: readonly PartitionProgress[]): string {
  return partitions.map((p) => `${p.incarnation}.${p.partition}:${p.panesThrough}@${p.asOfMs}`).join(' ');
}

/** Messages in the log that are not in the panes; null when the broker was not asked or did not answer. */
function lagOf({ broker, partitions }: SourceObservation): number | null {
  if (broker.kind !== 'answers') return null;
  const through = new Map(partitions.map((p) => [p.partition, p.panesThrough]));
  let lag = 0;
  for (const end of broker.ends) {
    const next = (through.get(end.partition) ?? -1) + 1;
    lag += Math.max(0, end.highWatermark - next);
  }
  return lag;
}

function isQuiet({ nowMs, partitions }: SourceObservation, lagMessages: number | null): boolean {
  if (lagMessages !== null && lagMessages > 0) return false;
  return partitions.length > 0 && partitions.every((p) => nowMs - p.lastLogTimeMs > QUIET_AFTER_MS);
}

function findFault(metric: WatchedMetric, observation: SourceObservation, evidence: Evidence): Fault {
  const { nowMs, store, broker, partitions } = observation;
  if (store.kind === 'fails') {
    return {
      stage: 'store',
      reason: `the store has not answered for ${seconds(nowMs - store.sinceMs)}: ${store.message}`,
    };
  }
  if (store.waitedMs > SLOW_STORE_MS) {
    return {
      stage: 'store',
      reason: `the store is slow: its answers took ${seconds(store.waitedMs)} of the last seconds`,
    };
  }
  if (nowMs - store.readAtMs > LATE_READER_MS) {
    return {
      stage: 'serve',
      reason: `the gateway read the store last ${seconds(nowMs - store.readAtMs)} ago`,
    };
  }
  if (broker.kind === 'fails') {
    return {
      stage: 'broker',
      reason: `Kafka has not answered for ${seconds(nowMs - broker.sinceMs)}: ${broker.message}`,
    };
  }
  if (partitions.length === 0)
    return { stage: 'ingest', reason: `nothing of topic ${metric.topic} is stored yet` };
  if (evidence.aheadMs > ALLOWED_SKEW_MS) {
    return {
      stage: 'ingest',
      reason:
        `what is stored of topic ${metric.topic} is as of a time ${seconds(evidence.aheadMs)} ahead of the gateway's clock: ` +
        'a clock is wrong, or was set back',
    };
  }
  const unproven = partitions.filter((p) => p.asOfMs < 0).length;
  if (unproven > 0) {
    const which = unproven === 1 ? 'one partition' : `${unproven} partitions`;
    return { stage: 'ingest', reason: `${which} of topic ${metric.topic} have not been read yet` };
  }
  // The two ends are asked apart: on a busy partition the second may be higher although nothing is open. What is held
  // back is read up to its stable end, and behind all the same.
  const open =
    broker.kind === 'answers' &&
    broker.ends.find(
      ({ partition, lastStable, highWatermark }) =>
        lastStable < highWatermark && isHeldAt(partition, lastStable, partitions, nowMs - metric.targetMs),
    );
  const standstillMs = evidence.movement.standstillMs(nowMs);
  if (open) {
    return {
      stage: 'produce',
      reason: `an open transaction holds back partition ${open.partition} of ${metric.topic}`,
    };
  }
  if (standstillMs > metric.targetMs / 2) {
    const more = evidence.lagMessages ? ` while the log holds ${count(evidence.lagMessages)} more` : '';
    return { stage: 'ingest', reason: `ingest has stored nothing for ${seconds(standstillMs)}${more}` };
  }
  return { stage: 'ingest', reason: `ingest is behind the log${inMessages(evidence.lagMessages)}` };
}

function isHeldAt(
  partition: number,
  lastStable: number,
  partitions: readonly PartitionProgress[],
  beforeMs: number,
): boolean {
  const found = partitions.find((p) => p.partition === partition);
  return found !== undefined && found.panesThrough + 1 >= lastStable && found.asOfMs < beforeMs;
}

/** Milliseconds behind by stage: reading is the gateway's, the rest belongs to the guilty one, by default to ingest. */
function split(
  observation: SourceObservation,
  asOfMs: number | null,
  guilty: Stage = 'ingest',
): Freshness['stages'] {
  if (asOfMs === null) return {};
  const { nowMs, store } = observation;
  const readAtMs = store.kind === 'answers' ? store.readAtMs : store.sinceMs;
  const servedMs = Math.max(0, nowMs - Math.max(readAtMs, asOfMs));
  const storedMs = Math.max(0, readAtMs - asOfMs);
  if (store.kind === 'fails') return { ingest: storedMs, store: servedMs };
  return { [guilty === 'serve' ? 'ingest' : guilty]: storedMs, serve: servedMs };
}

function inMessages(lag: number | null): string {
  return lag === null || lag === 0 ? '' : `, ${count(lag)} to go`;
}

function count(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`;
}

function seconds(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
