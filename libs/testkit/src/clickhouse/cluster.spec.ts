import { fileURLToPath } from 'node:url';
import {
  clusterSql,
  createMetricStore,
  isSharded,
  migrate,
  SHARDING_KEY,
  tablesOf,
} from '@freshet/clickhouse';
import { loadContracts, type Contract } from '@freshet/contracts';
import { loadMetrics, type MetricDefinition } from '@freshet/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from './test-store.js';

const catalogue = (folder: string): string =>
  fileURLToPath(new URL(`../../../../catalog/${folder}`, import.meta.url));
const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;

let store: TestStore;
let contracts: readonly Contract[];
let metrics: readonly MetricDefinition[];

beforeAll(async () => {
  contracts = loadContracts(catalogue('contracts')).contracts;
  metrics = loadMetrics(catalogue('metrics'), contracts).metrics;
  store = await startTestStore();
  await migrate({ client: store.client, contracts, metrics });
});
afterAll(async () => {
  await store?.stop();
});

const run = (query: string): Promise<unknown> => store.client.command({ query });

/** Rows of four partitions, each written twice: the longer version replaces the shorter one. */
async function writeTwice(): Promise<void> {
  const { writePanes } = createMetricStore(store.client, contracts);
  const metric = metrics.find(({ name }) => name === 'orders')!;
  for (const through of [9, 99])
    await writePanes(
      [0, 1, 2, 3].map((partition) => ({
        source: { topic: 'orders', incarnation: 1, partition },
        ...{ chunk: 0, through, chunkLogTimeMs: START_MS },
        rows: ['web', 'app'].map((channel) => ({
          ...{ metric: metric.name, revision: metric.revision, paneStartMs: START_MS },
          dimensions: metric.dimensions.map(({ name }) => (name === 'channel' ? channel : 'DACH')),
          ...{ events: through, lateEvents: 0, partial: false, sums: [BigInt(through * (partition + 1))] },
          ...{ extremes: [], lastTimesMs: [], lastOffsets: [], buckets: undefined, newHashes: undefined },
        })),
      })),
    );
}

const values = (): Promise<unknown[]> =>
  store.rows(`SELECT channel, region, value FROM metrics.orders ORDER BY channel`);

/** Puts the rows into two tables by `key`. */
async function shardBy(key: string): Promise<void> {
  for (const shard of [0, 1]) {
    await run(`DROP TABLE IF EXISTS freshet.shard_${shard}`);
    await run(`CREATE TABLE freshet.shard_${shard} AS freshet.whole`);
    await run(`INSERT INTO freshet.shard_${shard} SELECT * FROM freshet.whole WHERE ${key} % 2 = ${shard}`);
  }
}

describe('a cluster', () => {
  it('is made by statements that ClickHouse can read, and splits what has a partition in its key', async () => {
    const tables = tablesOf({ contracts, metrics });
    const statements = clusterSql(tables, 'freshet')
      .split(';\n')
      .filter((each) => each.trim() !== '');
    for (const statement of statements) await run(`EXPLAIN AST ${statement}`);
    const names = (sharded: boolean): string[] =>
      tables.filter((table) => isSharded(table) === sharded).map(({ name }) => name.replaceAll('`', ''));
    expect(names(true)).toEqual(
      expect.arrayContaining(['metric_panes', 'ledger_log', 'orders_log'].map((name) => `freshet.${name}`)),
    );
    expect(names(false)).toContain('freshet.metric_revisions_log');
    const sql = statements.join(';\n');
    expect(sql).toContain(
      `ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/freshet/metric_panes', '{replica}', through)`,
    );
    expect(sql.match(/ENGINE = Distributed/g)).toHaveLength(names(true).length);
  });

  it('gives the values of one table when partitions stay whole, and wrong ones when they do not', async () => {
    // Versions stay apart until they are read.
    await run('ALTER TABLE freshet.metric_panes MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1');
    await writeTwice();
    const expected = await values();
    expect(expected).toHaveLength(2);
    await run('RENAME TABLE freshet.metric_panes TO freshet.whole');
    await shardBy(SHARDING_KEY);
    await run(`CREATE TABLE freshet.metric_panes AS freshet.whole ENGINE = Merge(freshet, '^shard_[01]$')`);
    const split = await store.rows<{ n: number }>(`SELECT uniqExact(_table) AS n FROM freshet.metric_panes`);
    expect(Number(split[0]!.n)).toBe(2);
    expect(await values()).toEqual(expected);
    // Versions of a row in different shards: nothing replaces the shorter one.
    await shardBy('intDiv(through, 90)');
    expect(await values()).not.toEqual(expected);
  });
});
