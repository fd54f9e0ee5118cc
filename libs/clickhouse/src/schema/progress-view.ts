import type { PartitionProgress } from '@freshet/freshness';
import { IN_ONE_THREAD } from '@freshet/metrics';
import { RETIREMENTS_TABLE } from './ledger-tables.js';
import { TIME } from './source-columns.js';
import { type View } from './view.js';

const HIGHEST = 'SimpleAggregateFunction(max, Int64)';

/** How far each partition is stored: one row a partition of the newest life of each topic. */
export const PROGRESS: View = {
  name: 'freshet.source_progress',
  comment:
    'How far each source partition is stored; one row a partition of the newest life of each topic. Lives that an ' +
    'operator ended are left out.',
  comments: {
    topic: 'Kafka topic.',
    incarnation: 'Life of the topic.',
    partition: 'Kafka partition.',
    panes_through: 'Last offset up to which all events are in the panes; -1 when none.',
    facts_through: 'Last offset up to which all events are in the facts; -1 when none.',
    frontier_ms: 'Newest event time or clock advance, epoch milliseconds; -1 when none.',
    last_log_time_ms: 'Log time of the newest record in the panes, epoch milliseconds; -1 when none.',
    proven_at_ms: 'When the log was last proven read to its end, epoch milliseconds; -1 when never.',
    as_of_ms: 'The panes hold everything appended by then, epoch milliseconds; -1 without evidence.',
    facts_as_of_ms: 'The facts hold everything appended by then, epoch milliseconds; -1 without evidence.',
    frontier: 'Newest event time or clock advance; NULL when none.',
    as_of: 'The panes hold everything appended by then; NULL without evidence.',
    facts_as_of: 'The facts hold everything appended by then; NULL without evidence.',
    stored_at: "When that was last written, by the store's clock.",
  },
  types: {
    topic: 'LowCardinality(String)',
    incarnation: 'UInt32',
    partition: 'UInt32',
    panes_through: HIGHEST,
    facts_through: HIGHEST,
    frontier_ms: HIGHEST,
    last_log_time_ms: HIGHEST,
    proven_at_ms: HIGHEST,
    as_of_ms: 'Int64',
    facts_as_of_ms: 'Int64',
    frontier: `Nullable(${TIME})`,
    as_of: `Nullable(${TIME})`,
    facts_as_of: `Nullable(${TIME})`,
    stored_at: `SimpleAggregateFunction(max, ${TIME})`,
  },
  // A later chunk may be written before an earlier one is complete, so "through" is where the first hole begins. Rows
  // that nothing was read into only propose a start: the lowest counts while there are no others, as for ingest.
  // The newest life first: one before it does not come back when it was ended.
  select: `SELECT * FROM (
SELECT topic, incarnation, partition, panes_through, facts_through, frontier_ms, last_log_time_ms, proven_at_ms,
  greatest(last_log_time_ms, proven_at_ms) AS as_of_ms,
  if(facts_through >= panes_through, as_of_ms, facts_log_time_ms) AS facts_as_of_ms,
  if(frontier_ms < 0, NULL, fromUnixTimestamp64Milli(frontier_ms, 'UTC')) AS frontier,
  if(as_of_ms < 0, NULL, fromUnixTimestamp64Milli(as_of_ms, 'UTC')) AS as_of,
  if(facts_as_of_ms < 0, NULL, fromUnixTimestamp64Milli(facts_as_of_ms, 'UTC')) AS facts_as_of,
  stored_at
FROM (
  SELECT topic, incarnation, partition,
    multiIf(countIf(is_read) = 0, min(panes), countIf(is_read AND (\`end\` < 0 OR panes < \`end\`)) > 0,
      minIf(panes, is_read AND (\`end\` < 0 OR panes < \`end\`)), maxIf(panes, is_read)) AS panes_through,
    multiIf(countIf(is_read) = 0, min(facts), countIf(is_read AND (\`end\` < 0 OR facts < \`end\`)) > 0,
      minIf(facts, is_read AND (\`end\` < 0 OR facts < \`end\`)), maxIf(facts, is_read)) AS facts_through,
    max(frontier) AS frontier_ms, max(last_log_time) AS last_log_time_ms, max(facts_log_time) AS facts_log_time_ms,
    max(proven_at) AS proven_at_ms, max(stored) AS stored_at
  FROM (
    SELECT topic, incarnation, partition, chunk, max(panes_through) AS panes, max(facts_through) AS facts,
      max(ledger_log.\`end\`) AS \`end\`, max(frontier_ms) AS frontier, max(last_log_time_ms) AS last_log_time,
      max(facts_log_time_ms) AS facts_log_time, max(proven_at_ms) AS proven_at, max(stored_at) AS stored,
      \`end\` >= 0 OR panes >= chunk OR facts >= chunk AS is_read
    FROM freshet.ledger_log GROUP BY topic, incarnation, partition, chunk
  )
  GROUP BY topic, incarnation, partition
)
ORDER BY incarnation DESC LIMIT 1 BY topic, partition
) WHERE (topic, incarnation, partition) NOT IN (SELECT topic, incarnation, partition FROM ${RETIREMENTS_TABLE})`,
};

/** Row of `PROGRESS_LOOK_SQL`: chunks of one partition that are in the same state. */
export interface ProgressLookRow {
  readonly topic: string;
  readonly incarnation: number | string;
  readonly partition: number | string;
  /** Of chunks that nothing was read into, that are not whole yet, and that are. */
  readonly state: 'proposed' | 'open' | 'whole';
  readonly least_panes: number | string;
  readonly most_panes: number | string;
  readonly frontier_ms: number | string;
  readonly last_log_time_ms: number | string;
  readonly proven_at_ms: number | string;
  readonly stored_at_ms: number | string;
  /** Time of the store, the same in all rows. */
  readonly now_ms: number | string;
  /** 1: an operator ended this life, the view does not have it. */
  readonly is_ended: 0 | 1;
}

const READ = '(l.`end` >= 0 OR l.panes_through >= l.chunk OR l.facts_through >= l.chunk)';
const OPEN = '(l.`end` < 0 OR l.panes_through < l.`end`)';

/**
 * SELECT for who asks several times a second what the view tells of panes: `progressOfLook` makes it of the rows. The
 * store takes most of its time to plan a statement, each expression of it some more (docs/decisions/0063).
 */
export const PROGRESS_LOOK_SQL = `SELECT topic, incarnation, partition,
  multiIf(NOT ${READ}, 'proposed', ${OPEN}, 'open', 'whole') AS state,
  min(l.panes_through) AS least_panes, max(l.panes_through) AS most_panes, max(l.frontier_ms) AS frontier_ms,
  max(l.last_log_time_ms) AS last_log_time_ms, max(l.proven_at_ms) AS proven_at_ms,
  toUnixTimestamp64Milli(max(l.stored_at)) AS stored_at_ms, toUnixTimestamp64Milli(now64(3)) AS now_ms,
  (topic, incarnation, partition) GLOBAL IN (SELECT topic, incarnation, partition FROM ${RETIREMENTS_TABLE}) AS is_ended
FROM freshet.ledger_log AS l FINAL
GROUP BY topic, incarnation, partition, state
${IN_ONE_THREAD}`;

/** One entry a partition of the newest life of each topic, as the view has them. */
export function progressOfLook(rows: readonly ProgressLookRow[]): PartitionProgress[] {
  const lives = new Map<string, ProgressLookRow[]>();
  for (const row of rows) {
    const key = `${row.topic}/${row.partition}`;
    const found = lives.get(key);
    const newest = Number(found?.[0]?.incarnation ?? -1);
    if (Number(row.incarnation) > newest) lives.set(key, [row]);
    else if (Number(row.incarnation) === newest) found?.push(row);
  }
  return [...lives.values()].filter(([row]) => row?.is_ended === 0).map(progressOfLife);
}

/** @param rows of one life of a partition, one a state that its chunks are in */
function progressOfLife(rows: readonly ProgressLookRow[]): PartitionProgress {
  const { topic, incarnation, partition } = rows[0]!;
  const chunks = (state: ProgressLookRow['state']) => rows.find((row) => row.state === state);
  const most = (column: keyof ProgressLookRow): number => Math.max(...rows.map((row) => Number(row[column])));
  // Where the first hole begins: a later chunk may be written before an earlier one is whole, see the view.
  const panesThrough =
    chunks('open')?.least_panes ?? chunks('whole')?.most_panes ?? chunks('proposed')?.least_panes;
  const lastLogTimeMs = most('last_log_time_ms');
  return {
    topic,
    incarnation: Number(incarnation),
    partition: Number(partition),
    panesThrough: Number(panesThrough),
    frontierMs: most('frontier_ms'),
    lastLogTimeMs,
    asOfMs: Math.max(lastLogTimeMs, most('proven_at_ms')),
    storedAtMs: most('stored_at_ms'),
  };
}
