import type { MetricDefinition } from '@freshet/metrics';
import type { ChunkOpening, ClockAdvance, MetricStore, SourcePartition } from '../ports.js';

/** A chunk that is stored, of any life of its topic, and what is needed to count it again. */
export interface PastChunk {
  readonly source: SourcePartition;
  /** Of the newest life of the topic: an owner may still go on with it. */
  readonly isNewestLife: boolean;
  readonly chunk: number;
  readonly panesThrough: number;
  readonly factsThrough: number;
  /** Last offset of the chunk once it is known, else -1. */
  readonly end: number;
  /** Newest event time up to its end, epoch ms; -1 when none. */
  readonly frontierMs: number;
  /** Log time of its last record, epoch ms; -1 when it has none. */
  readonly lastLogTimeMs: number;
  /** Records of the chunk by the stored outcomes, and those of them that left a fact. */
  readonly records: number;
  readonly facts: number;
  readonly opening: ChunkOpening | undefined;
}

/** What is known of one revision in one chunk. Stored under (metric, revision, source, chunk). */
export interface ChunkCoverage {
  readonly metric: string;
  readonly revision: string;
  readonly source: SourcePartition;
  readonly chunk: number;
  /**
   * `filled`: all of the chunk is counted. `missing`: its facts are gone, so it cannot be. `live`: the owner by
   * `claim` and `owner` counts this chunk and all later ones.
   */
  readonly kind: 'filled' | 'missing' | 'live';
  readonly claim: number;
  readonly owner: string;
  /** Of a missing chunk: newest event time that it can hold, epoch ms; else -1. */
  readonly frontierMs: number;
}

export interface Promotion {
  readonly definition: MetricDefinition;
  readonly topic: string;
  /** Windows that start before this are not complete and not shown, epoch ms; -1: there is no such time. */
  readonly countedFromMs: number;
}

/** Port to what is stored of the past. All writes are idempotent. */
export interface PastStore extends Pick<MetricStore, 'highestClaims' | 'readChunkFacts' | 'writePanes'> {
  /** Chunks with records, and partitions without any (as a chunk that ends before its start); all lives. */
  readPastChunks(topic: string): Promise<readonly PastChunk[]>;
  /** Advances and marks of a partition at positions up to `through`, of all claims. */
  readAllAdvances(source: SourcePartition, through: number): Promise<readonly ClockAdvance[]>;
  readCoverage(topic: string, revisions: readonly string[]): Promise<readonly ChunkCoverage[]>;
  writeCoverage(rows: readonly ChunkCoverage[]): Promise<void>;
  /** How far a proposal is filled, for people. */
  writeProgress(definition: MetricDefinition, filled: number, total: number): Promise<void>;
  /** Switches all readers; with one row. */
  promote(promotion: Promotion): Promise<void>;
}
