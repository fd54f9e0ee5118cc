import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import {
  ARCHIVE_HEADS_TABLE,
  FACTS_DATABASE,
  PANES_TABLE,
  whereMetric,
  type MetricDefinition,
} from '@freshet/metrics';
import { factTableName } from '../schema/fact-table.js';
import { bareName } from '../schema/table.js';
import { readRows } from '../store/read-rows.js';
import { type StoredSource } from './sources.js';

const DAY_MS = 86_400_000;
/** Clocks of broker, store and operator may differ by so much. */
const MARGIN_MS = 3_600_000;

/** Log time from which on a chunk still has all of its facts and panes, epoch ms, by the retention of both tables. */
export async function comparableSince(
  client: ClickHouseClient,
  contract: Contract,
  nowMs: number,
): Promise<number> {
  const names = [factTableName(contract.name), PANES_TABLE].map(bareName);
  const rows = await readRows<{ days: string }>(
    client,
    `SELECT extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS days FROM system.tables
     WHERE database = {database: String} AND name IN {names: Array(String)}`,
    { database: FACTS_DATABASE, names },
  );
  const days = rows.map((row) => Number(row.days)).filter((each) => each > 0);
  return days.length === 0 ? 0 : Math.max(0, Math.round(nowMs - Math.min(...days) * DAY_MS + MARGIN_MS));
}

/**
 * First chunk of each partition that the metric's revision has counted: it was stored after the revision became
 * active, has its panes, or had them and is archived. A definition that is younger than the facts knows nothing of what came before it.
 */
export async function coveredFrom(
  client: ClickHouseClient,
  metric: MetricDefinition,
  topic: string,
  sources: readonly StoredSource[],
): Promise<ReadonlyMap<StoredSource, number>> {
  const rows = await readRows<{ incarnation: number; partition: number; first: number }>(
    client,
    `SELECT incarnation, partition, min(chunk) AS first FROM (
       SELECT incarnation, partition, chunk FROM freshet.ledger_log AS l WHERE topic = {topic: String}
       GROUP BY incarnation, partition, chunk
       HAVING max(l.stored_at) >= (
         SELECT ifNull(maxOrNull(activated_at), fromUnixTimestamp64Milli(0)) FROM freshet.metric_revisions_log
         WHERE metric = {metric: String} AND revision = {revision: String})
       UNION ALL
       SELECT incarnation, partition, min(p.chunk) AS chunk FROM ${PANES_TABLE} AS p ${whereMetric(metric)} AND p.chunk >= 0
       GROUP BY incarnation, partition
       UNION ALL
       SELECT each.2 AS incarnation, each.3 AS partition, each.4 AS chunk
       FROM ${ARCHIVE_HEADS_TABLE} ARRAY JOIN sources AS each ${whereMetric(metric)}
     ) GROUP BY incarnation, partition`,
    { topic, metric: metric.name, revision: metric.revision },
  );
  const first = new Map(rows.map((row) => [`${row.incarnation}/${row.partition}`, row.first]));
  return new Map(
    sources.map((source) => [
      source,
      first.get(`${source.source.incarnation}/${source.source.partition}`) ?? source.factsThrough + 1,
    ]),
  );
}
