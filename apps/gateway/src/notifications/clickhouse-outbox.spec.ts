import { createClickHouse, migrate } from '@freshet/clickhouse';
import { Delivery, openChannel } from '@freshet/notifications';
import { firing, outboxSuite, staleAlert, startHttpReceiver } from '@freshet/notifications/testing';
import { startTestStore, type TestStore } from '@freshet/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClickHouseOutbox } from './clickhouse-outbox.js';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
  await migrate({ client: store.client, contracts: [], metrics: [] });
});
afterAll(() => store.stop());

async function emptyOutbox(): Promise<ClickHouseOutbox> {
  await store.client.command({ query: 'TRUNCATE TABLE freshet.notifications_log' });
  return new ClickHouseOutbox(store.client);
}

outboxSuite('ClickHouse', emptyOutbox);

it('holds what a killed process had not delivered, and delivers while the store itself is dead', async () => {
  await emptyOutbox();
  const hook = await startHttpReceiver();
  const links = { publicUrl: 'http://freshet.example', runbooksUrl: undefined };
  const target = { kind: 'webhook', url: hook.url, token: undefined } as const;
  const address = { name: 'platform-team/webhook/0', team: 'platform-team', hours: undefined, target };
  const both = ['page', 'ticket'] as const;
  const client = createClickHouse({
    url: store.url,
    user: 'freshet',
    password: store.credentials.freshet,
    application: 'test',
    timeoutMs: 2_000,
  });
  const failures: string[] = [];
  const gateway = () =>
    new Delivery({
      addresses: [{ ...address, severities: both }],
      channelOf: (one) => openChannel(one, links, undefined),
      outbox: new ClickHouseOutbox(client),
      clock: { nowMs: () => Date.now() },
      random: () => 0,
      events: {
        sent: () => undefined,
        failed: (_notice, reason) => failures.push(reason),
        gaveUp: () => undefined,
        unaddressed: () => undefined,
        outboxFailed: () => undefined,
      },
    });
  try {
    hook.answer(503);
    const broker = staleAlert({ id: 'stale/broker@1', sinceMs: Date.now() });
    const killed = gateway();
    await killed.take([firing(broker)]);
    await killed.pass();
    expect(failures).toEqual(['answered 503']);

    hook.answer(200);
    const next = gateway();
    await next.pass();
    expect(hook.requests).toHaveLength(2);
    expect(hook.requests[0]?.headers['idempotency-key']).toBe(hook.requests[1]?.headers['idempotency-key']);
    const third = gateway();
    await third.pass();
    expect(hook.requests).toHaveLength(2);

    await store.stop();
    const dead = staleAlert({ id: 'stale/store@1', key: 'stale/store', stage: 'store', sinceMs: Date.now() });
    await expect(third.take([firing(dead)])).rejects.toThrow();
    await third.pass();
    expect(hook.requests).toHaveLength(3);
  } finally {
    await client.close();
    await hook.stop();
  }
});
