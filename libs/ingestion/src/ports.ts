import type { DecodedColumn, RecordValues } from '@freshet/contracts';
import type { PaneRow } from '@freshet/metrics';

/** One partition of one life of a topic; a recreated topic is another incarnation. */
export interface SourcePartition {
  readonly topic: string;
  readonly incarnation: number;
  readonly partition: number;
}

/** Tells one record from another one at the same offset of a recreated topic. */
export interface Fingerprint {
  readonly offset: number;
  readonly logTimeMs: number;
  /** 64-bit hash of the value's bytes, 16 hex digits. */
  readonly hash: string;
}

/** Written once a chunk, before any of its panes; that of the highest claim is the chunk's. */
export interface ChunkOpening {
  readonly source: SourcePartition;
  /** Offset at which the chunk starts: its key. */
  readonly chunk: number;
  readonly claim: number;
  /** Wall time of the opening, the clamp for future events on CreateTime topics. */
  readonly openedAtMs: number;
  /** Frontier (newest sane event time) before the chunk's first record; -1 when there was none. */
  readonly frontierMs: number;
  readonly first: Fingerprint;
}

/**
 * How far a chunk is stored. `…Through` are the last offsets covered, inclusive; `chunk - 1` when none.
 * Stored as maxima: writing an older row again changes nothing.
 */
export interface LedgerRow {
  readonly source: SourcePartition;
  readonly chunk: number;
  readonly panesThrough: number;
  readonly factsThrough: number;
  /** Last offset of the chunk once it is known, else -1. */
  readonly end: number;
  /** Newest sane event time or clock advance, epoch ms; -1 when none. */
  readonly frontierMs: number;
  /** Log time of the last record covered by panes, epoch ms; -1 when none. */
  readonly lastLogTimeMs: number;
  /** Log time of the last record covered by facts, epoch ms; -1 when none. */
  readonly factsLogTimeMs: number;
  /** The log was proven read to its end when asked at this time, and all of it is stored; -1 when never. */
  readonly provenAtMs: number;
  /** Last flushed record. */
  readonly last: Fingerprint | undefined;
}

/**
 * A frontier advanced by the clock at this position; stored before it takes effect. Each owner writes those that it
 * found under its own claim before it reads, and a mark (frontier -1) where it begins: only the rows of the highest
 * (claim, owner) count, so that one which lands late, from an owner that was replaced, moves nothing.
 */
export interface ClockAdvance {
  readonly source: SourcePartition;
  /** Next offset to be read when it happened. */
  readonly position: number;
  /** Epoch ms; -1 for the mark. */
  readonly frontierMs: number;
  readonly claim: number;
  readonly owner: string;
}

/** Counts of one chunk so far: outcome `ok`, `duplicate`, `invalid` or `ignored`, with its reason. */
export interface OutcomeRow {
  readonly source: SourcePartition;
  readonly chunk: number;
  readonly through: number;
  readonly outcome: 'ok' | 'duplicate' | 'invalid' | 'ignored';
  readonly reason: string;
  readonly count: number;
}

export interface Gap {
  readonly source: SourcePartition;
  /** Start of the chunk that `from` is in: what is stored of it may have been counted with what is lost. */
  readonly chunk: number;
  /** First and last lost offset. */
  readonly from: number;
  readonly through: number;
  /** Bounds of the log times that the lost records can have, epoch ms. */
  readonly fromTimeMs: number;
  readonly toTimeMs: number;
  readonly reason: 'retention' | 'topic_recreated' | 'operator';
}

/** Facts of one partition, columnar; only rows that decoded `ok`. */
export interface FactBlock {
  readonly contract: string;
  readonly source: SourcePartition;
  readonly chunk: number;
  readonly count: number;
  readonly offsets: Float64Array;
  readonly logTimesMs: Float64Array;
  readonly eventTimesMs: Float64Array;
  /** Four 32-bit words a row. */
  readonly idHash: Uint32Array;
  /** Offset of the first event with this id; -1 where the row counts, -2 where it did and a correction takes it back. */
  readonly duplicateOf: Float64Array;
  readonly columns: readonly DecodedColumn[];
}

export interface ChunkPanes {
  readonly source: SourcePartition;
  readonly chunk: number;
  /** Version of every row below: the last offset that it covers. */
  readonly through: number;
  /** Log time of the chunk's first record: what retention goes by. */
  readonly chunkLogTimeMs: number;
  readonly rows: readonly PaneRow[];
}

/** What the ledger knows of a partition: everything needed to resume. */
export interface PartitionLedger {
  readonly source: SourcePartition;
  /** Ascending by chunk, from the last sealed one before the oldest that is not sealed, where there is one. */
  readonly chunks: readonly LedgerRow[];
  /**
   * Stored openings from the first of `chunks` on. A chunk can be opened, and its panes written, by an owner that
   * died before its ledger row: whoever opens it next must take that opening over.
   */
  readonly openings: readonly ChunkOpening[];
  /** Highest claim under which an owner has begun to read: it wrote a mark or an advance. 0 when none. */
  readonly begunClaim: number;
  /** An operator has ended this life: the topic had the partition no more. Readers look at it no more. */
  readonly retired: boolean;
  /** Clock advances of the highest (claim, owner) that wrote any, at positions from the first of `chunks` on, ascending. */
  readonly advances: readonly ClockAdvance[];
}

/**
 * Port to the store. Every method resolves only when the store has acknowledged; it rejects otherwise, and
 * then the write may or may not have landed. All writes are idempotent.
 */
export interface MetricStore {
  /** The newest incarnation of each partition that the ledger knows, without what it knows of it. */
  loadSources(topic: string, partitions: readonly number[]): Promise<SourcePartition[]>;
  /** Resolves the newest incarnation of each partition that the ledger knows; unknown partitions are left out. */
  loadLedger(topic: string, partitions: readonly number[]): Promise<PartitionLedger[]>;
  writeClaims(
    claims: readonly { source: SourcePartition; claim: number; owner: string; atMs: number }[],
  ): Promise<void>;
  /** Highest claim per source as stored now; of equal ones the greater owner's, and then it is contested. */
  highestClaims(
    sources: readonly SourcePartition[],
  ): Promise<{ source: SourcePartition; claim: number; owner: string; contested: boolean }[]>;
  writeOpenings(openings: readonly ChunkOpening[]): Promise<void>;
  writePanes(panes: readonly ChunkPanes[]): Promise<void>;
  writeOutcomes(rows: readonly OutcomeRow[]): Promise<void>;
  writeFacts(blocks: readonly FactBlock[]): Promise<void>;
  writeClockAdvances(rows: readonly ClockAdvance[]): Promise<void>;
  writeLedger(rows: readonly LedgerRow[]): Promise<void>;
  writeGap(gap: Gap): Promise<void>;
  /**
   * Id hashes of counted facts at offsets [from, before) of a partition, ascending by offset. Those that a correction
   * took back were counted: what repeats them is still a duplicate.
   */
  readVerdicts(
    contract: string,
    source: SourcePartition,
    from: number,
    before: number,
  ): Promise<{ count: number; idHash: Uint32Array; offsets: Float64Array }>;
  /** All facts, duplicates too, at offsets [from, before) of a partition, ascending by offset over all blocks. */
  readChunkFacts(
    contract: string,
    source: SourcePartition,
    from: number,
    before: number,
  ): Promise<readonly FactBlock[]>;
  /** Stored counts of one chunk, replaced ones left out. */
  readChunkOutcomes(source: SourcePartition, chunk: number): Promise<readonly OutcomeRow[]>;
}

/** A run of records of one partition as fetched; `nextOffset` is past control records too. */
export interface FetchedBatch {
  readonly partition: number;
  readonly count: number;
  /** Position before which nothing of this batch can lie; must equal the engine's position to be accepted. */
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly offsets: ArrayLike<number>;
  readonly logTimesMs: ArrayLike<number>;
  readonly values: RecordValues;
  key(row: number): Uint8Array | null;
  headers(row: number): readonly (readonly [string, Uint8Array])[];
}

/** Answer of the broker, asked at `askedAtMs`: the log was read to its end when both equal the position. */
export interface LogEnd {
  readonly partition: number;
  readonly logStart: number;
  readonly lastStable: number;
  readonly highWatermark: number;
  readonly askedAtMs: number;
}

export interface DeadLetter {
  readonly source: SourcePartition;
  readonly offset: number;
  readonly logTimeMs: number;
  readonly reason: string;
  readonly detail: string;
  readonly contractVersion: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [string, Uint8Array])[];
}

/** Port to the dead-letter topic; resolves when acknowledged by all in-sync replicas. */
export interface DeadLetterSink {
  write(topic: string, letters: readonly DeadLetter[]): Promise<void>;
}

/** Port to the place of originals that are too large for a dead-letter topic; their letters refer to them by origin. */
export interface OriginalStore {
  /** Resolves when stored; repeats change nothing. */
  writeOriginals(letters: readonly DeadLetter[]): Promise<void>;
}

/** Port to wall time. */
export interface Clock {
  nowMs(): number;
}
