import { type ClickHouseClient } from '@clickhouse/client';
import { ARCHIVE_TABLE, PANES_TABLE, whereMetric, type MetricDefinition } from '@freshet/metrics';
import { readHead } from '../store/archive-store.js';
import { readRows } from '../store/read-rows.js';

/** How far the panes of a metric's revision are archived. */
export interface MetricArchive {
  readonly metric: string;
  /** Windows that start before are archived, epoch ms; 0: none. */
  readonly beforeMs: number;
  readonly steps: number;
  readonly archivedRows: number;
  /** Chunk rows of all windows. */
  readonly chunkRows: number;
}

export async function readArchives(
  client: ClickHouseClient,
  metrics: readonly MetricDefinition[],
): Promise<MetricArchive[]> {
  const found: MetricArchive[] = [];
  for (const metric of metrics) {
    const { beforeMs, step: steps } = await readHead(client, metric);
    const [rows] = await readRows<{ archived: number; chunks: number }>(
      client,
      `SELECT (SELECT count() FROM ${ARCHIVE_TABLE} ${whereMetric(metric)}) AS archived,
         (SELECT count() FROM ${PANES_TABLE} ${whereMetric(metric)}) AS chunks`,
    );
    const { archived: archivedRows = 0, chunks: chunkRows = 0 } = rows ?? {};
    found.push({ metric: metric.name, beforeMs, steps, archivedRows, chunkRows });
  }
  return found;
}
