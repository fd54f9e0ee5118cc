/**
 * Names of the tables and columns that pane queries read. The store's migrations create them under exactly
 * these names; every statement in this folder takes them from here.
 */
export const FACTS_DATABASE = 'freshet';
export const METRICS_DATABASE = 'metrics';

/** Partial sums, one row a (metric, revision, pane, dimensions, source partition, chunk). */
export const PANES_TABLE = `${FACTS_DATABASE}.metric_panes`;
/** Sets of `distinct`, same key. */
export const DISTINCT_TABLE = `${FACTS_DATABASE}.metric_distinct_panes`;
/** Panes of sealed chunks, merged over partitions and chunks: what `ARCHIVE_HEADS_TABLE` names counts. */
export const ARCHIVE_TABLE = `${FACTS_DATABASE}.metric_archived_panes`;
/** One row a (metric, revision), read with FINAL: what of it is archived. */
export const ARCHIVE_HEADS_TABLE = `${FACTS_DATABASE}.metric_archives_log`;
/** One row a source partition (newest incarnation): how far it is stored and proven. */
export const PROGRESS_VIEW = `${FACTS_DATABASE}.source_progress`;
export const GAPS_TABLE = `${FACTS_DATABASE}.gaps_log`;

/** Newest value by key, of the reference topics that dimensions are mapped by. */
export const REFERENCE_TABLE = `${FACTS_DATABASE}.reference_values`;
export const REFERENCE = {
  contract: 'contract',
  /** Which fields of it, see `referenceFields`. */
  fields: 'fields',
  key: 'key',
  value: 'value',
  /** Int64; the highest counts. */
  place: 'place',
  /** Bool: the newest record of the key deleted it. */
  deleted: 'deleted',
} as const;

/** Columns of `metric_panes`, in table order. */
export const PANE = {
  metric: 'metric',
  revision: 'revision',
  /** DateTime64(3, 'UTC') */
  paneStart: 'pane_start',
  /** Array of text, in the definition's order. */
  dimensions: 'dimensions',
  topic: 'topic',
  incarnation: 'incarnation',
  partition: 'partition',
  chunk: 'chunk',
  /** Version of the row: last offset that it covers. */
  through: 'through',
  chunkLogTime: 'chunk_log_time',
  events: 'events',
  lateEvents: 'late_events',
  /** 1 on `(other)` rows that hold folded series. */
  partial: 'partial',
  /** Array(Int64), see `slotsOf`. */
  sums: 'sums',
  /** Array(Nullable(Int64)) */
  extremes: 'extremes',
  /** Array(Nullable(Int64)), epoch ms */
  lastTimes: 'last_times',
  /** Array(Nullable(Int64)) */
  lastOffsets: 'last_offsets',
  /** Map(Int32, UInt64) */
  buckets: 'buckets',
} as const;

/** Columns of `metric_distinct_panes` beyond the key. */
export const DISTINCT = {
  /** Array(UInt64): hashes of the different values, in no order. */
  members: 'members',
} as const;

/** Columns of `metric_archived_panes` that `metric_panes` does not have. */
export const ARCHIVE = {
  /** UInt64: rows of an attempt that no head names count nowhere. */
  attempt: 'attempt',
  /** Log time of the first record of the oldest chunk. */
  firstLogTime: 'first_log_time',
  /** Array(Tuple(UInt32, UInt32)): incarnation and partition of last values. */
  lastPlaces: 'last_places',
} as const;

/** Columns of `metric_archives_log`. */
export const ARCHIVE_HEAD = {
  /** Counts up: version of the row. */
  step: 'step',
  /** UInt64 that wrote the rows of this step. */
  attempt: 'attempt',
  /** Array(UInt64): those of all steps. */
  attempts: 'attempts',
  /** Array(Tuple(before, attempt)): see `openingSelect`. */
  openings: 'openings',
  /** Panes that start before are archived … */
  before: 'before',
  /** … as far as they are of these chunks: Array(Tuple(topic, incarnation, partition, first, chunk, through)). */
  sources: 'sources',
} as const;

/** Columns of `source_progress` that queries of values need. */
export const PROGRESS = {
  topic: 'topic',
  /** Int64 epoch ms; -1 when none. */
  frontierMs: 'frontier_ms',
  /** Int64 epoch ms: panes hold everything appended by then; -1 when there is no evidence. */
  asOfMs: 'as_of_ms',
} as const;

/** Columns of `gaps_log` that queries of values need: where the lost records were, and bounds of their log times. */
export const GAP = {
  topic: 'topic',
  incarnation: 'incarnation',
  partition: 'partition',
  /** Int64: chunk that the first lost record is in. */
  chunk: 'chunk',
  /** Int64: last lost offset. */
  through: 'through_offset',
  /** Int64 epoch ms */
  fromTimeMs: 'from_time_ms',
  /** Int64 epoch ms, inclusive */
  toTimeMs: 'to_time_ms',
} as const;

/** Columns of every fact table besides the contract's own fields. */
export const FACT = {
  incarnation: 'incarnation',
  partition: 'partition',
  offset: 'offset',
  chunk: 'chunk',
  logTime: 'log_time',
  /** DateTime64(3, 'UTC') */
  eventTime: 'event_time',
} as const;
