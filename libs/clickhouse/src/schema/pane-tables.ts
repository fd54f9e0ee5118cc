import {
  ARCHIVE,
  ARCHIVE_HEAD,
  ARCHIVE_HEADS_TABLE,
  ARCHIVE_TABLE,
  DISTINCT,
  DISTINCT_TABLE,
  PANE,
  PANES_TABLE,
  type MetricDefinition,
} from '@freshet/metrics';
import { CHUNK, SOURCE, TIME } from './source-columns.js';
import { text, type Table, type TableColumn } from './table.js';

const SERIES: readonly TableColumn[] = [
  { name: PANE.metric, type: 'LowCardinality(String)', comment: 'Name of the metric.' },
  { name: PANE.revision, type: 'LowCardinality(String)', comment: 'Revision of its definition.' },
  { name: PANE.paneStart, type: TIME, comment: 'Start of the pane by event time.' },
  {
    name: PANE.dimensions,
    type: 'Array(String)',
    comment: "Values in the order of the definition's dimensions.",
  },
];
const KEY: readonly TableColumn[] = [...SERIES, ...SOURCE, CHUNK];
const keyOrder = (columns: readonly TableColumn[]): string =>
  `(${columns.map(({ name }) => name).join(', ')})`;
const CHUNK_TIME: TableColumn = {
  name: PANE.chunkLogTime,
  type: TIME,
  comment: "Log time of the chunk's first record: retention goes by it.",
};
const COUNTS: readonly TableColumn[] = [
  { name: PANE.events, type: 'UInt64', comment: "Counted events that passed the metric's filter." },
  {
    name: PANE.lateEvents,
    type: 'UInt64',
    comment: 'Those of them that came after the pane was final.',
  },
  { name: PANE.partial, type: 'UInt8', comment: '1 where series were folded into (other).' },
  { name: PANE.sums, type: 'Array(Int64)', comment: 'Counts and sums, by slot of the measure.' },
  {
    name: PANE.extremes,
    type: 'Array(Nullable(Int64))',
    comment: 'Min, max and last values, by slot.',
  },
  {
    name: PANE.lastTimes,
    type: 'Array(Nullable(Int64))',
    comment: 'Event times of last values, epoch milliseconds.',
  },
  { name: PANE.lastOffsets, type: 'Array(Nullable(Int64))', comment: 'Offsets of last values.' },
];
const BUCKETS: TableColumn = {
  name: PANE.buckets,
  type: 'Map(Int32, UInt64)',
  comment: 'Logarithmic bucket (γ = 1.02) → count.',
};

/**
 * Partial sums of metrics by pane, series and chunk, kept `days` days; those of running totals for ever, because a
 * level is made of all that came before.
 */
export function paneTables(days: number, metrics: readonly MetricDefinition[]): Table[] {
  const retention = { time: PANE.chunkLogTime, days };
  const levels = metrics
    .filter(({ measure }) => measure.kind === 'runningTotal')
    .map(({ name }) => text(name));
  const kept = levels.length === 0 ? {} : { where: `${PANE.metric} NOT IN (${levels.sort().join(', ')})` };
  const partitionBy = `toYYYYMM(${PANE.paneStart})`;
  return [
    {
      name: PANES_TABLE,
      comment:
        'Partial sums, one row a pane, series, source partition and chunk, each replaced by its longer version. ' +
        'Read with FINAL and sum over partitions and chunks; the views in database metrics do.',
      columns: [
        ...KEY,
        { name: PANE.through, type: 'Int64', comment: 'Last offset covered: version of the row.' },
        CHUNK_TIME,
        ...COUNTS,
        BUCKETS,
      ],
      engine: `ReplacingMergeTree(${PANE.through})`,
      partitionBy,
      orderBy: keyOrder(KEY),
      retention: { ...retention, ...kept },
    },
    {
      name: DISTINCT_TABLE,
      comment: 'Sets of different values of distinct metrics, united by merges; repeats change nothing.',
      columns: [
        ...KEY,
        {
          name: PANE.through,
          type: 'SimpleAggregateFunction(max, Int64)',
          comment: 'Last offset covered.',
        },
        { ...CHUNK_TIME, type: `SimpleAggregateFunction(max, ${TIME})` },
        {
          name: DISTINCT.members,
          type: 'SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64))',
          comment: 'The set, as 64-bit hashes: uniqExactArray gives its size.',
        },
      ],
      engine: 'AggregatingMergeTree',
      partitionBy,
      orderBy: keyOrder(KEY),
      retention,
    },
    {
      name: ARCHIVE_TABLE,
      comment:
        'Panes that are final, in chunks that are stored to their end: one row a pane and series instead of one for ' +
        'each source partition and chunk. Rows of an attempt that metric_archives_log names count, no others.',
      columns: [
        ...SERIES,
        { name: ARCHIVE.attempt, type: 'UInt64', comment: 'Who wrote it: a number of its own for each try.' },
        {
          ...CHUNK_TIME,
          comment: 'Newest time of its chunks, each by its first record: retention goes by it.',
        },
        { name: ARCHIVE.firstLogTime, type: TIME, comment: 'Oldest of these times.' },
        ...COUNTS,
        {
          name: ARCHIVE.lastPlaces,
          type: 'Array(Tuple(UInt32, UInt32))',
          comment: 'Incarnation and partition of last values.',
        },
        BUCKETS,
        {
          name: DISTINCT.members,
          type: 'Array(UInt64)',
          comment: 'The set of a distinct metric, as 64-bit hashes.',
        },
        {
          name: 'written_at',
          type: TIME,
          clause: 'DEFAULT now64(3)',
          comment: "When the row was written, by the store's clock.",
        },
      ],
      engine: 'ReplacingMergeTree(written_at)',
      partitionBy,
      orderBy: `(${[...SERIES.map(({ name }) => name), ARCHIVE.attempt].join(', ')})`,
      retention: { ...retention, ...kept },
    },
    {
      name: ARCHIVE_HEADS_TABLE,
      comment:
        'What is archived of each revision; read with FINAL. Chunk rows within these bounds count no more, whoever ' +
        'writes them: the archived rows of the attempts count instead.',
      columns: [
        { name: PANE.metric, type: 'LowCardinality(String)', comment: 'Name of the metric.' },
        { name: PANE.revision, type: 'LowCardinality(String)', comment: 'Revision of its definition.' },
        { name: ARCHIVE_HEAD.step, type: 'UInt64', comment: 'Counts up: version of the row.' },
        { name: ARCHIVE_HEAD.attempt, type: 'UInt64', comment: 'Attempt of this step.' },
        { name: ARCHIVE_HEAD.attempts, type: 'Array(UInt64)', comment: 'Attempts of all steps.' },
        { name: ARCHIVE_HEAD.before, type: TIME, comment: 'Panes that start before are archived …' },
        {
          name: ARCHIVE_HEAD.sources,
          type: 'Array(Tuple(topic String, incarnation UInt32, partition UInt32, first Int64, chunk Int64, through Int64))',
          comment: '… as far as they are of chunks up to this one; the first of them, and the last offset.',
        },
        {
          name: ARCHIVE_HEAD.openings,
          type: "Array(Tuple(before DateTime64(3, 'UTC'), attempt UInt64))",
          comment:
            'Of a level: at these times, all that was archived before as one row a series, by these attempts.',
        },
        {
          name: 'at',
          type: TIME,
          clause: 'DEFAULT now64(3)',
          comment: "When the row was written, by the store's clock.",
        },
      ],
      engine: `ReplacingMergeTree(${ARCHIVE_HEAD.step})`,
      orderBy: `(${PANE.metric}, ${PANE.revision})`,
    },
  ];
}
