import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { orderPlaced, until } from '@freshet/testkit';
import type { Message } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { TopicReport } from '../doctor/partitions.js';
import { startBench, type Bench, type BenchIngest } from '../testing/bench.js';
import { audit } from './audit.js';
import { doctor } from './doctor.js';
import { newIncarnation } from './source.js';

let bench: Bench;
let ingest: BenchIngest;
let health: Server;

beforeAll(async () => {
  bench = await startBench({ topics: ['orders'] });
  ingest = await bench.startIngest();
  health = createServer((_, answer) => answer.end(JSON.stringify({ partitions: ingest.engine.status() })));
  await new Promise<void>((resolve) => health.listen(0, '127.0.0.1', resolve));
  // Ingest answers on the port after the gateway's.
  bench.env['FRESHET_PORT'] = String((health.address() as AddressInfo).port - 1);
});
afterAll(async () => {
  health?.close();
  await bench?.stop();
});

let made = 0;
const order = (partition: number): Message => ({
  partition,
  value: JSON.stringify(orderPlaced({ id: `order-${(made += 1)}`, timeMs: Date.now() })),
});

async function report(): Promise<{ code: number; orders: TopicReport; states: string[] }> {
  const { code, out } = await bench.run((surroundings) => doctor({ json: true }, surroundings));
  const { topics } = JSON.parse(out) as { topics: TopicReport[] };
  const orders = topics.find(({ topic }) => topic === 'orders')!;
  return { code, orders, states: orders.partitions.map(({ state }) => state) };
}

describe('doctor', () => {
  it('tells partitions that are proven read to their end, disk use and retention', async () => {
    await bench.produce('orders', [order(0), order(0), order(1)]);
    await ingest.settle(['orders']);
    await ingest.settle(['orders']);
    expect(await report()).toMatchObject({ code: 0, states: ['proven', 'proven'] });
    const { out } = await bench.run((surroundings) => doctor({}, surroundings));
    expect(out).toMatch(/orders +0 +1 +0 +2 +1 +1 +proven/);
    expect(out).toMatch(/orders_log +3 .*35 days/);
    expect(out).toContain('orders.dlq               Kafka keeps records 1 h');
    expect(out).toContain('payments does not exist: ingest waits for it.');
  });

  it('tells an open transaction from a lag', async () => {
    const producer = bench.kafka.producer({
      transactionalId: 'tx',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'orders', messages: [order(1)] });
    const { code, orders } = await report();
    expect(code).toBe(0);
    expect(orders.partitions[1]).toMatchObject({ state: 'open transaction' });
    expect(orders.partitions[1]!.means).toContain('holds back the last 1 offsets');
    await transaction.abort();
    await producer.disconnect();
    await bench.stable('orders');
    await ingest.settle(['orders']);
  });

  it('leads an operator over a recreated topic, and the audit is whole after it', async () => {
    await ingest.stop();
    const admin = bench.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: ['orders'] });
    await until(async () => {
      await bench.createTopics(['orders']);
      return true;
    });
    await bench.stable('orders');
    await admin.disconnect();
    await bench.produce('orders', [order(0), order(0), order(0), order(0), order(1)]);
    ingest = await bench.startIngest();
    await ingest.settle(['orders']);

    const { code, orders } = await report();
    expect(code).toBe(1);
    expect(orders.partitions).toEqual([
      expect.objectContaining({
        state: 'recreated',
        remedy: expect.stringContaining('freshet source new-incarnation orders --yes') as string,
      }),
      expect.objectContaining({ state: 'recreated' }),
    ]);
    const facts = () => bench.store.rows<{ n: number }>('SELECT toUInt32(count()) AS n FROM freshet.orders');
    expect(await facts()).toEqual([{ n: 3 }]);

    const asked = await bench.run((surroundings) => newIncarnation('orders', {}, surroundings));
    expect(asked).toMatchObject({
      code: 1,
      out: expect.stringContaining('Nothing was changed: add --yes') as string,
    });
    const opened = await bench.run((surroundings) => newIncarnation('orders', { yes: true }, surroundings));
    expect(opened).toMatchObject({
      code: 0,
      out: expect.stringContaining('was made to join anew') as string,
    });
    await ingest.settle(['orders']);
    await ingest.settle(['orders']);
    expect(await facts()).toEqual([{ n: 8 }]);

    const after = await report();
    expect(after).toMatchObject({ code: 0, states: ['proven', 'proven'] });
    expect(after.orders.partitions[0]).toMatchObject({ incarnation: 2, panesThrough: 3 });
    expect(after.orders.partitions[0]!.gaps[0]).toContain('of life 1 are lost (topic_recreated)');
    const again = await bench.run((surroundings) => newIncarnation('orders', { yes: true }, surroundings));
    expect(again).toMatchObject({ code: 1, out: expect.stringContaining('nothing to open') as string });

    const audited = await bench.run((surroundings) => audit({ metric: 'orders', json: true }, surroundings));
    expect(JSON.parse(audited.out)).toMatchObject({
      panes: [{ differences: 0 }],
      log: [{ differences: 0 }],
      repeats: [{ differences: 0 }],
      lost: [{ reason: 'topic_recreated' }, { reason: 'topic_recreated' }],
    });
  });
});
