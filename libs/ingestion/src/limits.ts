/**
 * Bounds of the engine. Those under "semantics" change what is stored under which key: they are the same for every
 * instance and for the whole life of a table, so they are no settings of an app.
 */
export interface EngineLimits {
  // semantics
  /** Offsets a chunk at most covers: it ends at the next multiple of this. */
  readonly chunkOffsets: number;
  /** A chunk ends before the first record whose log time is this much past that of its first record, ms. */
  readonly chunkLogTimeMs: number;
  /** An event is a duplicate when its id was counted at most this many offsets before. */
  readonly dedupeHorizonOffsets: number;
  /** An event time further than this ahead of its record's log time does not move the frontier, ms. */
  readonly futureClampMs: number;

  // memory: when one is reached, `process` waits until a flush has made room
  /** Fact rows that wait for a flush, over all partitions. */
  readonly factRows: number;
  /** Bytes of the messages whose facts wait for a flush, over all partitions. */
  readonly factBytes: number;
  /** Pane rows that wait for a flush, over all partitions; also what one flush takes, but for a partition's rest. */
  readonly paneRows: number;
  /** Dead letters that wait for a flush, and their bytes. */
  readonly deadLetters: number;
  readonly deadLetterBytes: number;
  /** Records decoded at a time. */
  readonly sliceRecords: number;

  // trust
  /** Invalid records in a row that halt a partition. */
  readonly deadLetterRun: number;
  /** Share (0..1) of invalid records among `deadLetterShareOver` records that halts a partition. */
  readonly deadLetterShare: number;
  readonly deadLetterShareOver: number;
  /** Shortest time between two advances of one idle partition by the clock, ms. */
  readonly clockAdvanceEveryMs: number;
  /**
   * The clock moves a frontier only after the log's end stood still this long, ms. Shorter, and a reader that
   * catches up with a producer in the middle of its backlog would call all that follows late.
   */
  readonly idleAfterMs: number;
}

export const DEFAULT_LIMITS: EngineLimits = {
  chunkOffsets: 50_000,
  chunkLogTimeMs: 600_000,
  dedupeHorizonOffsets: 250_000,
  futureClampMs: 120_000,
  factRows: 400_000,
  factBytes: 192 * 1024 * 1024,
  paneRows: 200_000,
  deadLetters: 5_000,
  deadLetterBytes: 32 * 1024 * 1024,
  sliceRecords: 4_096,
  deadLetterRun: 1_000,
  deadLetterShare: 0.5,
  deadLetterShareOver: 5_000,
  clockAdvanceEveryMs: 5_000,
  idleAfterMs: 10_000,
};
