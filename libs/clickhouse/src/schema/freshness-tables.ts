import { TIME } from './source-columns.js';
import { type Table, type TableColumn } from './table.js';

const METRIC: TableColumn = {
  name: 'metric',
  type: 'LowCardinality(String)',
  comment: 'Name of the metric.',
};
const AT: TableColumn = {
  name: 'at',
  type: TIME,
  clause: 'DEFAULT now64(3)',
  comment: "When the row was written, by the store's clock.",
};
const ms = (name: string, comment: string): TableColumn => ({
  name,
  type: 'Int64',
  comment: `${comment} Epoch milliseconds.`,
});

/** What freshness and alerts keep, `days` days. */
export function freshnessTables(days: number): Table[] {
  return [
    {
      name: 'freshet.objectives_log',
      comment: 'The freshness objective of each metric; read with FINAL.',
      columns: [
        METRIC,
        { name: 'owner', type: 'LowCardinality(String)', comment: 'Team that owns the metric.' },
        { name: 'target_ms', type: 'Int64', comment: 'A second is good while the metric is behind by less.' },
        { name: 'objective', type: 'Float64', comment: 'Share of seconds that are to be good, 0 to 1.' },
        { name: 'over_ms', type: 'Int64', comment: 'Period that the share is over, milliseconds.' },
        { name: 'action_window_ms', type: 'Int64', comment: 'Stale for longer than this calls a person.' },
        AT,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: '(metric)',
    },
    {
      name: 'freshet.objective_slices_log',
      comment:
        'Judged seconds: a row a metric and minute, bit n is second n. A second without a bit is bad. See freshet.objective_compliance.',
      columns: [
        METRIC,
        { name: 'minute', type: "DateTime('UTC')", comment: 'Start of the minute.' },
        {
          name: 'good',
          type: 'SimpleAggregateFunction(groupBitOr, UInt64)',
          comment: 'Seconds in which it was within its target at every look.',
        },
        {
          name: 'bad',
          type: 'SimpleAggregateFunction(groupBitOr, UInt64)',
          comment: 'Seconds in which it was not: counts before good.',
        },
      ],
      engine: 'AggregatingMergeTree',
      partitionBy: 'toYYYYMM(minute)',
      orderBy: '(metric, minute)',
      retention: { time: 'minute', days },
    },
    {
      name: 'freshet.exclusions_log',
      comment:
        'Times that count neither as good nor as bad: declared maintenance, clean stops. Read with FINAL.',
      columns: [
        { name: 'id', type: 'String', comment: 'Names it.' },
        { name: 'kind', type: 'LowCardinality(String)', comment: 'maintenance or stop.' },
        {
          name: 'metrics',
          type: 'Array(LowCardinality(String))',
          comment: 'Metrics that it is for; empty: all.',
        },
        ms('from_ms', 'Begin.'),
        ms('until_ms', 'End; -1 while it has not ended.'),
        { name: 'reason', type: 'String', comment: 'Why, in the words of who declared it.' },
        { name: 'by', type: 'String', comment: 'Who declared it.' },
        AT,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: '(id)',
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.alerts_log',
      comment: 'Alerts: the newest row of an id is its state. See freshet.alerts.',
      columns: [
        { name: 'id', type: 'String', comment: 'Names the occurrence.' },
        { name: 'key', type: 'String', comment: 'Names the cause.' },
        {
          name: 'status',
          type: 'LowCardinality(String)',
          comment: 'pending, firing, acknowledged, silenced or resolved.',
        },
        { name: 'changes', type: 'UInt64', comment: 'Status changes so far.' },
        { name: 'record', type: 'String', comment: 'Alert and its subjects as JSON.' },
        AT,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: '(id)',
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.alert_decisions_log',
      comment: 'What people decided about alerts, in order.',
      columns: [
        AT,
        { name: 'kind', type: 'LowCardinality(String)', comment: 'acknowledge or silence.' },
        {
          name: 'subject',
          type: 'String',
          comment: 'Id of the acknowledged alert, or key that is silenced.',
        },
        { name: 'by', type: 'String', comment: 'Who decided.' },
        ms('decided_ms', 'When.'),
        ms('until_ms', 'End of a silence; else -1.'),
        { name: 'reason', type: 'String', comment: 'Why, or a note.' },
      ],
      engine: 'MergeTree',
      orderBy: '(decided_ms)',
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.alert_evaluations_log',
      comment: 'Evaluations of every alert condition, in runs of the same outcome; read with FINAL.',
      columns: [
        { name: 'subject', type: 'String', comment: 'What was judged.' },
        { name: 'alert_key', type: 'String', comment: 'Key of the alert that it belongs to.' },
        {
          name: 'outcome',
          type: 'LowCardinality(String)',
          comment:
            'ok, bad, held_back (may not be judged), error or timeout (could not be asked). Only ok is good.',
        },
        ms('from_ms', 'First of the run.'),
        ms('until_ms', 'Last of the run so far.'),
        { name: 'count', type: 'UInt64', comment: 'Evaluations in the run so far.' },
        { name: 'detail', type: 'String', comment: 'Words of the last one.' },
        AT,
      ],
      engine: 'ReplacingMergeTree(count)',
      orderBy: '(subject, from_ms)',
      retention: { time: 'at', days: Math.min(days, 100) },
    },
    {
      name: 'freshet.evaluators_log',
      comment: 'Who evaluates alerts: the highest claim, while its row is young. Read with FINAL.',
      columns: [
        { name: 'claim', type: 'UInt64', comment: 'Counts up with each takeover.' },
        {
          name: 'holder',
          type: 'String',
          comment: 'Gateway process; the smaller one of equal claims holds.',
        },
        { name: 'released', type: 'UInt8', comment: '1: it stopped in good order.' },
        AT,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: '(claim, holder)',
      retention: { time: 'at', days: 7 },
    },
    {
      name: 'freshet.heartbeats_log',
      comment: 'Newest word of every process, with its own time beside that of the store. Read with FINAL.',
      columns: [
        { name: 'role', type: 'LowCardinality(String)', comment: 'ingest or gateway.' },
        { name: 'instance', type: 'String', comment: 'Machine and process.' },
        ms('own_ms', 'When it wrote, by its own clock.'),
        { name: 'round_trip_ms', type: 'Int64', comment: 'How long its last write took, milliseconds.' },
        { name: 'flush_ms', type: 'Int64', comment: 'How long its last flush took, milliseconds; -1: none.' },
        {
          name: 'arrivals',
          type: 'Map(String, Array(UInt64))',
          comment:
            'Since it began, by topic: events that were counted, and those too late for their windows.',
        },
        AT,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: '(role, instance)',
      retention: { time: 'at', days: 2 },
    },
  ];
}
