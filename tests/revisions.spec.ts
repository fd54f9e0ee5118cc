import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metrics, Values } from '@freshet/live-protocol';
import { until } from '@freshet/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTopics, makeEvents, produce } from './events.js';
import { startSystem, type System } from './system.js';

const minute = 60_000;
const fromMs = Math.floor(Date.now() / minute) * minute - 40 * minute;
const toMs = fromMs + 30 * minute;
const catalogue = mkdtempSync(join(tmpdir(), 'freshet-catalogue-'));
const file = join(catalogue, 'metrics', 'orders.yaml');
let system: System;

beforeAll(async () => {
  cpSync(fileURLToPath(new URL('../catalog', import.meta.url)), catalogue, { recursive: true });
  system = await startSystem({ FRESHET_CATALOG: catalogue });
  await createTopics(system.kafka);
}, 180_000);
afterAll(async () => {
  await system?.dispose();
  rmSync(catalogue, { recursive: true, force: true });
}, 60_000);

type Counts = Record<string, number>;

/** Orders of a type by minute and channel, each id once, straight from the topic. */
async function recountOf(type: string): Promise<Counts> {
  const counts: Counts = {};
  const seen = new Set<string>();
  for (const { partition, value } of await system.readTopic('orders')) {
    let event: { id?: string; type?: string; time?: string; data?: { channel?: string } };
    try {
      event = JSON.parse(value ?? '');
    } catch {
      continue;
    }
    if (event.id === undefined || seen.has(`${partition}/${event.id}`)) continue;
    seen.add(`${partition}/${event.id}`);
    if (event.type !== type) continue;
    const start = Math.floor(Date.parse(event.time ?? '') / minute) * minute;
    const key = `${start}|${event.data?.channel}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** What REST shows; undefined while it says that there is nothing to show. */
async function shown(metric: string): Promise<{ revision: string; counts: Counts } | undefined> {
  const range = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  const response = await fetch(`${system.url}/api/metrics/${metric}/values?groupBy=channel&${range}`);
  if (!response.ok) {
    expect(response.status).toBe(503);
    return undefined;
  }
  const { revision, points } = (await response.json()) as Values;
  const counts = points.map(({ start, series, value }) => [`${start}|${series[0]}`, value] as const);
  return { revision, counts: Object.fromEntries(counts) as Counts };
}

async function inView(metric: string): Promise<Counts> {
  const rows = await system.sql<{ start: string; channel: string; sum: string }>(
    `SELECT toUnixTimestamp64Milli(window_start) AS start, channel, sum(value) AS sum FROM metrics.${metric} GROUP BY ALL`,
  );
  return Object.fromEntries(rows.map(({ start, channel, sum }) => [`${start}|${channel}`, Number(sum)]));
}

const revisionOf = async (metric: string) =>
  (await system.get<Metrics>('/api/metrics')).metrics.find(({ name }) => name === metric);

test('a changed and an added definition are shown over the whole past, or not at all', async () => {
  // One key, so one partition: more than one chunk of 50,000 offsets.
  const { orders } = makeEvents(7, 60_000, fromMs, toMs);
  const one = orders.map(({ value }) => ({ key: 'one', value }));
  await produce(system.kafka, { orders: one, payments: [], clickstream: [] });
  const placed = await recountOf('orders.order_placed');
  const cancelled = await recountOf('orders.order_cancelled');
  await until(async () => sorted((await shown('orders'))?.counts ?? {}) === sorted(placed), {
    deadlineMs: 120_000,
  });
  const before = (await revisionOf('orders'))!.revision;
  const revenue = (await revisionOf('gross_revenue'))!;
  expect(await system.end('SIGTERM')).toBe(0);

  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('equals: orders.order_placed', 'equals: orders.order_cancelled'));
  writeFileSync(
    join(catalogue, 'metrics', 'placed-orders.yaml'),
    text.replace('name: orders', 'name: placed_orders').replace('title: Orders', 'title: Placed'),
  );
  const other = join(catalogue, 'metrics', 'gross-revenue.yaml');
  writeFileSync(other, readFileSync(other, 'utf8').replace(/^title: .*$/m, 'title: Turnover'));
  await system.start();
  const pid = system.pidOf('ingest');
  process.kill(pid, 'SIGKILL');

  const seen = new Set<string>();
  await until(
    async () => {
      const changed = await shown('orders');
      const added = await shown('placed_orders');
      if (changed !== undefined) {
        seen.add(changed.revision);
        expect(changed.counts).toEqual(changed.revision === before ? placed : cancelled);
      }
      if (added !== undefined) expect(added.counts).toEqual(placed);
      return added !== undefined && changed !== undefined && changed.revision !== before;
    },
    { deadlineMs: 120_000 },
  );
  expect([...seen].at(0)).toBe(before);
  await until(async () => sorted(await inView('orders')) === sorted(cancelled), {
    deadlineMs: 10_000,
  });
  expect(await inView('placed_orders')).toEqual(placed);
  expect(await revisionOf('gross_revenue')).toMatchObject({ title: 'Turnover', revision: revenue.revision });
}, 400_000);

const ordered = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const sorted = (counts: Counts) => JSON.stringify(ordered(counts));
