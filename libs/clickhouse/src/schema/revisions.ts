import { type ClickHouseClient } from '@clickhouse/client';
import { type MetricDefinition } from '@freshet/metrics';
import { WRITE_SETTINGS } from '../client.js';

interface ActiveRow {
  readonly metric: string;
  readonly revision: string;
  readonly promotion: string | number;
}

/**
 * Records the revisions of the catalogue as active: a row for each metric whose newest promotion has another
 * revision. Two processes that do it at once write the same promotion twice, which reads the same.
 */
export async function registerRevisions(
  client: ClickHouseClient,
  metrics: readonly MetricDefinition[],
): Promise<void> {
  const answer = await client.query({
    query: `SELECT metric, argMax(r.revision, (r.promotion, r.revision)) AS revision, max(r.promotion) AS promotion
      FROM freshet.metric_revisions_log AS r GROUP BY metric`,
    format: 'JSONEachRow',
  });
  const active = new Map((await answer.json<ActiveRow>()).map((row) => [row.metric, row]));
  const values = metrics.flatMap((metric) => {
    const known = active.get(metric.name);
    if (known?.revision === metric.revision) return [];
    const { name, revision } = metric;
    const promotion = Number(known?.promotion ?? 0) + 1;
    return [{ metric: name, revision, promotion, definition: JSON.stringify(metric) }];
  });
  if (values.length === 0) return;
  await client.insert({
    table: 'freshet.metric_revisions_log',
    values,
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}
