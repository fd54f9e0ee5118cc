import { DISTINCT, DISTINCT_TABLE, PANE, PANES_TABLE, type MetricDefinition } from '@freshet/metrics';
import { CHUNK, SOURCE, TIME } from './source-columns.js';
import { text, type Table, type TableColumn } from './table.js';

const KEY: readonly TableColumn[] = [
  { name: PANE.metric, type: 'LowCardinality(String)', comment: 'Name of the metric.' },
  { name: PANE.revision, type: 'LowCardinality(String)', comment: 'Revision of its definition.' },
  { name: PANE.paneStart, type: TIME, comment: 'Start of the pane by event time.' },
  {
    name: PANE.dimensions,
    type: 'Array(String)',
    comment: "Values in the order of the definition's dimensions.",
  },
  ...SOURCE,
  CHUNK,
];
const KEY_ORDER = `(${KEY.map(({ name }) => name).join(', ')})`;
const CHUNK_TIME: TableColumn = {
  name: PANE.chunkLogTime,
  type: TIME,
  comment: "Log time of the chunk's first record: retention goes by it.",
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
        { name: PANE.buckets, type: 'Map(Int32, UInt64)', comment: 'Logarithmic bucket (γ = 1.02) → count.' },
      ],
      engine: `ReplacingMergeTree(${PANE.through})`,
      partitionBy,
      orderBy: KEY_ORDER,
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
          name: DISTINCT.hashes,
          type: 'Array(UInt64)',
          clause: 'EPHEMERAL',
          comment: 'What is inserted: 64-bit hashes.',
        },
        {
          name: DISTINCT.users,
          type: 'AggregateFunction(uniq, UInt64)',
          clause: `DEFAULT arrayReduce('uniqState', ${DISTINCT.hashes})`,
          comment: 'The set: uniqMerge gives its size.',
        },
      ],
      engine: 'AggregatingMergeTree',
      partitionBy,
      orderBy: KEY_ORDER,
      retention,
    },
  ];
}
