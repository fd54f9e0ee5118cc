import { GAP } from '@freshet/metrics';
import { CHUNK, SOURCE, TIME } from './source-columns.js';
import { type Table, type TableColumn } from './table.js';

export const RETIREMENTS_TABLE = 'freshet.source_retirements_log';

const SOURCE_KEY = 'topic, incarnation, partition';
const CHUNK_KEY = `(${SOURCE_KEY}, chunk)`;

const highest = (name: string, comment: string): TableColumn => ({
  name,
  type: 'SimpleAggregateFunction(max, Int64)',
  comment: `${comment} The highest value written counts.`,
});
const writtenAt: TableColumn = {
  name: 'at',
  type: TIME,
  clause: 'DEFAULT now64(3)',
  comment: "When the row was written, by the store's clock.",
};

/** Tables that say how far each partition is stored, kept `days` days. */
export function ledgerTables(days: number): Table[] {
  return [
    {
      name: 'freshet.source_claims_log',
      comment: 'One row for each assignment of a partition to an ingest process: the highest claim owns it.',
      columns: [
        ...SOURCE,
        { name: 'claim', type: 'UInt64', comment: 'Highest claim so far + 1.' },
        { name: 'owner', type: 'String', comment: 'Ingest process; decides between equal claims.' },
        { name: 'at', type: TIME, comment: 'When it was claimed, by the clock of the owner.' },
      ],
      engine: 'MergeTree',
      orderBy: `(${SOURCE_KEY}, claim, owner)`,
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.chunk_openings_log',
      comment: 'How each chunk began; read with FINAL: the row of the highest claim counts.',
      columns: [
        ...SOURCE,
        CHUNK,
        { name: 'claim', type: 'UInt64', comment: 'Claim of the process that opened it.' },
        { name: 'opened_at', type: TIME, comment: 'Wall time of the opening.' },
        {
          name: 'frontier_ms',
          type: 'Int64',
          comment: 'Newest event time before the chunk, epoch milliseconds; -1 when there was none.',
        },
        { name: 'first_offset', type: 'Int64', comment: 'Offset of its first record.' },
        { name: 'first_log_time', type: TIME, comment: 'Log time of its first record.' },
        { name: 'first_hash', type: 'String', comment: 'Hash of the first record, 16 hex digits.' },
      ],
      engine: 'ReplacingMergeTree(claim)',
      orderBy: CHUNK_KEY,
      retention: { time: 'opened_at', days },
    },
    {
      name: 'freshet.ledger_log',
      comment: 'How far each chunk is stored; group by the key and take maxima. See freshet.source_progress.',
      columns: [
        ...SOURCE,
        CHUNK,
        highest('panes_through', 'Last offset whose events are in the panes.'),
        highest('facts_through', 'Last offset whose events are in the facts.'),
        highest('end', 'Last offset of the chunk once it is known, else -1.'),
        highest('frontier_ms', 'Newest event time or clock advance, epoch milliseconds; -1 when none.'),
        highest('last_log_time_ms', 'Log time of the last record in the panes, epoch milliseconds.'),
        highest('facts_log_time_ms', 'Log time of the last record in the facts, epoch milliseconds.'),
        highest('proven_at_ms', 'When the log was last proven read to its end, epoch milliseconds.'),
        {
          name: 'last_fingerprint',
          type: 'SimpleAggregateFunction(max, Tuple(offset Int64, log_time_ms Int64, hash String))',
          comment: 'Last flushed record: tells a recreated topic from the same one; offset -1 when none.',
        },
        {
          name: 'stored_at',
          type: `SimpleAggregateFunction(max, ${TIME})`,
          clause: 'DEFAULT now64(3)',
          comment: "When the row was written, by the store's clock.",
        },
      ],
      engine: 'AggregatingMergeTree',
      orderBy: CHUNK_KEY,
      retention: { time: 'stored_at', days },
    },
    {
      name: 'freshet.clock_advances_log',
      comment:
        'Frontiers of idle partitions that the clock advanced, with the place in the log. An owner begins with ' +
        'frontier -1 and what it found: from there on only the rows of the highest (claim, owner) count.',
      columns: [
        ...SOURCE,
        { name: 'position', type: 'Int64', comment: 'Next offset to be read when it happened.' },
        { name: 'claim', type: 'UInt64', comment: 'Claim of the process that advanced it.' },
        { name: 'owner', type: 'String', comment: 'Ingest process; decides between equal claims.' },
        highest('frontier_ms', 'The advanced frontier, epoch milliseconds.'),
        {
          ...writtenAt,
          type: `SimpleAggregateFunction(max, ${TIME})`,
        },
      ],
      engine: 'AggregatingMergeTree',
      orderBy: `(${SOURCE_KEY}, position, claim, owner)`,
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.outcomes_log',
      comment: 'What became of the records of each chunk; read with FINAL.',
      columns: [
        ...SOURCE,
        CHUNK,
        {
          name: 'outcome',
          type: 'LowCardinality(String)',
          comment: 'ok, duplicate, invalid or ignored.',
        },
        {
          name: 'reason',
          type: 'LowCardinality(String)',
          comment: 'Why, for invalid and ignored; else empty.',
        },
        { name: 'count', type: 'UInt64', comment: 'Records of the chunk so far.' },
        { name: 'through', type: 'Int64', comment: 'Last offset counted: version of the row.' },
        writtenAt,
      ],
      engine: 'ReplacingMergeTree(through)',
      orderBy: `(${SOURCE_KEY}, chunk, outcome, reason)`,
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.gaps_log',
      comment: 'Records that were lost before they could be counted: windows of these times are incomplete.',
      columns: [
        ...SOURCE,
        {
          name: GAP.chunk,
          type: 'Int64',
          clause: 'DEFAULT from_offset',
          comment:
            'Chunk that the first of them is in: folded panes of it are incomplete, whatever their time.',
        },
        { name: 'from_offset', type: 'Int64', comment: 'First lost offset.' },
        { name: GAP.through, type: 'Int64', comment: 'Last lost offset.' },
        {
          name: 'from_time_ms',
          type: 'Int64',
          comment: 'Lowest log time that they can have, epoch milliseconds.',
        },
        {
          name: 'to_time_ms',
          type: 'Int64',
          comment: 'Highest log time that they can have, epoch milliseconds.',
        },
        {
          name: 'reason',
          type: 'LowCardinality(String)',
          comment: 'retention, topic_recreated or operator.',
        },
        writtenAt,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: `(${SOURCE_KEY}, from_offset, through_offset, reason)`,
      retention: { time: 'at', days },
    },
    {
      name: RETIREMENTS_TABLE,
      comment:
        'Lives of partitions that an operator ended, because their topic has the partition no more: nothing waits for them.',
      columns: [
        ...SOURCE,
        { name: 'by', type: 'String', comment: 'Who ran the command: user and machine.' },
        { name: 'reason', type: 'String', comment: 'Why, in the words of that person.' },
        writtenAt,
      ],
      engine: 'MergeTree',
      orderBy: `(${SOURCE_KEY}, at)`,
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.dead_letter_originals_log',
      comment:
        'Invalid records that are too large for their dead-letter topic; the letter there refers to them.',
      columns: [
        ...SOURCE,
        { name: 'offset', type: 'Int64', comment: 'Kafka offset.' },
        { name: 'log_time', type: TIME, comment: 'Log timestamp of the record.' },
        { name: 'reason', type: 'LowCardinality(String)', comment: 'Why it is invalid.' },
        { name: 'key_base64', type: 'String', clause: 'EPHEMERAL', comment: 'What is inserted as key.' },
        { name: 'value_base64', type: 'String', clause: 'EPHEMERAL', comment: 'What is inserted as value.' },
        {
          name: 'key',
          type: 'String',
          clause: 'DEFAULT base64Decode(key_base64)',
          comment: 'Its key, byte by byte.',
        },
        {
          name: 'value',
          type: 'String',
          clause: 'DEFAULT base64Decode(value_base64)',
          comment: 'Its value, byte by byte.',
        },
        writtenAt,
      ],
      engine: 'ReplacingMergeTree',
      orderBy: `(${SOURCE_KEY}, offset)`,
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.metric_revisions_log',
      comment:
        'Definitions that were made active; the highest promotion of a metric is the one that is read. An empty ' +
        'revision withdraws the metric: nothing of it is read until the next promotion.',
      columns: [
        { name: 'metric', type: 'LowCardinality(String)', comment: 'Name of the metric.' },
        { name: 'revision', type: 'String', comment: 'Hash of all that changes its numbers.' },
        { name: 'definition', type: 'String', comment: 'The definition as JSON.' },
        { name: 'promotion', type: 'UInt64', comment: 'Counts up with each promotion of the metric.' },
        { name: 'activated_at', type: TIME, clause: 'DEFAULT now64(3)', comment: 'When it became active.' },
        {
          name: 'counted_from_ms',
          type: 'Int64',
          clause: 'DEFAULT -1',
          comment:
            'Windows that start before are not shown: their facts were gone when the revision was filled. Epoch ms.',
        },
      ],
      engine: 'MergeTree',
      orderBy: '(metric, promotion, revision)',
    },
    {
      name: 'freshet.metric_proposals_log',
      comment: 'Revisions that are being filled from the past before they are promoted; read with FINAL.',
      columns: [
        { name: 'metric', type: 'LowCardinality(String)', comment: 'Name of the metric.' },
        { name: 'revision', type: 'String', comment: 'Hash of all that changes its numbers.' },
        { name: 'filled', type: 'UInt64', comment: 'Chunks of the past that are done.' },
        { name: 'total', type: 'UInt64', comment: 'Chunks of the past that there are.' },
        writtenAt,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: '(metric, revision)',
      retention: { time: 'at', days },
    },
    {
      name: 'freshet.revision_coverage_log',
      comment: 'Which chunks are counted under which revision; read with FINAL.',
      columns: [
        { name: 'metric', type: 'LowCardinality(String)', comment: 'Name of the metric.' },
        { name: 'revision', type: 'String', comment: 'Hash of all that changes its numbers.' },
        ...SOURCE,
        CHUNK,
        {
          name: 'kind',
          type: 'LowCardinality(String)',
          comment:
            'filled, missing (its facts are gone), or live: the owner counts this chunk and all later ones.',
        },
        { name: 'claim', type: 'UInt64', comment: 'Of a live row: claim of the owner; else 0.' },
        { name: 'owner', type: 'String', comment: 'Of a live row: ingest process; else empty.' },
        {
          name: 'frontier_ms',
          type: 'Int64',
          comment: 'Of a missing chunk: newest event time that it can hold, epoch milliseconds; else -1.',
        },
        writtenAt,
      ],
      engine: 'ReplacingMergeTree(at)',
      orderBy: `(topic, metric, revision, incarnation, partition, chunk, kind, claim, owner)`,
      retention: { time: 'at', days },
    },
  ];
}
