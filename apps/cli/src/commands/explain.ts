import { factColumns, type Contract } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import {
  explainAggregator,
  factsQuery,
  isMetricRatio,
  metricViewSelect,
  newestValuesSql,
  ratioFactsQuery,
  type AnyMetric,
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
  const contractOf = ({ source }: MetricDefinition): Contract => {
    const contract = contracts.find((each) => each.name === source);
    if (contract === undefined) throw new MissingPrerequisite(problems.join('\n'));
    return contract;
  };
  const toMs = Math.floor(nowMs() / SHOWN_MS) * SHOWN_MS;
  const range = { fromMs: toMs - SHOWN_MS, toMs };
  const sections = isMetricRatio(named)
    ? ratioSections(named, contractOf, range)
    : metricSections(named, contractOf(named), range, ratios);
  print(`${named.name} ${named.revision} (${named.file})`);
  for (const [title, text] of sections) print(`\n── ${title}\n${text}`);
  return 0;
}

type Sections = readonly (readonly [title: string, text: string])[];
interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

function metricSections(
  metric: MetricDefinition,
  contract: Contract,
  range: Range,
  ratios: readonly MetricRatio[],
): Sections {
  const byMetrics = ratios.filter(({ numerator, denominator }) =>
    [numerator.name, denominator.name].includes(metric.name),
  );
  return [
    ['What it says', sentenceOf(metric)],
    ['Where it comes from', lineage(metric, contract)],
    ['Who depends on it', dependants(metric, byMetrics)],
    ['What ingest runs (generated)', explainAggregator([metric], contract)],
    ['The newest values, as SQL', newestValuesSql(metric)],
    ['The same numbers from the facts, as SQL', factsQuery(metric, contract, range)],
    [`The view metrics.${metric.name}`, metricViewSelect(metric, [contract.topic])],
  ];
}

function ratioSections(
  ratio: MetricRatio,
  contractOf: (metric: MetricDefinition) => Contract,
  range: Range,
): Sections {
  const { name, title, meaning, numerator, denominator } = ratio;
  const parts = [numerator, denominator];
  const own = { numerator: contractOf(numerator), denominator: contractOf(denominator) };
  const topics = [...new Set([own.numerator.topic, own.denominator.topic])];
  const made = parts.map((part) => `metric ${part.name}: ${sentenceOf(part)}`);
  return [
    ['What it says', `${title}: ${meaning}. It is made at read of two metrics: ingest runs nothing for it.`],
    ['Where it comes from', [...made, whereRead(name)].join('\n')],
    ['Who depends on it', dependants(ratio, [])],
    ['The newest values, as SQL', newestValuesSql(ratio)],
    ['The same numbers from the facts, as SQL', ratioFactsQuery(ratio, own, range)],
    [`The view metrics.${name}`, metricViewSelect(ratio, topics)],
  ];
}

function whereRead(name: string): string {
  return `→ view metrics.${name} → REST /api/metrics/${name}/values → dashboard /metrics/${name}`;
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
    `→ tables freshet.metric_panes, metric_distinct_panes and metric_archived_panes, rows of ${metric.name} ${metric.revision}`,
    whereRead(metric.name),
  ].join('\n');
}

function dependants(metric: AnyMetric, byMetrics: readonly MetricRatio[]): string {
  const team = metric.display.team ?? metric.owner;
  return [
    ...byMetrics.map(({ name, owner }) => `metric ${name} (${owner})`),
    `the tile of ${team} on Pulse, place ${metric.display.order}`,
    `the alert to ${metric.owner} when it is stale for ${metric.freshness.actionWindowMs / 1000} s: ${metric.runbook}`,
    `whoever reads metrics.${metric.name} in SQL or /api/metrics/${metric.name}`,
  ].join('\n');
}
