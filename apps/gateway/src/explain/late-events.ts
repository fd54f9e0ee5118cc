import type { Contract } from '@freshet/contracts';
import {
  FACTS_DATABASE,
  literal,
  numberWhere,
  type MetricDefinition,
  type OneNumber,
} from '@freshet/metrics';

/** Late events that are looked for in one number; more are counted, not shown. */
const MOST_LATE = 1_000;
/** Chunks that are searched for them: each is read from its start. */
export const MOST_LATE_CHUNKS = 16;
/** An event further ahead of its log time than this does not move the frontier (log append times). */
const FUTURE_MS = 120_000;

export interface LateChunk {
  readonly incarnation: number;
  readonly partition: number;
  readonly chunk: number;
}

/**
 * SELECT of the events of a number that came after their slice was final, by the rule that ingest counts them by:
 * the newest event time before them in their partition, or a proven advance of the clock, had passed the slice's
 * end, the delay and the allowed lateness. Each chunk knows the frontier that it began with.
 * @param columns SELECT items, over the columns of the facts
 */
export function lateEventsSql(
  definition: MetricDefinition,
  contract: Contract,
  number: OneNumber,
  chunks: readonly LateChunk[],
  columns: string,
): string {
  const { everyMs } = definition.window;
  const { allowedMs, watermarkDelayMs } = definition.lateness;
  const topic = literal(contract.topic);
  const wanted = chunks
    .slice(0, MOST_LATE_CHUNKS)
    .map(({ incarnation, partition, chunk }) => `(${incarnation}, ${partition}, ${chunk})`)
    .join(', ');
  const time = 'toUnixTimestamp64Milli(event_time)';
  const where = numberWhere(definition, contract, number);
  return `SELECT ${columns}
FROM (
  SELECT f.*, o.frontier_ms AS opened_with_ms FROM (
    SELECT *, maxIf(${time}, duplicate_of < 0 AND ${time} <= toUnixTimestamp64Milli(log_time) + ${FUTURE_MS})
      OVER (PARTITION BY incarnation, partition, chunk ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS seen_ms
    FROM ${FACTS_DATABASE}.\`${contract.name}_log\` FINAL
    WHERE topic = ${topic} AND (incarnation, partition, chunk) IN (${wanted})
  ) AS f
  LEFT JOIN (
    SELECT incarnation, partition, chunk, frontier_ms FROM freshet.chunk_openings_log FINAL WHERE topic = ${topic}
  ) AS o ON f.incarnation = o.incarnation AND f.partition = o.partition AND f.chunk = o.chunk
) AS e
ASOF LEFT JOIN (
  SELECT incarnation, partition, position,
    max(frontier) OVER (PARTITION BY incarnation, partition ORDER BY position) AS advanced_ms
  FROM (
    SELECT incarnation, partition, position, max(frontier_ms) AS frontier
    FROM freshet.clock_advances_log WHERE topic = ${topic} GROUP BY incarnation, partition, position
  )
) AS a ON e.incarnation = a.incarnation AND e.partition = a.partition AND e.offset >= a.position
WHERE duplicate_of = -1
  AND ${where}
  AND greatest(seen_ms, opened_with_ms, advanced_ms)
    >= ${time} - positiveModulo(${time}, ${everyMs}) + ${everyMs + allowedMs + watermarkDelayMs}
ORDER BY incarnation, partition, offset
LIMIT ${MOST_LATE}`;
}
