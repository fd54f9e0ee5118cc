import { factColumns, type Contract } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import {
  explainAggregator,
  factsQuery,
  isMetricRatio,
  metricViewSelect,
  newestValuesSql,
  type MetricDefinition,
  type MetricRatio,
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
  const { contracts, metrics, ratios, problems } = checkCatalogue(catalog);
  const named = metricNamed([...metrics, ...ratios], name);
  if (isMetricRatio(named)) {
    print(
      `${named.name} ${named.revision} (${named.file})\n\n${named.title}: ${named.meaning}. It is made at read of:`,
    );
    for (const part of [named.numerator, named.denominator]) print(`  ${part.name}: ${sentenceOf(part)}`);
    const topics = contracts
      .filter((each) => [named.numerator.source, named.denominator.source].includes(each.name))
      .map(({ topic }) => topic);
    print(`\n── The newest values, as SQL\n${newestValuesSql(named)}`);
    print(`\n── The view metrics.${named.name}\n${metricViewSelect(named, topics)}`);
    return 0;
  }
  const metric = named;
  const contract = contracts.find((each) => each.name === metric.source);
  if (contract === undefined) throw new MissingPrerequisite(problems.join('\n'));
  const toMs = Math.floor(nowMs() / SHOWN_MS) * SHOWN_MS;
  const range = { fromMs: toMs - SHOWN_MS, toMs };
  const sections: readonly (readonly [string, string])[] = [
    ['What it says', sentenceOf(metric)],
    ['Where it comes from', lineage(metric, contract)],
    ['Who depends on it', dependants(metric, ratios)],
    ['What ingest runs (generated)', explainAggregator([metric], contract)],
    ['The newest values, as SQL', newestValuesSql(metric)],
    ['The same numbers from the facts, as SQL', factsQuery(metric, contract, range)],
    [`The view metrics.${metric.name}`, metricViewSelect(metric, [contract.topic])],
  ];
  print(`${metric.name} ${metric.revision} (${metric.file})`);
  for (const [title, text] of sections) print(`\n── ${title}\n${text}`);
  return 0;
}

function lineage(metric: MetricDefinition, contract: Contract): string {
  const used = factColumns(contract).filter(({ field }) =>
    JSON.stringify([metric.filter, metric.measure, metric.dimensions, metric.window]).includes(
      `"${field.name}"`,
    ),
  );
  return [
    `topic ${contract.topic} (contract ${contract.name} ${contract.version}, ${contract.owner})`,
    `→ table freshet.${contract.name}_log, view freshet.${contract.name}: ${used.map(({ name, type }) => `${name} ${type}`).join(', ')}`,
    `→ tables freshet.metric_panes and freshet.metric_distinct_panes, rows of ${metric.name} ${metric.revision}`,
    `→ view metrics.${metric.name} → REST /api/metrics/${metric.name}/values → dashboard /metrics/${metric.name}`,
  ].join('\n');
}

function dependants(metric: MetricDefinition, ratios: readonly MetricRatio[]): string {
  const byMetrics = ratios.filter(({ numerator, denominator }) =>
    [numerator.name, denominator.name].includes(metric.name),
  );
  const team = metric.display.team ?? metric.owner;
  return [
    ...byMetrics.map(({ name, owner }) => `metric ${name} (${owner})`),
    `the tile of ${team} on Pulse, place ${metric.display.order}`,
    `the alert to ${metric.owner} when it is stale for ${metric.freshness.actionWindowMs / 1000} s: ${metric.runbook}`,
    `whoever reads metrics.${metric.name} in SQL or /api/metrics/${metric.name}`,
  ].join('\n');
}
