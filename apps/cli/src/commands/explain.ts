import { factColumns, type Contract } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import {
  explainAggregator,
  factsQuery,
  metricViewSelect,
  newestValuesSql,
  type MetricDefinition,
} from '@freshet/metrics';

import { checkCatalogue } from '../catalogue.js';
import { readConfig } from '../config.js';
import { metricNamed } from '../operations/metric-named.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';
import { sentenceOf } from '../explain/sentence.js';

/** Length of the range in the SQL that is shown, ms. */
const SHOWN_MS = 3_600_000;

/** Prints all that follows from a metric's file. Asks no store: it is the file that is explained. Resolves 0. */
export function catalogExplain(name: string, { env, print, nowMs }: Surroundings = ofProcess()): number {
  const { catalog } = readConfig(env);
  const { contracts, metrics, problems } = checkCatalogue(catalog);
  const metric = metricNamed(metrics, name);
  const contract = contracts.find((each) => each.name === metric.source);
  if (contract === undefined) throw new MissingPrerequisite(problems.join('\n'));
  const toMs = Math.floor(nowMs() / SHOWN_MS) * SHOWN_MS;
  const range = { fromMs: toMs - SHOWN_MS, toMs };
  const sections: readonly (readonly [string, string])[] = [
    ['What it says', sentenceOf(metric)],
    ['Where it comes from', lineage(metric, contract)],
    ['Who depends on it', dependants(metric, metrics)],
    ['What ingest runs (generated)', explainAggregator([metric], contract)],
    ['The newest values, as SQL', newestValuesSql(metric)],
    ['The same numbers from the facts, as SQL', factsQuery(metric, contract, range)],
    [`The view metrics.${metric.name}`, metricViewSelect(metric, contract.topic)],
  ];
  print(`${metric.name} ${metric.revision} (${metric.file})`);
  for (const [title, text] of sections) print(`\n── ${title}\n${text}`);
  return 0;
}

function lineage(metric: MetricDefinition, contract: Contract): string {
  const used = factColumns(contract).filter(({ field }) =>
    JSON.stringify([metric.filter, metric.measure, metric.dimensions]).includes(`"${field.name}"`),
  );
  return [
    `topic ${contract.topic} (contract ${contract.name} ${contract.version}, ${contract.owner})`,
    `→ table freshet.${contract.name}_log, view freshet.${contract.name}: ${used.map(({ name, type }) => `${name} ${type}`).join(', ')}`,
    `→ tables freshet.metric_panes and freshet.metric_distinct_panes, rows of ${metric.name} ${metric.revision}`,
    `→ view metrics.${metric.name} → REST /api/metrics/${metric.name}/values → dashboard /metrics/${metric.name}`,
  ].join('\n');
}

function dependants(metric: MetricDefinition, metrics: readonly MetricDefinition[]): string {
  const byMetrics = metrics.filter(
    ({ name, measure }) =>
      name !== metric.name && JSON.stringify(measure).includes(`"metric":"${metric.name}"`),
  );
  const team = metric.display.team ?? metric.owner;
  return [
    ...byMetrics.map(({ name, owner }) => `metric ${name} (${owner})`),
    `the tile of ${team} on Pulse, place ${metric.display.order}`,
    `the alert to ${metric.owner} when it is stale for ${metric.freshness.actionWindowMs / 1000} s: ${metric.runbook}`,
    `whoever reads metrics.${metric.name} in SQL or /api/metrics/${metric.name}`,
  ].join('\n');
}
