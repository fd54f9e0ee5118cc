import { RETIREMENTS_TABLE } from './ledger-tables.js';
import { CHUNK, SOURCE, TIME } from './source-columns.js';
import { type Table } from './table.js';

export const CORRECTED_TABLE = 'freshet.corrected_chunks_log';

/** SELECT of `topic` and `correction`: a number that grows whenever what was counted of the topic is corrected. */
export const CORRECTIONS_SQL =
  `SELECT topic, sum(n) AS correction FROM (` +
  `SELECT toString(topic) AS topic, max(c.events) AS n FROM ${CORRECTED_TABLE} AS c GROUP BY topic, incarnation, partition, chunk ` +
  `UNION ALL SELECT toString(topic) AS topic, uniqExact(incarnation, partition) AS n FROM ${RETIREMENTS_TABLE} GROUP BY topic` +
  `) GROUP BY topic`;

/** Tables that operators' commands write, kept `days` days. */
export function operationTables(days: number): Table[] {
  return [
    {
      name: 'freshet.audits_log',
      comment:
        'Results of audits: one row a subject (a metric, or a topic) of each run; none differs on a healthy system.',
      columns: [
        { name: 'at', type: TIME, clause: 'DEFAULT now64(3)', comment: 'When the run ended.' },
        { name: 'run', type: 'String', comment: 'Identifies the run.' },
        { name: 'subject', type: 'LowCardinality(String)', comment: 'Name of the metric or the topic.' },
        {
          name: 'kind',
          type: 'LowCardinality(String)',
          comment:
            'panes (with facts), log (facts with the log), repeats (ids counted twice) or lost (gaps).',
        },
        { name: 'compared', type: 'UInt64', comment: 'Values, offsets, facts or partitions compared.' },
        { name: 'differences', type: 'UInt64', comment: 'Of them, those that differ.' },
        { name: 'from_time', type: TIME, comment: 'Begin of the audited range.' },
        { name: 'to_time', type: TIME, comment: 'End of the audited range.' },
        { name: 'details', type: 'String', comment: 'The first differences with their causes, as JSON.' },
      ],
      engine: 'MergeTree',
      orderBy: '(kind, subject, at)',
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.redrives_log',
      comment:
        'Dead letters that were sent back to their topic: claimed before, told after. A claimed letter is never sent again.',
      columns: [
        ...SOURCE,
        {
          name: 'offset',
          type: 'Int64',
          comment: 'Offset of the original: with the source, the name of the letter.',
        },
        { name: 'run', type: 'String', comment: 'Identifies the run that claimed it.' },
        {
          name: 'step',
          type: 'LowCardinality(String)',
          comment: 'claimed (before sending) or sent (acknowledged).',
        },
        { name: 'by', type: 'String', comment: 'Who ran the command: user and machine.' },
        { name: 'reason', type: 'LowCardinality(String)', comment: 'Why it was a dead letter.' },
        {
          name: 'redrive',
          type: 'UInt32',
          comment: 'How often the message has been redriven, this time included.',
        },
        { name: 'sent_offset', type: 'Int64', comment: 'Offset that it got; -1 while it is not known.' },
        { name: 'at', type: TIME, clause: 'DEFAULT now64(3)', comment: "When, by the store's clock." },
      ],
      engine: 'MergeTree',
      orderBy: '(topic, incarnation, partition, offset, at)',
      retention: { time: 'at', days },
    },
    {
      name: CORRECTED_TABLE,
      comment:
        'Chunks of which events were taken back, once their panes are corrected: readers see by it that the past changed.',
      columns: [
        ...SOURCE,
        CHUNK,
        {
          name: 'events',
          type: 'SimpleAggregateFunction(max, UInt64)',
          comment: 'Events that were taken back. The highest value written counts.',
        },
      ],
      engine: 'AggregatingMergeTree',
      orderBy: '(topic, incarnation, partition, chunk)',
    },
    {
      name: 'freshet.notifications_log',
      comment:
        'What teams were told, or are to be told, of alerts: one row a notice, the outbox of deliveries. Read with FINAL.',
      columns: [
        { name: 'notice', type: 'String', comment: 'Transition of the alert and address: tells repeats.' },
        { name: 'alert_id', type: 'String', comment: 'Occurrence of the alert.' },
        { name: 'address', type: 'LowCardinality(String)', comment: 'team/kind/position in teams.yaml.' },
        { name: 'team', type: 'LowCardinality(String)', comment: 'Owner of the stage at fault.' },
        { name: 'severity', type: 'LowCardinality(String)', comment: 'page or ticket.' },
        { name: 'status', type: 'LowCardinality(String)', comment: 'firing or resolved.' },
        { name: 'at', type: TIME, comment: 'When the alert changed to it.' },
        { name: 'alert', type: 'String', comment: 'The alert as it was then, as JSON.' },
        {
          name: 'state',
          type: 'LowCardinality(String)',
          comment: 'waiting, sent, superseded (by a later notice of the same alert) or given_up.',
        },
        { name: 'attempts', type: 'UInt32', comment: 'Attempts so far.' },
        { name: 'last_error', type: 'String', comment: 'Of the newest attempt that failed.' },
        {
          name: 'progress',
          type: 'UInt32',
          comment: 'Highest wins: attempts while it waits, 4294967295 when nothing more is to be done.',
        },
        { name: 'stored_at', type: TIME, clause: 'DEFAULT now64(3)', comment: "By the store's clock." },
      ],
      engine: 'ReplacingMergeTree(progress)',
      orderBy: 'notice',
      retention: { time: 'at', days },
    },
  ];
}
