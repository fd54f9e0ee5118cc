import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ClickHouseClient } from '@clickhouse/client';
import { readPromoted } from '@freshet/clickhouse';
import { formatProblem, type Contract } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import {
  besideMetrics,
  factsQuery,
  parseMetric,
  type FactsQueryRow,
  type MetricDefinition,
} from '@freshet/metrics';

import { sentenceOf, spanInWords } from '../explain/sentence.js';
import { withConnections } from '../operations/connections.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';
import { textTable } from '../operations/text-table.js';
import { parseDurationOption } from '../operations/time-option.js';
import { MAX_POINTS, terminalChart } from '../preview/chart.js';
import { previewPage } from '../preview/page.js';

export interface CatalogPreviewOptions {
  /** How far back, as a duration; by default 6h. */
  readonly last?: string;
}

const MOST_SERIES = 8;

/**
 * Runs a metric's file, wherever it lies, over the facts of the last hours, and draws it beside what is read of that
 * name now, before it counts. Resolves 1 when the file has problems, which it prints.
 */
export async function catalogPreview(
  file: string,
  { last = '6h' }: CatalogPreviewOptions = {},
  { env, print, nowMs }: Surroundings = ofProcess(),
): Promise<number> {
  const text = readFileSync(file, 'utf8');
  const lastMs = parseDurationOption('--last', last);
  return withConnections(env, async ({ contracts, config, store }) => {
    const { metric, problems } = parseMetric(
      text,
      file,
      contracts,
      besideMetrics(join(config.catalog, 'metrics')),
    );
    for (const problem of problems) print(formatProblem(problem));
    if (metric === undefined) return 1;
    const contract = contractOf(metric, contracts);
    const everyMs = grainOf(metric, lastMs);
    const toMs = Math.floor(nowMs() / everyMs) * everyMs;
    const range = { fromMs: toMs - Math.max(everyMs, Math.floor(lastMs / everyMs) * everyMs), toMs, everyMs };
    const currencies = metric.currencyDimension === undefined ? [] : [metric.currencyDimension];
    const rows = await read(store, factsQuery(metric, contract, { ...range, groupBy: currencies }));
    if (rows.length === 0) {
      print(
        `No fact of ${contract.name} in the last ${spanInWords(lastMs)} passes: there is nothing to draw.`,
      );
      return 0;
    }
    const before = await activeDefinition(store, metric);
    const was =
      before &&
      (await read(
        store,
        factsQuery(before, contractOf(before, contracts), { ...range, groupBy: currencies }),
      ));
    // Amounts of different currencies are never added: the largest one is drawn.
    const drawn = largestSeries(rows);
    const proposed = stepsOf(rows, drawn, range);
    const active = was && stepsOf(was, drawn, range);
    print(`${metric.title} (${metric.file}), revision ${metric.revision}. It does not count yet.`);
    print(sentenceOf(metric));
    print('');
    print(terminalChart([proposed, ...(active === undefined ? [] : [active])], (value) => short(value)));
    print(
      `${new Date(range.fromMs).toISOString()} … ${new Date(toMs).toISOString()}, a point every ${spanInWords(everyMs)}` +
        `${drawn === '' ? '' : `, ${drawn}`}${active === undefined ? '' : '; grey: what is read now'}`,
    );
    await printSeries(store, metric, contract, range, print);
    const folder = join(config.dataDir, 'previews');
    mkdirSync(folder, { recursive: true });
    const page = join(folder, `${metric.name}.html`);
    const sql = factsQuery(metric, contract, { ...range, groupBy: currencies });
    writeFileSync(
      page,
      previewPage({
        title: metric.title,
        sentence: sentenceOf(metric),
        ...range,
        proposed,
        ...(active === undefined ? {} : { active }),
        sql,
      }),
    );
    print(`\n${pathToFileURL(page).href}`);
    return 0;
  });
}

function contractOf({ source }: MetricDefinition, contracts: readonly Contract[]): Contract {
  const contract = contracts.find(({ name }) => name === source);
  if (contract === undefined) throw new MissingPrerequisite(`There is no contract ${source} any more.`);
  return contract;
}

/** The smallest multiple of the metric's step with at most `MAX_POINTS` points. */
function grainOf({ window }: MetricDefinition, lastMs: number): number {
  return window.everyMs * Math.max(1, Math.ceil(lastMs / window.everyMs / MAX_POINTS));
}

async function read(store: ClickHouseClient, sql: string): Promise<FactsQueryRow[]> {
  const answer = await store.query({ query: sql, format: 'JSONEachRow' });
  return (await answer.json<FactsQueryRow>()).map((row) => ({
    ...row,
    window_start_ms: Number(row.window_start_ms),
    window_end_ms: Number(row.window_end_ms),
    value: row.value === null ? null : Number(row.value),
  }));
}

async function activeDefinition(
  store: ClickHouseClient,
  { name, revision }: MetricDefinition,
): Promise<MetricDefinition | undefined> {
  const known = (await readPromoted(store)).find(({ metric }) => metric === name);
  if (known === undefined || known.revision === '' || known.revision === revision) return undefined;
  return JSON.parse(known.definition) as MetricDefinition;
}

const keyOf = ({ series }: FactsQueryRow): string => series.join(' · ');

function largestSeries(rows: readonly FactsQueryRow[]): string {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + Number(row.events));
  return [...sums].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

function stepsOf(
  rows: readonly FactsQueryRow[],
  series: string,
  { fromMs, toMs, everyMs }: { fromMs: number; toMs: number; everyMs: number },
): (number | null)[] {
  const byEnd = new Map(
    rows.filter((row) => keyOf(row) === series).map((row) => [row.window_end_ms, row.value]),
  );
  return Array.from(
    { length: (toMs - fromMs) / everyMs },
    (_, step) => byEnd.get(fromMs + (step + 1) * everyMs) ?? null,
  );
}

/** The largest series over the whole range as one window. */
async function printSeries(
  store: ClickHouseClient,
  metric: MetricDefinition,
  contract: Contract,
  { fromMs, toMs, everyMs }: { fromMs: number; toMs: number; everyMs: number },
  print: (text: string) => void,
): Promise<void> {
  if (metric.dimensions.length === 0) return;
  const groupBy = metric.dimensions.map(({ name }) => name);
  const range = { fromMs: toMs - everyMs, toMs, everyMs };
  const rows = await read(store, factsQuery(metric, contract, { ...range, groupBy }));
  const newest = rows.toSorted((a, b) => Number(b.events) - Number(a.events)).slice(0, MOST_SERIES);
  if (newest.length === 0 || fromMs >= toMs) return;
  print(
    `\nThe newest step by ${groupBy.join(', ')}${rows.length > MOST_SERIES ? `, ${MOST_SERIES} of ${rows.length}` : ''}:`,
  );
  print(
    textTable(
      [...groupBy, 'value'],
      newest.map((row) => [...row.series, row.value === null ? '' : short(row.value)]),
    ),
  );
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
