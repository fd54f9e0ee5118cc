import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Health, Metrics, Values } from '@freshet/live-protocol';
import { until } from '@freshet/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTopics, makeEvents, produce } from './events.js';
import { absent, centavos, CONTRACTS, olistPayments, paymentMessage, type Row } from './real-data/rows.js';
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

interface LoggedEvent {
  readonly id?: string;
  readonly type?: string;
  readonly time?: string;
  readonly data?: { readonly channel?: string; readonly userId?: string };
}

/** Events straight from the topic, each id of a partition once. */
async function eventsOf(topic: string): Promise<readonly LoggedEvent[]> {
  const events = new Map<string, LoggedEvent>();
  for (const { partition, value } of await system.readTopic(topic)) {
    let event: LoggedEvent;
    try {
      event = JSON.parse(value ?? '');
    } catch {
      continue;
    }
    const key = `${partition}/${event.id}`;
    if (event.id !== undefined && !events.has(key)) events.set(key, event);
  }
  return [...events.values()];
}

/** Orders of a type by minute and channel. */
async function recountOf(type: string): Promise<Counts> {
  const counts: Counts = {};
  for (const event of await eventsOf('orders')) {
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

const freshet = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['apps/cli/bin/compiled.mjs', ...args], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ...system.env, FRESHET_CATALOG: catalogue },
  });

test('files are edited, added and removed while all runs', async () => {
  const ingest = system.pidOf('ingest');
  const gateway = system.pidOf('gateway');
  const placed = await recountOf('orders.order_placed');
  const cancelled = await recountOf('orders.order_cancelled');
  const cancelledRevision = (await revisionOf('orders'))!.revision;
  const text = readFileSync(file, 'utf8');
  const problems = async () => (await system.get<Metrics>('/api/metrics')).problems;

  // A broken file changes nothing, and says where it is broken.
  writeFileSync(file, text.replace('measure:', 'mesure:'));
  await until(
    async () => (await problems()).some((line) => /orders\.yaml:\d+:\d+: .*nearest: "measure"/.test(line)),
    {
      deadlineMs: 60_000,
    },
  );
  expect((await system.get<Health>('/api/health')).checks['catalogue']?.detail).toMatch(/refused/);
  expect((await shown('orders'))?.counts).toEqual(cancelled);

  // An edit that waits for a person, and one of words beside it.
  const byHand = text
    .replace('equals: orders.order_cancelled', 'equals: orders.order_placed')
    .replace('replay: { contract: recompute }', 'replay: { contract: recompute, promotion: by-hand }')
    .replace(/^title: .*$/m, 'title: Sold');
  writeFileSync(file, byHand);
  let revision = '';
  await until(
    async () => {
      const { proposal } = (await revisionOf('orders'))!;
      revision = proposal?.revision ?? '';
      return (
        proposal !== undefined && proposal.byHand && proposal.filled === proposal.total && proposal.total > 0
      );
    },
    { deadlineMs: 120_000 },
  );
  expect(await problems()).toEqual([]);
  expect(await shown('orders')).toEqual({ revision: cancelledRevision, counts: cancelled });
  await freshet('catalog', 'promote', 'orders', revision);
  await until(
    async () => {
      const now = await shown('orders');
      expect(now?.counts).toEqual(now?.revision === cancelledRevision ? cancelled : placed);
      return now?.revision === revision;
    },
    { deadlineMs: 120_000 },
  );

  // Rolling back is promoting the old revision again, although the file says another one.
  await freshet('catalog', 'promote', 'orders', cancelledRevision);
  await until(
    async () => {
      const now = await shown('orders');
      expect(now?.counts).toEqual(now?.revision === cancelledRevision ? cancelled : placed);
      return now?.revision === cancelledRevision;
    },
    { deadlineMs: 120_000 },
  );
  const { promotions } = (await revisionOf('orders'))!;
  expect(promotions.map((each) => each.revision).slice(-2)).toEqual([revision, cancelledRevision]);
  expect(promotions.map(({ isFirst }) => isFirst)).toEqual(promotions.map((_, index) => index === 0));

  // Only words: no other revision, and nothing is counted again.
  writeFileSync(
    file,
    byHand.replace('title: Sold', 'title: Sold today').replace('owner: commerce-team', 'owner: growth-team'),
  );
  const other = join(catalogue, 'metrics', 'gross-revenue.yaml');
  const before = (await revisionOf('gross_revenue'))!;
  writeFileSync(other, readFileSync(other, 'utf8').replace(/^title: .*$/m, 'title: Takings'));
  await until(async () => (await revisionOf('gross_revenue'))?.title === 'Takings', { deadlineMs: 60_000 });
  expect(await revisionOf('gross_revenue')).toMatchObject({
    revision: before.revision,
    promotions: before.promotions,
  });

  // A file that is gone.
  rmSync(join(catalogue, 'metrics', 'placed-orders.yaml'));
  await until(async () => (await revisionOf('placed_orders')) === undefined, { deadlineMs: 60_000 });
  await until(
    async () =>
      (await system.sql(`SELECT 1 FROM system.tables WHERE database = 'metrics' AND name = 'placed_orders'`))
        .length === 0,
    { deadlineMs: 60_000 },
  );
  expect([system.pidOf('ingest'), system.pidOf('gateway')]).toEqual([ingest, gateway]);
}, 600_000);

test('teams and business are followed while all runs, and a broken one changes nothing', async () => {
  const metrics = () => system.get<Metrics>('/api/metrics');
  const edit = (name: string, from: string | RegExp, to: string): void => {
    const path = join(catalogue, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
  };
  edit('teams.yaml', 'title: Payments', 'title: Money');
  edit('business.yaml', /^name: .*$/m, 'name: Elder Supply');
  await until(async () => (await metrics()).business.name === 'Elder Supply', { deadlineMs: 60_000 });
  expect((await metrics()).metrics.map(({ team }) => team)).toContain('Money');

  // Ingest says it, too: it is the one that would count by another time zone.
  edit('business.yaml', 'timeZone: Europe/London', 'timeZone: Europe/Londn');
  edit('teams.yaml', 'title: Money', 'titel: Money');
  const refusals = [
    /business\.yaml:\d+:\d+: .*nearest: "Europe\/London"/,
    /teams\.yaml:\d+:\d+: .*nearest: "title"/,
  ];
  await until(
    async () => {
      const { problems } = await metrics();
      const ingest = await fetch(`http://127.0.0.1:${Number(system.env['FRESHET_PORT']) + 1}/health`);
      const { catalogue: refused } = (await ingest.json()) as { catalogue: string[] };
      return [problems, refused].every((lines) =>
        refusals.every((refusal) => lines.some((line) => refusal.test(line))),
      );
    },
    { deadlineMs: 60_000 },
  );
  expect((await metrics()).business).toMatchObject({ name: 'Elder Supply', timeZone: 'Europe/London' });
  edit('business.yaml', 'Europe/Londn', 'Europe/London');
  edit('teams.yaml', 'titel: Money', 'title: Money');
  await until(async () => (await metrics()).problems.length === 0, { deadlineMs: 60_000 });
}, 300_000);

test('a new contract and its metric are counted without a restart', async () => {
  const ingest = system.pidOf('ingest');
  const { rows, contract, messageOf } = payments();
  const sums: Record<string, bigint> = {};
  const seen = new Set<string>();
  for (const row of rows) {
    const id = `${row['order_id']} ${row['payment_sequential']}`;
    if (seen.has(id)) continue;
    seen.add(id);
    const type = row['payment_type'] ?? '';
    sums[type] = (sums[type] ?? 0n) + centavos(row['payment_value'] ?? '');
  }
  const admin = system.kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'olist.payments', numPartitions: 2 }] });
  await admin.disconnect();
  writeFileSync(join(catalogue, 'contracts', 'olist-payments.yaml'), contract);
  writeFileSync(
    join(catalogue, 'metrics', 'olist-paid.yaml'),
    `apiVersion: freshet/v1
kind: Metric
name: olist_paid
title: Paid
description: Value of the payments by way of paying.
owner: payments-team
source: olist_payments
measure: { sum: { field: valueMinor } }
dimensions: [paymentType, currency]
window: { tumbling: 1m }
lateness: { watermarkDelay: 5s, allowed: 10m }
freshness: { target: 2s, objective: 99.5%, over: 30d, actionWindow: 60s }
unit: money
goodDirection: up
runbook: docs/runbooks/gross-revenue.md
`,
  );
  const producer = system.kafka.producer({ idempotent: true });
  await producer.connect();
  const messages = rows.map((row, index) => ({
    key: row['order_id'] ?? '',
    value: JSON.stringify(messageOf(row, fromMs + (index % 1800) * 1000)),
  }));
  for (let at = 0; at < messages.length; at += 2000)
    await producer.send({ topic: 'olist.payments', messages: messages.slice(at, at + 2000) });
  await producer.disconnect();

  const wanted = Object.fromEntries(Object.entries(sums).map(([type, sum]) => [type, Number(sum) / 100]));
  const range = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  const inRest = async () => {
    const response = await fetch(`${system.url}/api/metrics/olist_paid/values?groupBy=paymentType&${range}`);
    if (!response.ok) return {};
    const totals: Record<string, bigint> = {};
    for (const { series, value } of ((await response.json()) as Values).points)
      totals[series[0] ?? ''] = (totals[series[0] ?? ''] ?? 0n) + BigInt(Math.round((value ?? 0) * 100));
    return Object.fromEntries(Object.entries(totals).map(([type, sum]) => [type, Number(sum) / 100]));
  };
  await until(async () => same(await inRest(), wanted), { deadlineMs: 120_000 });
  expect(system.pidOf('ingest')).toBe(ingest);
}, 300_000);

test('a lookup file that is changed counts its metrics anew, and a broken one changes nothing', async () => {
  const table = join(catalogue, 'lookups', 'kinds.csv');
  const kindsOf = (kinds: Readonly<Record<string, string>>): string =>
    ['channel,kind', ...Object.entries(kinds).map((entry) => entry.join(',')), ''].join('\n');
  const placed = await recountOf('orders.order_placed');
  const expected = (kinds: Readonly<Record<string, string>>): string => {
    const sums: Counts = {};
    for (const [key, count] of Object.entries(placed)) {
      const kind = kinds[key.split('|')[1] ?? ''] ?? 'elsewhere';
      sums[kind] = (sums[kind] ?? 0) + count;
    }
    return sorted(sums);
  };
  const inKinds = async (): Promise<string> => {
    const rows = await system.sql<{ kind: string; sum: string }>(
      'SELECT kind, sum(value) AS sum FROM metrics.orders_by_kind GROUP BY kind',
    );
    return sorted(Object.fromEntries(rows.map(({ kind, sum }) => [kind, Number(sum)])));
  };
  const problems = async () => (await system.get<Metrics>('/api/metrics')).problems;
  const before = { web: 'online', app: 'online' };
  const after = { web: 'online', app: 'mobile' };

  mkdirSync(join(catalogue, 'lookups'));
  writeFileSync(table, kindsOf(before));
  writeFileSync(
    join(catalogue, 'metrics', 'orders-by-kind.yaml'),
    `apiVersion: freshet/v1
kind: Metric
name: orders_by_kind
title: Orders by kind
owner: commerce-team
source: orders
filter: { field: type, equals: orders.order_placed }
measure: { count: {} }
dimensions: [{ name: kind, field: channel, mapping: { file: kinds.csv, otherwise: elsewhere } }]
window: { tumbling: 1m }
lateness: { watermarkDelay: 5s, allowed: 10m }
freshness: { target: 2s, objective: 99.5% }
unit: count
runbook: docs/runbooks/orders.md
`,
  );
  await until(async () => (await inKinds()) === expected(before), { deadlineMs: 120_000 });
  writeFileSync(table, `${kindsOf(before)}marketplace\n`);
  await until(async () => (await problems()).some((line) => line.includes('lookups/kinds.csv:4:1: ')), {
    deadlineMs: 60_000,
  });
  expect(await inKinds()).toBe(expected(before));
  writeFileSync(table, kindsOf(after));
  const seen = new Set<string>();
  await until(
    async () => {
      seen.add(await inKinds());
      return seen.has(expected(after));
    },
    { deadlineMs: 120_000 },
  );
  expect([...seen].filter((sums) => sums !== expected(before))).toEqual([expected(after)]);
  expect(await problems()).toEqual([]);
}, 400_000);

test('sessions are the same from the topic, the view, REST and the facts, also through a crash', async () => {
  const visits = join(catalogue, 'metrics', 'visits.yaml');
  const gapMs = minute;
  writeFileSync(
    visits,
    `apiVersion: freshet/v1
kind: Metric
name: visits
title: Length of visits
owner: growth-team
source: clickstream
measure: { ratio: { numerator: { duration: {} }, denominator: { sessions: {} } } }
window: { session: { gap: 1m, by: userId } }
lateness: { watermarkDelay: 5s, allowed: 1m }
freshness: { target: 2s, objective: 99.5% }
unit: seconds
runbook: docs/runbooks/page-views.md
`,
  );
  const clicks = (seed: number) => ({ ...makeEvents(seed, 3_000, fromMs, toMs), orders: [], payments: [] });
  await produce(system.kafka, clicks(9));

  /** Sessions as `user|start|end`, straight from the topic. */
  const recount = async () => {
    const times = new Map<string, number[]>();
    for (const event of await eventsOf('clickstream')) {
      const user = event.data?.userId ?? '';
      times.set(user, [...(times.get(user) ?? []), Date.parse(event.time ?? '')]);
    }
    return [...times].flatMap(([user, all]) => {
      const runs: { startMs: number; endMs: number }[] = [];
      for (const at of all.toSorted((a, b) => a - b)) {
        const run = runs.at(-1);
        if (run !== undefined && at < run.endMs) run.endMs = at + gapMs;
        else runs.push({ startMs: at, endMs: at + gapMs });
      }
      return runs.map(({ startMs, endMs }) => ({ user, startMs, endMs }));
    });
  };
  const agree = async (wanted: Awaited<ReturnType<typeof recount>>) => {
    const rows = await system.sql<{ session: string; start: string; end: string }>(
      `SELECT session, toUnixTimestamp64Milli(window_start) AS start, toUnixTimestamp64Milli(window_end) AS end
       FROM metrics.visits`,
    );
    const told = rows.map(({ session, start, end }) => `${session}|${start}|${end}`).sort();
    const view = same(told, wanted.map(({ user, startMs, endMs }) => `${user}|${startMs}|${endMs}`).sort());
    const lengths = new Map<number, number[]>();
    for (const { startMs, endMs } of wanted) {
      const step = Math.ceil(endMs / minute) * minute;
      if (step > fromMs && step <= toMs)
        lengths.set(step, [...(lengths.get(step) ?? []), endMs - gapMs - startMs]);
    }
    const means = [...lengths].map(([end, all]) => {
      const seconds = all.reduce((sum, ms) => sum + ms, 0) / 1000;
      return [String(end), seconds / all.length] as const;
    });
    const range = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
    const response = await fetch(`${system.url}/api/metrics/visits/values?${range}`);
    if (!response.ok) return false;
    const { points } = (await response.json()) as Values;
    const rest = points
      .filter(({ value }) => value !== null)
      .map(({ end, value }) => [String(end), value] as const);
    const rounded = (all: readonly (readonly [string, number | null])[]) =>
      Object.fromEntries(all.map(([end, value]) => [end, (value ?? 0).toPrecision(9)]));
    return wanted.length > 1000 && view && same(rounded(rest), rounded(means));
  };
  const isMade = async () =>
    (await system.sql(`SELECT 1 FROM system.tables WHERE database = 'metrics' AND name = 'visits'`)).length >
    0;
  const before = await recount();
  await until(async () => (await isMade()) && (await agree(before)), { deadlineMs: 180_000 });

  // Other events of the same users between those of before: sessions grow together, and late events come.
  const crashed = produce(system.kafka, clicks(10));
  process.kill(system.pidOf('ingest'), 'SIGKILL');
  await crashed;
  const after = await recount();
  expect(after).not.toEqual(before);
  await until(() => agree(after), { deadlineMs: 180_000 });

  const { stdout } = await freshet('audit', '--metric', 'visits', '--from', '2h', '--no-log', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ differences: 0, panes: [{ metric: 'visits', differences: 0 }] });
  expect((await freshet('catalog', 'preview', visits, '--last', '1h')).stdout).toContain('Length of visits');
}, 600_000);

/** Payments that were not made for us, as they are; where they may not be read, a few of the same form. */
function payments(): { rows: Row[]; contract: string; messageOf: (row: Row, atMs: number) => object } {
  const contract = readFileSync(join(CONTRACTS, 'olist-payments.yaml'), 'utf8');
  if (absent === undefined) return { rows: olistPayments(), contract, messageOf: paymentMessage };
  const types = ['boleto', 'credit_card', 'voucher'];
  const rows = Array.from({ length: 3000 }, (_, n) => ({
    order_id: `o${n % 2900}`,
    payment_sequential: String(1 + (n % 3)),
    payment_type: types[n % 3] ?? '',
    payment_installments: '1',
    payment_value: `${n % 700}.${String(n % 100).padStart(2, '0')}`,
  }));
  return { rows, contract, messageOf: paymentMessage };
}

const same = (a: object, b: object) =>
  JSON.stringify(Object.entries(a).toSorted()) === JSON.stringify(Object.entries(b).toSorted());
const ordered = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const sorted = (counts: Counts) => JSON.stringify(ordered(counts));
