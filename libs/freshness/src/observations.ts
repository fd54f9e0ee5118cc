import type { Stage } from '@freshet/live-protocol';

/** What is known about a source's way into the store; all times epoch ms by the observer's clock. */

/** One partition of the newest life of a topic, as the ledger has it. */
export interface PartitionProgress {
  readonly topic: string;
  readonly incarnation: number;
  readonly partition: number;
  /** Last offset whose events are in the panes; -1 when none. */
  readonly panesThrough: number;
  /** Newest sane event time or clock advance; -1 when none. */
  readonly frontierMs: number;
  /** Log time of the newest record in the panes; -1 when none. */
  readonly lastLogTimeMs: number;
  /** Everything appended by then is in the panes; -1 without evidence. */
  readonly asOfMs: number;
  /** When the ledger row was stored, by the store's clock. */
  readonly storedAtMs: number;
}

/** The broker's answer about one partition. */
export interface LogEndSeen {
  readonly partition: number;
  readonly lastStable: number;
  readonly highWatermark: number;
}

export type StoreEvidence =
  /**
   * `readAtMs`: when the newest successful read of the ledger was sent; `waitedMs`: how long, of the last seconds, answers
   * that took more than one have kept the reader waiting.
   */
  | { readonly kind: 'answers'; readonly readAtMs: number; readonly waitedMs: number }
  | { readonly kind: 'fails'; readonly sinceMs: number; readonly message: string };

export type BrokerEvidence =
  | { readonly kind: 'answers'; readonly askedAtMs: number; readonly ends: readonly LogEndSeen[] }
  | { readonly kind: 'fails'; readonly sinceMs: number; readonly message: string }
  /** Nobody asks it: lag in messages stays unknown. */
  | { readonly kind: 'not_watched' };

/** All that is known of one source at `nowMs`. */
export interface SourceObservation {
  readonly nowMs: number;
  readonly store: StoreEvidence;
  readonly broker: BrokerEvidence;
  /** The newest ledger that was read, even when the store fails now. */
  readonly partitions: readonly PartitionProgress[];
}

/** What the evaluation needs to know of a metric. */
export interface WatchedMetric {
  readonly metric: string;
  readonly topic: string;
  readonly targetMs: number;
  /** Owner of the metric, who answers for the stages that no team owns. */
  readonly owner: string;
  /** Owner of the source's contract, who answers for `produce`. */
  readonly sourceOwner: string;
  /** Teams that own stages for all metrics. */
  readonly stageOwners?: StageOwners;
}

export type StageOwners = Readonly<Partial<Record<Stage, string>>>;

/** Team that answers for a stage of a metric's way. */
export function ownerOf(metric: WatchedMetric, stage: Stage): string {
  return stage === 'produce' ? metric.sourceOwner : (metric.stageOwners?.[stage] ?? metric.owner);
}
