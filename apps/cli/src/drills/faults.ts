import { setTimeout as delay } from 'node:timers/promises';

import { createFreshnessStore } from '@freshet/clickhouse';
import { CANARY_TOPIC } from '@freshet/contracts';
import kafkajs from 'kafkajs';

import { openClickHouse } from '../operations/connections.js';
import type { DrillWorld } from './world.js';

/** Ends a fault; may be called twice. */
export type Heal = () => Promise<void>;

/** Stops a process where it stands, as a hung machine would; it keeps its sockets and its memory. */
export function pause(pid: number): Heal {
  process.kill(pid, 'SIGSTOP');
  return () => {
    resume(pid);
    return Promise.resolve();
  };
}

/** Lets a process run for `runMs` of every `runMs + stopMs`. */
export function slow(pid: number, runMs: number, stopMs: number): Heal {
  const healed = new AbortController();
  const turns = async (): Promise<void> => {
    while (!healed.signal.aborted) {
      process.kill(pid, 'SIGSTOP');
      await delay(stopMs, undefined, { signal: healed.signal }).catch(() => undefined);
      resume(pid);
      await delay(runMs, undefined, { signal: healed.signal }).catch(() => undefined);
    }
  };
  const ended = turns().catch(() => undefined); // the process ended: nothing is left to slow
  return async () => {
    healed.abort();
    await ended;
    resume(pid);
  };
}

function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It ended meanwhile; whoever supervises it starts it again.
  }
}

/** One record that nobody will ever read: the transaction is aborted in the end. */
export async function openTransaction(world: DrillWorld, topic: string): Promise<Heal> {
  const producer = world.kafka().producer({
    transactionalId: `freshet-drill-${process.pid}`,
    maxInFlightRequests: 1,
    idempotent: true,
    transactionTimeout: 600_000,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'a drill: never committed', partition: 0 }] });
  let isOpen = true;
  return async () => {
    if (!isOpen) return;
    isOpen = false;
    await transaction.abort();
    await producer.disconnect();
  };
}

/** Lets the broker take no message as large as a canary on its topic. */
export async function refuseCanaries(world: DrillWorld): Promise<Heal> {
  const admin = world.kafka().admin();
  await admin.connect();
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: CANARY_TOPIC };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
  const set = (resources[0]?.configEntries ?? [])
    .filter(({ isDefault, readOnly }) => !isDefault && !readOnly)
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
  // Kafka replaces the whole list.
  const alter = (configEntries: typeof set): Promise<unknown> =>
    admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
  const others = set.filter(({ name }) => name !== 'max.message.bytes');
  await alter([...others, { name: 'max.message.bytes', value: '1' }]);
  let isRefused = true;
  return async () => {
    if (!isRefused) return;
    isRefused = false;
    await alter(set);
    await admin.disconnect();
  };
}

const TELL_EVERY_MS = 3_000;
const AHEAD_MS = 10_000;
/** For as long as the end of the alert may take, its clock is right again. */
const RIGHT_FOR_MS = 120_000;

/** Writes the word of a process that does not exist, and whose clock is ahead; no real clock is touched. */
export async function tellWrongTime({ config }: DrillWorld): Promise<Heal> {
  const client = openClickHouse(config);
  const store = createFreshnessStore(client);
  const tell = (aheadMs: number): Promise<void> =>
    store.writeHeartbeat({
      ...{ role: 'ingest', instance: 'drill', ownMs: Date.now() + aheadMs, roundTripMs: 0, flushMs: -1 },
      arrivals: [],
    });
  await tell(AHEAD_MS);
  let aheadMs = AHEAD_MS;
  let endsAtMs = Infinity;
  const timer = setInterval(() => {
    if (Date.now() < endsAtMs) return void tell(aheadMs).catch(() => undefined);
    clearInterval(timer);
    void client.close();
  }, TELL_EVERY_MS).unref();
  return () => {
    if (aheadMs > 0) endsAtMs = Date.now() + RIGHT_FOR_MS;
    aheadMs = 0;
    return Promise.resolve();
  };
}
