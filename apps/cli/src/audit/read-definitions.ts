import type { ClickHouseClient } from '@clickhouse/client';
import { readPromoted } from '@freshet/clickhouse';
import type { MetricDefinition } from '@freshet/metrics';

/** A definition that readers see now. */
export interface ReadDefinition {
  readonly definition: MetricDefinition;
  /** Panes that begin before could not be counted and are not shown, epoch ms; -1: no such time. */
  readonly countedFromMs: number;
}

/** A metric whose file says another thing than readers see. */
export interface ProposedMetric {
  readonly metric: string;
  /** Whether another definition is read, and was audited, until the past of the file's is counted. */
  readonly isRead: boolean;
}

/**
 * What readers see of each metric. Files only propose: a definition whose past is still being counted has panes of a
 * part of the log, which would be differences without being wrong.
 */
export async function definitionsRead(
  store: ClickHouseClient,
  metrics: readonly MetricDefinition[],
): Promise<{ readonly read: readonly ReadDefinition[]; readonly proposed: readonly ProposedMetric[] }> {
  const promoted = new Map((await readPromoted(store)).map((row) => [row.metric, row]));
  const read: ReadDefinition[] = [];
  const proposed: ProposedMetric[] = [];
  for (const metric of metrics) {
    const known = promoted.get(metric.name);
    const isRead = known !== undefined && known.revision !== '';
    if (isRead)
      read.push({
        definition:
          known.revision === metric.revision ? metric : (JSON.parse(known.definition) as MetricDefinition),
        countedFromMs: known.counted_from_ms,
      });
    if (known?.revision !== metric.revision) proposed.push({ metric: metric.name, isRead });
  }
  return { read, proposed };
}
