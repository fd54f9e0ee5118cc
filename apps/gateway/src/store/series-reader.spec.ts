import { fileURLToPath } from 'node:url';
import { createMetricStore, migrate } from '@freshet/clickhouse';
import { loadContracts } from '@freshet/contracts';
import type { SeriesAnswer, SeriesQuery } from '@freshet/live-hub';
import { loadMetrics, slotsOf, type MetricDefinition, type PaneRow } from '@freshet/metrics';
import { startTestStore, type TestStore } from '@freshet/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PaneSeriesReader } from './series-reader.js';

const catalogue = (folder: string): string =>
  fileURLToPath(new URL(`../../../../catalog/${folder}`, import.meta.url));
const MINUTE_MS = 60_000;
const START_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS;

let test: TestStore;
let metrics: readonly MetricDefinition[];

const named = (name: string): MetricDefinition => metrics.find((metric) => metric.name === name)!;

/** Panes of every metric of the topic: one of each minute and region or page, of two partitions. */
function panesOf(definition: MetricDefinition, partition: number): PaneRow[] {
  const { sums, hashes } = slotsOf(definition);
  return [0, 1, 2, 3].flatMap((minute) =>
    ['a', 'b', 'c'].map((name, index) => {
      const events = 10 * minute + index + partition + 1;
      return {
        ...{ metric: definition.name, revision: definition.revision },
        ...{ paneStartMs: START_MS + minute * MINUTE_MS, dimensions: definition.dimensions.map(() => name) },
        ...{ events, lateEvents: index, partial: minute === 2 && name === 'c' },
        sums: Array.from({ length: sums }, () => BigInt(events)),
        ...{ extremes: [], lastTimesMs: [], lastOffsets: [], buckets: undefined },
        newHashes: hashes ? Array.from({ length: events }, (_, user) => BigInt(user * 1_000_003)) : undefined,
      };
    }),
  );
}

beforeAll(async () => {
  test = await startTestStore();
  const { contracts } = loadContracts(catalogue('contracts'));
  const all = loadMetrics(catalogue('metrics'), contracts).metrics;
  metrics = all.filter(({ source }) => source === 'clickstream');
  await migrate({ client: test.client, contracts, metrics: all });
  const store = createMetricStore(test.client, contracts);
  await store.writePanes(
    [0, 1].map((partition) => ({
      source: { topic: 'clickstream', incarnation: 1, partition },
      ...{ chunk: 0, through: 99 + partition, chunkLogTimeMs: START_MS },
      rows: metrics.flatMap((metric) => panesOf(metric, partition)),
    })),
  );
}, 120_000);
afterAll(() => test?.stop());

function query(name: string, more: Partial<SeriesQuery> = {}, countedFromMs?: number): SeriesQuery {
  const definition = named(name);
  const metric = {
    definition,
    topics: ['clickstream'],
    ...(countedFromMs === undefined ? {} : { countedFromMs }),
  };
  const { everyMs, sizeMs } = definition.window;
  const range = { fromMs: START_MS, toMs: START_MS + 8 * MINUTE_MS };
  const shape = { filter: {}, groupBy: [], everyMs, sizeMs, calendar: undefined, top: undefined };
  return { metric, ...shape, ...range, maxPoints: 1_000, ...more };
}

const sorted = (answers: readonly SeriesAnswer[]): unknown[] =>
  answers.map(({ windows, covered }) => ({
    windows: windows.map((window) => JSON.stringify(window)).sort(),
    covered: covered.map((each) => JSON.stringify(each)).sort(),
  }));

it('answers each selection at its place, whoever makes its windows', async () => {
  const queries = [
    query('page_views', { groupBy: ['page'] }),
    query('active_users'),
    query('page_views', { groupBy: ['page'], top: 1 }),
    query('active_users', { groupBy: ['region'] }),
    query('page_views', { filter: { page: ['a'] } }, START_MS + 2 * MINUTE_MS),
    query('promotion_conversion', { everyMs: 2 * MINUTE_MS }),
    query('page_views', { fromMs: START_MS - 60 * MINUTE_MS, toMs: START_MS - 50 * MINUTE_MS }),
  ];
  const reader = new PaneSeriesReader(test);
  const answers = await reader.read(queries);
  // More rows than it takes: the store merges them all.
  const merging = new PaneSeriesReader(test, { rows: 1, bytes: 200_000 });
  expect(sorted(await merging.read(queries))).toEqual(sorted(answers));
  // A longer text than it takes: one statement for each, whoever merges.
  for (const rows of [1, 50_000]) {
    const alone = new PaneSeriesReader(test, { rows, bytes: 1 });
    expect(sorted(await alone.read(queries))).toEqual(sorted(answers));
  }
  for (const [index, each] of queries.entries())
    expect(sorted(await reader.read([each])), String(index)).toEqual([sorted(answers)[index]]);

  const [byPage, users, largest, , filtered, , nothing] = answers as [SeriesAnswer, ...SeriesAnswer[]];
  expect(byPage.windows).toHaveLength(12);
  expect(byPage.windows.find(({ start, series }) => start === START_MS && series[0] === 'b')?.value).toBe(5);
  expect(byPage.covered).toEqual(
    expect.arrayContaining([
      { incarnation: 1, partition: 0, through: 99 },
      { incarnation: 1, partition: 1, through: 100 },
    ]),
  );
  expect(users?.windows.length).toBeGreaterThan(4);
  expect(new Set(largest?.windows.map(({ series }) => series[0]))).toEqual(new Set(['c', '(other)']));
  expect(filtered?.windows.map(({ start, partial }) => [start, partial]).sort()).toEqual([
    [START_MS + 2 * MINUTE_MS, true],
    [START_MS + 3 * MINUTE_MS, false],
  ]);
  expect(nothing).toEqual({ windows: [], covered: [] });
});

it('has no more windows than are wanted, and one that tells so', async () => {
  const reader = new PaneSeriesReader(test);
  const [answer] = await reader.read([query('page_views', { groupBy: ['page'], maxPoints: 5 })]);
  expect(answer?.windows).toHaveLength(6);
});
