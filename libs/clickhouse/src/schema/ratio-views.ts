import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import { METRICS_DATABASE, withParts, type MetricDefinition, type MetricRatio } from '@freshet/metrics';
import { metricView, topicsOf } from './metric-view.js';
import { readPromoted, type PromotedRevision } from './revisions.js';
import { quoted } from './table.js';
import { replaceView } from './view.js';

/**
 * Makes the views of ratios of two metrics over what is read of the two now. One whose parts are not read yet, or
 * cannot be divided any more, has none.
 */
export async function replaceRatioViews(
  client: ClickHouseClient,
  contracts: readonly Contract[],
  ratios: readonly MetricRatio[],
): Promise<void> {
  if (ratios.length === 0) return;
  const promoted = new Map((await readPromoted(client)).map((row) => [row.metric, row]));
  for (const ratio of ratios) {
    const parts = [ratio.numerator, ratio.denominator].map(({ name }) => promoted.get(name));
    const [numerator, denominator] = parts.map((part) => part && definitionOf(part));
    const active = numerator && denominator && withParts(ratio, numerator, denominator);
    if (typeof active !== 'object') {
      await client.command({ query: `DROP VIEW IF EXISTS ${METRICS_DATABASE}.${quoted(ratio.name)}` });
      continue;
    }
    const countedFromMs = Math.max(...parts.map((part) => part?.counted_from_ms ?? -1));
    await replaceView(client, metricView(active, topicsOf(active, contracts), countedFromMs));
  }
}

function definitionOf({ revision, definition }: PromotedRevision): MetricDefinition | undefined {
  return revision === '' ? undefined : (JSON.parse(definition) as MetricDefinition);
}
