import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createMetricStore } from '@freshet/clickhouse';
import { click, cloudEvent, factsOf, orderPlaced, paymentAttempted, until } from '@freshet/testkit';
import type { Message } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { AuditReport } from '../audit/run-audit.js';
import { workspaceRoot } from '../config.js';
import { startBench, type Bench, type BenchIngest } from '../testing/bench.js';
import { audit, type AuditOptions } from './audit.js';

let bench: Bench;
let ingest: BenchIngest;
const topics = ['orders', 'payments', 'clickstream', 'support', 'inventory'];
/** Some minutes ago, so that the panes are behind the newest ones. */
const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 20 * 60_000;

beforeAll(async () => {
  bench = await startBench({ topics, dedupeHorizonOffsets: 40 });
  ingest = await bench.startIngest();
});
afterAll(async () => {
  await bench?.stop();
});

const order = (
  id: string,
  minute: number,
  partition = 0,
  totalMinor = 1_000,
  channel: 'web' | 'wholesale' = 'web',
): Message => ({
  partition,
  value: JSON.stringify(
    orderPlaced({ id, timeMs: START_MS + minute * 60_000 }, { totalMinor, channel, customerId: 'c1' }),
  ),
});

/** One event a minute of two series by turns, of a topic without a builder of its own. */
const levels = (topic: string, type: string, data: (series: number) => object): Message[] =>
  Array.from({ length: 8 }, (_, n) => ({
    partition: n % 2,
    value: JSON.stringify(
      cloudEvent(
        { id: `${topic}${n}`, timeMs: START_MS + n * 60_000 },
        '/test',
        `${topic}.${type}`,
        data(n % 2),
      ),
    ),
  }));

async function report(options: AuditOptions = {}): Promise<AuditReport & { code: number }> {
  const { code, out } = await bench.run((surroundings) => audit({ ...options, json: true }, surroundings));
  return { ...(JSON.parse(out) as AuditReport), code };
}

const differing = (found: AuditReport): string[] =>
  found.panes.filter(({ differences }) => differences > 0).map(({ metric }) => metric);

describe('audit', () => {
  it('finds nothing on a healthy system with all the dirt there is', async () => {
    const orders = Array.from({ length: 60 }, (_, n) =>
      order(`o${n}`, n % 8, n % 2, 1_000 + n, n < 8 && n % 2 === 1 ? 'wholesale' : 'web'),
    );
    await bench.produce('orders', [
      ...orders,
      ...orders.slice(50),
      { partition: 0, value: '{"specversion":' },
      { partition: 1, value: null },
      {
        partition: 1,
        value: JSON.stringify({ ...orderPlaced({ id: 'x', timeMs: START_MS }), type: 'other' }),
      },
    ]);
    await bench.produce(
      'payments',
      Array.from({ length: 50 }, (_, n) => ({
        partition: n % 2,
        value: JSON.stringify(
          paymentAttempted(
            { id: `p${n}`, timeMs: START_MS + (n % 9) * 60_000 },
            { latencyMs: 50 + n * 17, status: n % 5 === 0 ? 'failed' : 'succeeded' },
          ),
        ),
      })),
    );
    await bench.produce(
      'clickstream',
      Array.from({ length: 80 }, (_, n) => ({
        partition: n % 2,
        value: JSON.stringify(
          click(
            n % 4 === 0 ? 'session_started' : 'page_viewed',
            { id: `c${n}`, timeMs: START_MS + (n % 9) * 60_000 },
            {
              userId: `u${n % 13}`,
              campaign: n % 3 === 0 ? 'newsletter' : null,
            },
          ),
        ),
      })),
    );
    await bench.produce(
      'support',
      levels('support', 'ticket_opened', (series) => ({
        ticketId: `t${series}`,
        severity: series === 0 ? 'high' : 'low',
        category: 'delivery',
        channel: 'email',
        region: 'DACH',
      })),
    );
    await bench.produce(
      'inventory',
      levels('inventory', 'stock_moved', (series) => ({
        location: series === 0 ? 'Leeds' : 'Milan',
        reason: 'sale',
        quantity: -1 - series,
      })),
    );
    await inTransaction('orders', 'aborted', [order('never', 3)], 'abort');
    await ingest.settle(topics);

    const found = await report();
    expect(found).toMatchObject({ code: 0, differences: 0, lost: [] });
    expect(found.panes.map(({ metric }) => metric).sort()).toEqual(
      bench.metrics.map(({ name }) => name).sort(),
    );
    for (const each of found.panes)
      expect(each).toMatchObject({ compared: expect.any(Number) as number, leftOut: 0 });
    expect(found.panes.every(({ compared }) => compared > 0)).toBe(true);
    const partitions = found.log.find(({ topic }) => topic === 'orders')!.partitions;
    expect(partitions).toEqual([
      expect.objectContaining({
        records: 36,
        invisible: 2,
        counted: 30,
        duplicate: 5,
        invalid: 1,
        ignored: 0,
        pending: 0,
      }),
      expect.objectContaining({
        records: 37,
        invisible: 0,
        counted: 30,
        duplicate: 5,
        invalid: 0,
        ignored: 2,
        pending: 0,
      }),
    ]);
    const { out } = await bench.run((surroundings) => audit({ metric: 'orders' }, surroundings));
    expect(out).toContain('No difference.');
    const kept = await bench.store.rows<{ kind: string; n: number; d: number }>(
      `SELECT kind, uniqExact(subject) AS n, sum(differences) AS d FROM freshet.audits_log GROUP BY kind ORDER BY kind`,
    );
    expect(kept).toEqual([
      { kind: 'log', n: 6, d: 0 },
      { kind: 'lost', n: 6, d: 0 },
      { kind: 'panes', n: 11, d: 0 },
      { kind: 'repeats', n: 6, d: 0 },
    ]);
  });

  it('leaves out panes that know more than the facts do, and compares them once those are stored', async () => {
    await bench.produce('orders', [order('ahead', 5)]);
    await ingest.settle(['orders'], false);
    const ahead = await report({ metric: 'orders' });
    expect(ahead).toMatchObject({ code: 0, panes: [{ leftOut: 1, differences: 0 }] });
    expect(ahead.log[0]!.partitions[0]).toMatchObject({ pending: 0, records: 36 });
    await ingest.settle(['orders']);
    const after = await report({ metric: 'orders' });
    expect(after).toMatchObject({ code: 0, panes: [{ leftOut: 0, differences: 0 }] });
    expect(after.log[0]!.partitions[0]).toMatchObject({ records: 37, counted: 31 });
  });

  it('goes by what is read, not by a file whose past is still being counted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freshet-catalog-'));
    try {
      cpSync(join(workspaceRoot, 'catalog'), folder, { recursive: true });
      const file = join(folder, 'metrics', 'orders.yaml');
      const changed = readFileSync(file, 'utf8').replace('orders.order_placed', 'orders.order_cancelled');
      writeFileSync(file, changed);
      const { code, out } = await bench.run((surroundings) =>
        audit(
          { metric: 'orders', json: true },
          { ...surroundings, env: { ...surroundings.env, FRESHET_CATALOG: folder } },
        ),
      );
      const found = JSON.parse(out) as AuditReport;
      expect({ code, proposed: found.proposed }).toEqual({
        code: 0,
        proposed: [{ metric: 'orders', isRead: true }],
      });
      expect(found.panes[0]!.compared).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('tells what an open transaction holds back from what is missing', async () => {
    const transaction = await inTransaction('orders', 'open', [order('held', 6)], 'leave');
    await ingest.settle(['orders']);
    const held = await report({ metric: 'orders' });
    expect(held).toMatchObject({ code: 0, differences: 0 });
    expect(held.log[0]!.partitions[0]).toMatchObject({ pending: 1, pendingCause: 'open transaction' });
    const { out } = await bench.run((surroundings) => audit({ metric: 'orders' }, surroundings));
    expect(out).toContain('orders/0: an open transaction holds back the last 1 offsets');
    await transaction.end();
    await ingest.settle(['orders']);
    expect((await report({ metric: 'orders' })).log[0]!.partitions[0]).toMatchObject({ pending: 0 });
  });

  it('names the pane and the chunk whose sums are wrong', async () => {
    const wrong = `INSERT INTO freshet.metric_panes SELECT * REPLACE (events + {d} AS events, arrayMap(x -> x + {d}, sums) AS sums)
      FROM freshet.metric_panes FINAL WHERE metric = 'orders' AND pane_start = fromUnixTimestamp64Milli(${START_MS + 120_000}) AND partition = 0`;
    await bench.store.client.command({ query: wrong.replaceAll('{d}', '1') });
    const found = await report({ metric: 'orders' });
    expect(found).toMatchObject({ code: 1, differences: 1 });
    expect(found.panes[0]!.examples).toEqual([
      expect.objectContaining({
        paneStartMs: START_MS + 120_000,
        series: ['web', 'UK & Ireland'],
        cause: 'unknown',
        chunks: [
          expect.objectContaining({ source: { topic: 'orders', incarnation: 1, partition: 0 }, chunk: 0 }),
        ],
      }),
    ]);
    await bench.store.client.command({
      query: wrong.replaceAll('events + {d}', 'toUInt64(events - 1)').replaceAll('x + {d}', 'x - 1'),
    });
    expect(await report({ metric: 'orders' })).toMatchObject({ code: 0 });
  });

  it('names facts that are missing and facts that nobody wrote', async () => {
    const contract = bench.contracts.find(({ name }) => name === 'orders')!;
    await bench.store.client.command({
      query: `ALTER TABLE freshet.orders_log DELETE WHERE partition = 1 AND offset = 4`,
      clickhouse_settings: { mutations_sync: '1' },
    });
    const source = { topic: 'orders', incarnation: 1, partition: 0 };
    const [{ n: control }] = (await bench.store.rows<{ n: number }>(
      `SELECT min(number) AS n FROM numbers(60) WHERE number NOT IN (SELECT offset FROM freshet.orders_log WHERE partition = 0) AND number > 36`,
    )) as [{ n: number }];
    const ghost = factsOf(contract, source, [orderPlaced({ id: 'ghost', timeMs: START_MS })], {
      firstOffset: Number(control),
      logTimeMs: Date.now(),
    });
    await createMetricStore(bench.store.client, bench.contracts).writeFacts([{ ...ghost, chunk: 0 }]);
    const found = await report({ metric: 'gross_revenue' });
    expect(found.code).toBe(1);
    expect(differing(found)).toEqual(['gross_revenue']);
    expect(found.log[0]!.examples).toEqual([
      expect.objectContaining({ kind: 'extra', count: 1, offsets: [Number(control)] }),
      expect.objectContaining({ kind: 'missing', count: 1, offsets: [4] }),
    ]);
    const { out } = await bench.run((surroundings) => audit({ metric: 'gross_revenue' }, surroundings));
    expect(out).toContain('orders/1, chunk 0: 1 × valid records without a fact: offsets 4');
  });

  it('finds ids counted twice, beyond the horizon and across partitions', async () => {
    await bench.produce('payments', [
      payment('twice', 0),
      ...Array.from({ length: 45 }, (_, n) => payment(`between${n}`, 0)),
      payment('twice', 0),
      payment('both', 0),
      payment('both', 1),
    ]);
    await ingest.settle(['payments']);
    const found = await report({ metric: 'payment_latency_p95' });
    expect(found).toMatchObject({
      code: 1,
      differences: 2,
      panes: [{ differences: 0 }],
      log: [{ differences: 0 }],
    });
    expect(found.repeats[0]!.examples.map(({ id, count, cause }) => ({ id, count, cause }))).toEqual([
      { id: 'both', count: 2, cause: 'duplicate across partitions' },
      { id: 'twice', count: 2, cause: 'duplicate beyond horizon' },
    ]);
  });

  it('tells the store of each run when it repeats, until it is stopped', async () => {
    const runs = async (): Promise<number> => {
      const [row] = await bench.store.rows<{ n: number }>(
        `SELECT toInt64(uniqExact(run)) AS n FROM freshet.audits_log`,
      );
      return row!.n;
    };
    const before = await runs();
    const stopping = new AbortController();
    const repeating = bench.run((surroundings) =>
      audit({ metric: 'orders', log: false, every: '1s' }, { ...surroundings, signal: stopping.signal }),
    );
    await until(async () => (await runs()) >= before + 2, { deadlineMs: 60_000 });
    stopping.abort();
    expect((await repeating).out.match(/^Audit of /gm)!.length).toBeGreaterThanOrEqual(2);
  });

  it('reports a recorded loss of the range', async () => {
    const store = createMetricStore(bench.store.client, bench.contracts);
    await store.writeGap({
      source: { topic: 'clickstream', incarnation: 1, partition: 1 },
      chunk: 0,
      from: 7,
      through: 9,
      fromTimeMs: START_MS,
      toTimeMs: START_MS + 60_000,
      reason: 'retention',
    });
    expect(await report({ metric: 'page_views' })).toMatchObject({
      code: 1,
      differences: 1,
      lost: [{ from: 7, through: 9 }],
    });
    expect(await report({ metric: 'page_views', from: '1m', log: false })).toMatchObject({
      code: 0,
      lost: [],
    });
  });
});

const payment = (id: string, partition: number): Message => ({
  partition,
  value: JSON.stringify(paymentAttempted({ id, timeMs: START_MS + 60_000 })),
});

async function inTransaction(
  topic: string,
  id: string,
  messages: Message[],
  then: 'abort' | 'leave',
): Promise<{ end(): Promise<void> }> {
  const producer = bench.kafka.producer({
    transactionalId: `tx-${id}`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages });
  if (then === 'abort') {
    await transaction.abort();
    await producer.disconnect();
    await bench.stable(topic);
  }
  return {
    async end() {
      await transaction.commit();
      await producer.disconnect();
      await bench.stable(topic);
    },
  };
}
