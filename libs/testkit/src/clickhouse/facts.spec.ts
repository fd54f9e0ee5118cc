import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ClickHouseClient } from '@clickhouse/client';
import { createMetricStore, migrate, storageTablesOf } from '@freshet/clickhouse';
import { loadContracts, type Contract } from '@freshet/contracts';
import { type LedgerRow, type MetricStore } from '@freshet/ingestion';
import { loadMetrics, type PaneRow } from '@freshet/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloudEvent } from '../events/cloud-event.js';
import { factsOf } from '../events/decoded.js';
import { click, orderPlaced } from '../events/shop-events.js';
import { startTestStore, type TestStore } from './test-store.js';

const catalogue = (folder: string): string =>
  fileURLToPath(new URL(`../../../../catalog/${folder}`, import.meta.url));

const DAY_MS = 86_400_000;
const NOW = Math.floor(Date.now() / 60_000) * 60_000;

let test: TestStore;
let store: MetricStore;
let contracts: readonly Contract[];
let metricOf: (name: string) => { readonly name: string; readonly revision: string };

beforeAll(async () => {
  contracts = loadContracts(catalogue('contracts')).contracts;
  const { metrics } = loadMetrics(catalogue('metrics'), contracts);
  metricOf = (name) => metrics.find((metric) => metric.name === name)!;
  test = await startTestStore({ storageTables: storageTablesOf({ contracts, metrics: [] }) });
  await migrate({ client: test.client, contracts, metrics });
  store = createMetricStore(test.client, contracts);
});
afterAll(async () => {
  await test?.stop();
});

function contractOf(name: string): Contract {
  return contracts.find((contract) => contract.name === name)!;
}

async function asAnalyst<Row>(sql: string): Promise<Row[]> {
  const answer = await test.clientOf('analyst').query({ query: sql, format: 'JSONEachRow' });
  return answer.json<Row>();
}

function ledger(topic: string, partition: number, chunk: number, some: Partial<LedgerRow>): LedgerRow {
  return {
    source: { topic, incarnation: 1, partition },
    chunk,
    panesThrough: chunk - 1,
    factsThrough: chunk - 1,
    end: -1,
    frontierMs: -1,
    lastLogTimeMs: -1,
    factsLogTimeMs: -1,
    provenAtMs: -1,
    last: undefined,
    ...some,
  };
}

describe('facts', () => {
  it('come back as they were sent, counted ones only, for the analyst', async () => {
    const source = { topic: 'orders', incarnation: 1, partition: 0 };
    const lines = [
      { sku: 'A', description: 'a', quantity: 2, unitPriceMinor: 300 },
      { sku: 'Bé', description: 'b', quantity: 1, unitPriceMinor: -5 },
    ];
    const block = factsOf(
      contractOf('orders'),
      source,
      [
        orderPlaced({ id: 'o1', timeMs: NOW - 1_234 }, { customerId: 'c9', totalMinor: 123_456_789, lines }),
        orderPlaced({ id: 'o1', timeMs: NOW - 1_234 }),
        orderPlaced({ id: 'o2', timeMs: NOW }),
      ],
      { firstOffset: 40, logTimeMs: NOW },
    );
    block.duplicateOf[1] = 40;
    await store.writeFacts([block]);
    const rows = await asAnalyst(
      `SELECT offset, order_id, customer_id, region, total_minor, line_sku, line_unit_price_minor,
         toUnixTimestamp64Milli(event_time) AS at, as_of
       FROM freshet.orders ORDER BY offset`,
    );
    expect(rows).toEqual([
      {
        offset: 40,
        order_id: 'o1',
        customer_id: 'c9',
        region: 'UK & Ireland',
        total_minor: 123_456_789,
        line_sku: ['A', 'Bé'],
        line_unit_price_minor: [300, -5],
        at: NOW - 1_234,
        as_of: null,
      },
      expect.objectContaining({ offset: 42, customer_id: null }),
    ]);
  });

  it('are looked for in the table itself where views on it pass rows on', async () => {
    const source = { topic: 'customers', incarnation: 1, partition: 0 };
    const described = (id: string) =>
      cloudEvent({ id, timeMs: NOW }, '/test', 'customers.customer_described', {
        ...{ customerId: id, segment: 'Trade', country: 'Austria' },
      });
    const block = factsOf(contractOf('customers'), source, ['a', 'b', 'c'].map(described), {
      firstOffset: 7,
      logTimeMs: NOW,
    });
    const exec = () => Promise.resolve({ stream: Readable.from([]), summary: { written_rows: '5' } });
    const forgetful = Object.create(test.client, { exec: { value: exec } }) as ClickHouseClient;
    await expect(createMetricStore(forgetful, contracts).writeFacts([block])).rejects.toThrow(
      '3 facts were sent to freshet.`customers_log`, 0 of them are in it',
    );
    await store.writeFacts([block]);
    expect(await test.rows('SELECT count() AS n FROM freshet.customers')).toEqual([{ n: 3 }]);
    expect(await test.rows('SELECT count() AS n FROM freshet.reference_values FINAL')).toEqual([{ n: 3 }]);
  });

  it('of three years go in, in as many inserts as the store allows', async () => {
    const source = { topic: 'clickstream', incarnation: 1, partition: 0 };
    const made = factsOf(
      contractOf('clickstream'),
      source,
      Array.from({ length: 30 }, (_, index) => click('page_viewed', { id: `c${index}`, timeMs: NOW })),
      { firstOffset: 0, logTimeMs: NOW },
    );
    // One day a row, in two blocks of one insert each day apart; the newest last.
    const days = (offset: number) => ({
      ...made,
      offsets: made.offsets.map((_, row) => offset + row),
      logTimesMs: made.logTimesMs.map((_, row) => NOW - (offset + row) * DAY_MS),
    });
    await store.writeFacts([days(0), days(30), days(60), days(90), days(120)]);
    const [row] = await test.rows<{ rows: number }>(
      'SELECT count() AS rows FROM freshet.clickstream_log WHERE log_time >= now() - INTERVAL 34 DAY',
    );
    expect(Number(row?.rows)).toBeGreaterThanOrEqual(34);
  });
});

describe('panes', () => {
  it('of ten years go in although the store takes a hundred partitions at once', async () => {
    const { name, revision } = metricOf('page_views');
    const rows = Array.from({ length: 120 }, (_, month): PaneRow => {
      const paneStartMs = Date.UTC(2016, month, 1);
      const arrays = { extremes: [], lastTimesMs: [], lastOffsets: [] };
      return {
        ...{ metric: name, revision, paneStartMs, dimensions: ['/'], events: 1, lateEvents: 0 },
        ...{ ...arrays, partial: false, sums: [1n], buckets: undefined, newHashes: undefined },
      };
    });
    const source = { topic: 'clickstream', incarnation: 1, partition: 5 };
    await store.writePanes([{ source, chunk: 0, through: 119, chunkLogTimeMs: NOW, rows }]);
    const read = `SELECT sum(value) AS total FROM metrics.page_views WHERE window_start < '2026-01-01'`;
    expect(await asAnalyst<{ total: unknown }>(read)).toEqual([{ total: 120 }]);
  });
});

describe('source_progress', () => {
  it('goes to the first hole of the newest life, and no further', async () => {
    await store.writeLedger([
      ledger('payments', 0, 0, { end: 99, panesThrough: 99, factsThrough: 80, factsLogTimeMs: 8_000 }),
      ledger('payments', 0, 100, { panesThrough: 150, lastLogTimeMs: 15_000, frontierMs: 14_000 }),
      ledger('payments', 1, 0, { end: 9, panesThrough: 9, factsThrough: 9, factsLogTimeMs: 5_000 }),
      ledger('payments', 1, 10, { lastLogTimeMs: 5_000, provenAtMs: 20_000 }),
      { ...ledger('payments', 2, 0, {}), source: { topic: 'payments', incarnation: 2, partition: 2 } },
      ledger('payments', 2, 0, { panesThrough: 900, lastLogTimeMs: 90_000 }),
    ]);
    expect(
      await asAnalyst(
        `SELECT partition, incarnation, panes_through, facts_through, frontier_ms, as_of_ms, facts_as_of_ms, frontier
         FROM freshet.source_progress WHERE topic = 'payments' ORDER BY partition`,
      ),
    ).toEqual([
      {
        ...{ partition: 0, incarnation: 1, panes_through: 150, facts_through: 80, frontier_ms: 14_000 },
        ...{ as_of_ms: 15_000, facts_as_of_ms: 8_000, frontier: '1970-01-01 00:00:14.000' },
      },
      {
        ...{ partition: 1, incarnation: 1, panes_through: 9, facts_through: 9, frontier_ms: -1 },
        ...{ as_of_ms: 20_000, facts_as_of_ms: 20_000, frontier: null },
      },
      {
        ...{ partition: 2, incarnation: 2, panes_through: -1, facts_through: -1, frontier_ms: -1 },
        ...{ as_of_ms: -1, facts_as_of_ms: -1, frontier: null },
      },
    ]);
  });
});
