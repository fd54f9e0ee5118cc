import { fileURLToPath } from 'node:url';
import { createMetricStore, migrate, storageTablesOf } from '@freshet/clickhouse';
import { loadContracts, type Contract } from '@freshet/contracts';
import { loadMetrics, ratioOf, type MetricDefinition } from '@freshet/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from './test-store.js';

const catalogue = (folder: string): string =>
  fileURLToPath(new URL(`../../../../catalog/${folder}`, import.meta.url));

let store: TestStore;
let contracts: readonly Contract[];
let metrics: readonly MetricDefinition[];

beforeAll(async () => {
  contracts = loadContracts(catalogue('contracts')).contracts;
  metrics = loadMetrics(catalogue('metrics'), contracts).metrics;
  store = await startTestStore({ storageTables: storageTablesOf({ contracts, metrics }) });
  await migrate({ client: store.client, contracts, metrics });
});
afterAll(async () => {
  await store?.stop();
});

async function schema(): Promise<unknown[]> {
  return store.rows(
    `SELECT database, table, name, type FROM system.columns WHERE database IN ('freshet', 'metrics')
     ORDER BY database, table, position`,
  );
}

describe('migrate', () => {
  it('changes nothing when it is run again', async () => {
    const before = await schema();
    await migrate({ client: store.client, contracts, metrics });
    expect(await schema()).toEqual(before);
    const revisions = await store.rows(
      'SELECT metric, revision FROM freshet.metric_revisions_log ORDER BY metric',
    );
    expect(revisions).toEqual(
      metrics
        .map(({ name, revision }) => ({ metric: name, revision }))
        .sort((a, b) => (a.metric < b.metric ? -1 : 1)),
    );
  });

  it('says what every table and column of the catalogue means', async () => {
    expect(
      await store.rows(
        `SELECT database, table, name FROM system.columns
         WHERE database IN ('freshet', 'metrics') AND comment = ''`,
      ),
    ).toEqual([]);
    expect(
      await store.rows(
        `SELECT name FROM system.tables WHERE database IN ('freshet', 'metrics') AND comment = ''`,
      ),
    ).toEqual([]);
  });

  it('gives a table that an older version made its settings', async () => {
    await store.client.command({ query: 'ALTER TABLE freshet.orders_log RESET SETTING merge_selector_base' });
    const merging = `SELECT count() AS tables FROM system.tables
      WHERE name = 'orders_log' AND engine_full LIKE '%merge_selector_base = 10%'`;
    expect(await store.rows(merging)).toEqual([{ tables: 0 }]);
    await migrate({ client: store.client, contracts, metrics });
    expect(await store.rows(merging)).toEqual([{ tables: 1 }]);
  });

  it('declares every view with the types that its statement has', async () => {
    const views = await store.rows<{ database: string; name: string; as_select: string }>(
      `SELECT database, name, as_select FROM system.tables WHERE engine = 'View'`,
    );
    expect(views.length).toBeGreaterThan(metrics.length + contracts.length);
    for (const { database, name, as_select } of views) {
      const typesOf = async (what: string): Promise<unknown[]> =>
        (await store.rows<{ name: string; type: string }>(`DESCRIBE TABLE ${what}`)).map((column) => [
          column.name,
          column.type,
        ]);
      expect(await typesOf(`${database}.\`${name}\``), name).toEqual(await typesOf(`(${as_select})`));
    }
  });

  it('gives the analyst every view, and nothing else', async () => {
    const analyst = store.clientOf('analyst');
    const views = [
      ...metrics.map(({ name }) => `metrics.${name}`),
      ...contracts.map(({ name }) => `freshet.${name}`),
      'freshet.source_progress',
    ];
    for (const view of views) {
      const answer = await analyst.query({ query: `SELECT * FROM ${view}`, format: 'JSONEachRow' });
      expect(await answer.json(), view).toEqual([]);
    }
    await expect(analyst.query({ query: 'SELECT * FROM freshet.metric_panes' })).rejects.toThrow(
      /privileges/,
    );
    const tables = await analyst.query({ query: 'SHOW TABLES FROM freshet', format: 'JSONCompactEachRow' });
    expect((await tables.json<[string]>()).map(([name]) => name)).toEqual(
      [...contracts.map(({ name }) => name), 'alerts', 'objective_compliance', 'source_progress'].sort(),
    );
  });

  it('adds a column for a new field and keeps what is there', async () => {
    const [orders, ...others] = contracts as [Contract, ...Contract[]];
    const field = { ...orders.fields[0]!, name: 'giftNote', required: false, lowCardinality: true };
    const grown = [{ ...orders, fields: [...orders.fields, field] }, ...others];
    await migrate({ client: store.client, contracts: grown, metrics });
    // A contract that comes later can be read without a restart.
    const later = { ...orders, name: 'later', topic: 'later' };
    await migrate({ client: store.client, contracts: [...grown, later], metrics });
    const analyst = store.clientOf('analyst');
    const answer = await analyst.query({ query: 'SELECT * FROM freshet.later', format: 'JSONEachRow' });
    expect(await answer.json()).toEqual([]);
    const column = `SELECT type FROM system.columns WHERE database = 'freshet' AND name = 'gift_note'
      AND table LIKE 'clickstream%'`;
    expect(await store.rows(column)).toEqual([
      { type: 'LowCardinality(Nullable(String))' },
      { type: 'LowCardinality(Nullable(String))' },
    ]);
    // The field goes again: a promise is broken, and only a version that says so may do that.
    await expect(migrate({ client: store.client, contracts, metrics })).rejects.toThrow(
      /breaks what 1\.0\.0 promised: field giftNote is gone/,
    );
    await migrate({ client: store.client, contracts: [{ ...orders, version: '2.0.0' }, ...others], metrics });
    expect(await store.rows(column)).toHaveLength(1);
  });

  it('lengthens the key of a table that an older version made, and keeps its rows', async () => {
    const source = 'topic LowCardinality(String), incarnation UInt32, partition UInt32';
    await store.client.command({ query: 'DROP TABLE freshet.clock_advances_log' });
    await store.client.command({
      query: `CREATE TABLE freshet.clock_advances_log (${source}, position Int64,
          frontier_ms SimpleAggregateFunction(max, Int64), at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) DEFAULT now64(3))
        ENGINE = AggregatingMergeTree ORDER BY (topic, incarnation, partition, position)`,
    });
    await store.client.command({
      query: `INSERT INTO freshet.clock_advances_log VALUES ('orders', 1, 0, 7, 1000, now64(3))`,
    });
    await migrate({ client: store.client, contracts, metrics });
    expect(
      await store.rows(
        `SELECT sorting_key FROM system.tables WHERE database = 'freshet' AND name = 'clock_advances_log'`,
      ),
    ).toEqual([{ sorting_key: 'topic, incarnation, partition, position, claim, owner' }]);
    const { writeClockAdvances } = createMetricStore(store.client, contracts);
    const at = { source: { topic: 'orders', incarnation: 1, partition: 0 }, position: 7 };
    await writeClockAdvances([{ ...at, frontierMs: 2_000, claim: 1, owner: 'a' }]);
    expect(
      await store.rows(
        `SELECT claim, owner, toInt32(frontier_ms) AS frontier FROM freshet.clock_advances_log ORDER BY claim`,
      ),
    ).toEqual([
      { claim: 0, owner: '', frontier: 1_000 },
      { claim: 1, owner: 'a', frontier: 2_000 },
    ]);
  });

  it('refuses a field that changes its type, and says what to do', async () => {
    const [first, ...others] = contracts as [Contract, ...Contract[]];
    const fields = first.fields.map((field, index) =>
      index === 0 ? { ...field, type: 'integer' as const, lowCardinality: false } : field,
    );
    await expect(
      migrate({ client: store.client, contracts: [{ ...first, fields }, ...others], metrics }),
    ).rejects.toThrow(/give the field another name/);
  });

  it('changes how long rows are kept', async () => {
    await migrate({ client: store.client, contracts, metrics, retention: { panesDays: 12, factsDays: 7 } });
    const kept = await store.rows<{ name: string; engine_full: string }>(
      `SELECT name, engine_full FROM system.tables WHERE database = 'freshet' AND name IN ('orders_log', 'metric_panes')
       ORDER BY name`,
    );
    expect(kept[0]?.engine_full).toContain('toIntervalDay(12)');
    expect(kept[1]?.engine_full).toContain('toIntervalDay(7)');
  });

  it('makes a view of a ratio of two metrics while both are read, and drops what is gone', async () => {
    const [numerator, denominator] = ['orders', 'page_views'].map((name) =>
      metrics.find((metric) => metric.name === name),
    ) as [MetricDefinition, MetricDefinition];
    const ratio = ratioOf({
      ...numerator,
      name: 'orders_per_view',
      dimensions: [],
      numerator,
      denominator,
    });
    await migrate({ client: store.client, contracts, metrics, ratios: [ratio] });
    expect(await store.rows('SELECT value, numerator, denominator FROM metrics.orders_per_view')).toEqual([]);
    await migrate({ client: store.client, contracts, metrics });
    await expect(store.rows('SELECT * FROM metrics.orders_per_view')).rejects.toThrow(/orders_per_view/);
  });

  it('keeps the newest value of each key of a reference topic, from before and from then on', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const fact = (offset: number, region: string): object => ({
      topic: 'orders',
      incarnation: 1,
      partition: 0,
      offset,
      chunk: 0,
      log_time: `${day} 12:00:00`,
      event_time: `${day} 12:00:00`,
      duplicate_of: -1,
      order_id: 'o1',
      region,
    });
    const insert = (...facts: object[]): Promise<unknown> =>
      store.client.insert({ table: 'freshet.orders_log', values: facts, format: 'JSONEachRow' });
    await insert(fact(7, 'new'), fact(3, 'old'));
    const by = {
      kind: 'reference',
      contract: 'orders',
      key: 'orderId',
      value: 'region',
      otherwise: '?',
    } as const;
    const mapped = {
      ...metrics[0]!,
      name: 'by_reference',
      dimensions: [{ name: 'area', field: 'channel', by }],
      revision: '00000000000000b2',
    };
    await migrate({ client: store.client, contracts, metrics: [...metrics, mapped] });
    const values = `SELECT key, value FROM freshet.reference_values FINAL`;
    expect(await store.rows(values)).toEqual([{ key: 'o1', value: 'new' }]);
    await insert(fact(5, 'late'));
    expect(await store.rows(values)).toEqual([{ key: 'o1', value: 'new' }]);
    await insert(fact(9, 'newest'), fact(9, 'newest'));
    expect(await store.rows(values)).toEqual([{ key: 'o1', value: 'newest' }]);
    expect(await store.rows('SELECT area FROM metrics.by_reference')).toEqual([]);
    await store.client.command({ query: 'TRUNCATE TABLE freshet.orders_log' });
    await migrate({ client: store.client, contracts, metrics });
  });

  it('keeps the panes of running totals for ever', async () => {
    const measure = { kind: 'runningTotal', plus: { kind: 'count' } } as const;
    const level = { ...metrics[0]!, name: 'backlog', measure, revision: '00000000000000b1' };
    const keptOf = async (): Promise<string | undefined> => {
      const rows = await store.rows<{ engine_full: string }>(
        `SELECT engine_full FROM system.tables WHERE database = 'freshet' AND name = 'metric_panes'`,
      );
      return / TTL (.*?)(?: SETTINGS|$)/.exec(rows[0]!.engine_full)?.[1];
    };
    const others = metrics.filter(({ measure: { kind } }) => kind !== 'runningTotal');
    await migrate({ client: store.client, contracts, metrics: [...others, level] });
    expect(await keptOf()).toBe(
      "toDateTime(chunk_log_time) + toIntervalDay(400) WHERE metric NOT IN ('backlog')",
    );
    expect(await store.rows('SELECT * FROM metrics.backlog')).toEqual([]);
    await migrate({ client: store.client, contracts, metrics: others });
    expect(await keptOf()).toBe('toDateTime(chunk_log_time) + toIntervalDay(400)');
  });
});
