import type { DecodedBlock } from '@freshet/contracts';

/**
 * Sums of one chunk under one pane and series: always cumulative from the chunk's start, so that a longer
 * version replaces a shorter one.
 */
export interface PaneRow {
  readonly metric: string;
  readonly revision: string;
  readonly paneStartMs: number;
  /** Values in the order of the definition's dimensions; folded: `(other)` in all but the currency's. */
  readonly dimensions: readonly string[];
  /** Counted events that passed the metric's filter. */
  readonly events: number;
  readonly lateEvents: number;
  /** This row holds folded series: readers call every series of the pane partial. */
  readonly partial: boolean;
  /** One entry a slot; see `slotsOf`. Exact: sums of safe integers, at most 50,000 × 1e14. */
  readonly sums: readonly bigint[];
  /** Slots of kind min/max/last: absent as null. */
  readonly extremes: readonly (number | null)[];
  /** `last` slots order by event time, then offset. */
  readonly lastTimesMs: readonly (number | null)[];
  readonly lastOffsets: readonly (number | null)[];
  /** Quantile slot (at most one a metric): logarithmic bucket → count. */
  readonly buckets: ReadonlyMap<number, number> | undefined;
  /** Distinct slot (at most one a metric): 64-bit hashes first seen in this chunk since the last take. */
  readonly newHashes: BigUint64Array | readonly bigint[] | undefined;
}

/** Part of a block that belongs to one chunk: what the aggregator reads. */
export interface Segment {
  readonly block: DecodedBlock;
  /** Rows of the block that count, ascending; the first `count` entries. */
  readonly rows: Int32Array;
  readonly count: number;
  /** Newest sane event time (or clock advance) of the partition before this row, epoch ms; by position in `rows`. */
  readonly frontiersMs: Float64Array;
  /** Offset of each row, by position in `rows`. */
  readonly offsets: Float64Array;
}

/** One contract's metrics over one chunk of one partition. Create a new one for each chunk. */
export interface ChunkAggregator {
  accumulate(segment: Segment): void;
  /** Rows changed since the last call, with their cumulative values. */
  takeChanged(): PaneRow[];
  /** Rows that `takeChanged` would return. */
  readonly changedCount: number;
}
