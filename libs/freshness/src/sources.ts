import type { SourceState } from '@freshet/live-protocol';
import { coveredUntil } from './evaluate.js';
import type { PartitionProgress, SourceObservation } from './observations.js';

/** Nothing new for this long, read to the end: quiet. */
const QUIET_AFTER_MS = 10_000;

export interface WatchedSource {
  readonly topic: string;
  readonly contract: string;
  readonly owner: string;
  /** A longer silence than this is the topic owner's business. */
  readonly maxSilenceMs: number;
  /** A larger share of late events over so long is their business, too. */
  readonly late: { readonly share: number; readonly overMs: number };
  /** Smallest target of its metrics: behind by more is slow. */
  readonly targetMs: number;
}

/**
 * Tells quiet, slow and dead apart. Quiet needs proof: every partition covered up to now although nothing came.
 * Without proof it is slow while the ledger moves, and dead when it does not.
 * @param standstillMs since when nothing more was stored or proven
 */
export function sourceState(
  source: WatchedSource,
  observation: SourceObservation,
  standstillMs: number,
): SourceState {
  const { nowMs, partitions, store } = observation;
  const completeUpToMs = coveredUntil(partitions);
  const rows = partitions.map((partition) => rowOf(partition, observation));
  const lagMs = completeUpToMs === null ? null : Math.max(0, nowMs - completeUpToMs);
  const lags = rows.map(({ lagMessages }) => lagMessages);
  const known = lags.filter((lag) => lag !== null);
  const lagMessages =
    known.length < rows.length || rows.length === 0 ? null : known.reduce((a, b) => a + b, 0);
  const lastEventMs = Math.max(-1, ...partitions.map(({ lastLogTimeMs }) => lastLogTimeMs));
  const silentForMs = lastEventMs < 0 ? null : Math.max(0, nowMs - lastEventMs);
  const slowest = [...partitions].sort((a, b) => a.asOfMs - b.asOfMs)[0];
  const base = {
    topic: source.topic,
    contract: source.contract,
    owner: source.owner,
    completeUpToMs,
    lagMessages,
    lagMs,
    slowestPartition: slowest?.partition ?? null,
    silentForMs,
    maxSilenceMs: source.maxSilenceMs,
    partitions: rows,
  };
  if (partitions.length === 0) return { ...base, state: store.kind === 'fails' ? 'dead' : 'unknown' };
  const isCovered = lagMs !== null && lagMs <= source.targetMs && store.kind === 'answers';
  if (isCovered) {
    const isQuiet = silentForMs === null || silentForMs > QUIET_AFTER_MS;
    if (!isQuiet) return { ...base, state: 'flowing' };
    const isSilent = silentForMs !== null && silentForMs > source.maxSilenceMs;
    return { ...base, state: isSilent ? 'silent' : 'quiet' };
  }
  const stands = store.kind === 'fails' || standstillMs > Math.max(5_000, source.targetMs * 2);
  return { ...base, state: stands ? 'dead' : 'slow' };
}

function rowOf(
  partition: PartitionProgress,
  { nowMs, broker }: SourceObservation,
): SourceState['partitions'][number] {
  const end =
    broker.kind === 'answers'
      ? broker.ends.find((each) => each.partition === partition.partition)
      : undefined;
  const { asOfMs, lastLogTimeMs } = partition;
  return {
    partition: partition.partition,
    lagMessages: end === undefined ? null : Math.max(0, end.highWatermark - partition.panesThrough - 1),
    lagMs: asOfMs < 0 ? null : Math.max(0, nowMs - asOfMs),
    completeUpToMs: asOfMs < 0 ? null : asOfMs,
    lastEventMs: lastLogTimeMs < 0 ? null : lastLogTimeMs,
  };
}
