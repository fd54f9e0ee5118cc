import type { KnownGap, StoredSource } from '@freshet/clickhouse/operations';
import type { LogEnd } from '@freshet/ingestion';

import type { Likeness } from '../operations/recreated.js';

/** What ingest says of a partition that it owns. */
export interface OwnedPartition {
  readonly position: number;
  readonly rebuilding: boolean;
  readonly halted: string | undefined;
}

/** All that is known of a partition. */
export interface PartitionFacts {
  readonly topic: string;
  readonly partition: number;
  /** Undefined when its leader does not answer, or the topic has it no more. */
  readonly end: LogEnd | undefined;
  /** Whether the topic has it; its ledger may know more. */
  readonly exists: boolean;
  /** Newest life in the ledger; undefined when it has none. */
  readonly stored: StoredSource | undefined;
  readonly likeness: Likeness;
  /** Undefined when ingest does not own it; null when ingest could not be asked. */
  readonly owned: OwnedPartition | undefined | null;
  readonly gaps: readonly KnownGap[];
  readonly nowMs: number;
}

export type PartitionStateName =
  | 'proven'
  | 'stored'
  | 'behind'
  | 'rebuilding'
  | 'open transaction'
  | 'unassigned'
  | 'not in ledger'
  | 'no leader'
  | 'overtaken'
  | 'halted'
  | 'recreated'
  | 'gone'
  | 'retired';

export interface PartitionDiagnosis {
  readonly state: PartitionStateName;
  /** Something is to be done about it. */
  readonly needsAction: boolean;
  /** What it means, and what to do; one sentence each. */
  readonly means: string;
  readonly remedy: string | undefined;
  /** Recorded losses, in words. */
  readonly gaps: readonly string[];
}

/** A proof of having read everything is renewed every few seconds; an older one says nothing of now. */
const PROOF_AGE_MS = 60_000;

/** Says in which state a partition is. The worst that is known comes first. */
export function diagnose(facts: PartitionFacts): PartitionDiagnosis {
  return { ...stateOf(facts), gaps: facts.gaps.map(gapText) };
}

type State = Omit<PartitionDiagnosis, 'gaps'>;

function stateOf({ topic, partition, exists, end, stored, likeness, owned, nowMs }: PartitionFacts): State {
  const trouble = (state: PartitionStateName, means: string, remedy: string): State => ({
    state,
    needsAction: true,
    means,
    remedy,
  });
  const fine = (state: PartitionStateName, means: string): State => ({
    state,
    needsAction: false,
    means,
    remedy: undefined,
  });
  if (!exists)
    return trouble(
      'gone',
      'The topic has it no more: nothing can be read of it, and metrics over the topic stay stale while they wait for it.',
      `If that is for good, end its life: \`freshet source retire ${topic} ${partition} --reason "…" --yes\`.`,
    );
  if (end === undefined)
    return trouble(
      'no leader',
      'The broker does not tell where the partition begins and ends.',
      'Look at the brokers: a partition without a leader can be neither written nor read.',
    );
  if (stored === undefined)
    return trouble(
      'not in ledger',
      'Ingest has never seen it, so nothing of it is counted, and values of its metrics have no watermark.',
      'Start ingest, or look in its log why it waits for the topic.',
    );
  if (stored.retired)
    return trouble(
      'retired',
      'An operator ended its life when the topic had it no more, and it is there again. Nothing of it is counted.',
      `Open a new life of it: \`freshet source new-incarnation ${topic} --yes\`.`,
    );
  if (likeness === 'recreated')
    return trouble(
      'recreated',
      'The log is not the one that was stored: the topic was deleted and made anew, or lost its end. Nothing of it is counted, so that old and new records are not mixed.',
      `If that is what happened, open a new life of it: \`freshet source new-incarnation ${topic} --yes\`.`,
    );
  if (owned?.halted !== undefined)
    return trouble(
      'halted',
      `Ingest has stopped reading it: ${owned.halted}.`,
      'docs/runbooks/halted-partition.md has the steps for each reason.',
    );
  const { panesThrough, provenAtMs } = stored;
  const lost = end.logStart - 1 - panesThrough;
  if (lost > 0 && panesThrough >= 0)
    return trouble(
      'overtaken',
      `Retention deleted up to ${lost} offsets before they were counted. The gap is recorded as soon as ingest reads on.`,
      'Start ingest, and give the topic a longer retention.ms: docs/runbooks/gap.md.',
    );
  const behind = end.lastStable - 1 - Math.max(panesThrough, end.logStart - 1);
  if (owned === undefined)
    return trouble(
      'unassigned',
      `Ingest runs here and does not own it; ${stored.owner || 'nobody'} did last. ${behind} offsets wait.`,
      'Another instance may own it; if none does, restart ingest.',
    );
  if (owned?.rebuilding) return fine('rebuilding', 'Ingest reads its open chunk again after a restart.');
  if (behind > 0) {
    if (owned === null)
      return trouble(
        'behind',
        `${behind} offsets are not stored, and ingest could not be asked whether it reads them.`,
        'Look whether ingest runs; it catches up by itself and counts nothing twice.',
      );
    return fine('behind', `${behind} offsets are not stored yet; ingest reads on.`);
  }
  if (end.highWatermark > end.lastStable)
    return fine(
      'open transaction',
      `A producer's open transaction holds back the last ${end.highWatermark - end.lastStable} offsets; they count when it ends, at the latest after its transaction.timeout.ms.`,
    );
  const age = Math.round((nowMs - provenAtMs) / 1_000);
  if (provenAtMs >= 0 && nowMs - provenAtMs <= PROOF_AGE_MS)
    return fine('proven', `Everything is stored; proven ${Math.max(0, age)} s ago.`);
  const isAsked = owned !== null;
  return {
    state: 'stored',
    needsAction: !isAsked,
    means: `Everything is stored, but that ${provenAtMs < 0 ? 'was never proven' : `was last proven ${age} s ago`}: its metrics are stale.`,
    remedy: isAsked ? undefined : 'Look whether ingest runs.',
  };
}

function gapText({ source, from, through, reason, fromTimeMs, toTimeMs }: KnownGap): string {
  const since = fromTimeMs < 0 ? 'the beginning' : new Date(fromTimeMs).toISOString();
  return `Offsets ${from} to ${through} of life ${source.incarnation} are lost (${reason}), of log times ${since} to ${new Date(toTimeMs).toISOString()}: windows of these times are incomplete.`;
}
