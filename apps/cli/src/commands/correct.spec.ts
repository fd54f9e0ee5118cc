import { createArchiveStore, createPastStore } from '@freshet/clickhouse';
import { Archiver, DEFAULT_LIMITS, RevisionFill } from '@freshet/ingestion';
import type { MetricDefinition } from '@freshet/metrics';
import { paymentAttempted } from '@freshet/testkit';
import type { Message } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { AuditReport } from '../audit/run-audit.js';
import { startBench, type Bench, type BenchIngest } from '../testing/bench.js';
import { audit } from './audit.js';
import { correct, type CorrectOptions } from './correct.js';

let bench: Bench;
let ingest: BenchIngest;
const topics = ['payments'];
const LIMITS = { dedupeHorizonOffsets: 40, chunkOffsets: 30 };
const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 20 * 60_000;

beforeAll(async () => {
  bench = await startBench({ topics, ...LIMITS });
  ingest = await bench.startIngest();
});
afterAll(async () => {
  await bench?.stop();
});

const payment = (id: string, partition: number, latencyMs = 100): Message => ({
  partition,
  value: JSON.stringify(paymentAttempted({ id, timeMs: START_MS + 60_000 }, { latencyMs, status: 'failed' })),
});
const others = (name: string, count: number, partition: number): Message[] =>
  Array.from({ length: count }, (_, n) => payment(`${name}${n}`, partition, 50 + n));

async function report(): Promise<Pick<AuditReport, 'panes' | 'repeats' | 'differences'> & { code: number }> {
  const { code, out } = await bench.run((surroundings) => audit({ json: true }, surroundings));
  return { ...(JSON.parse(out) as AuditReport), code };
}

const run = (options: CorrectOptions): Promise<{ code: number; out: string }> =>
  bench.run((surroundings) => correct({ topic: 'payments', ...options }, surroundings));

const events = async (): Promise<number> => {
  const [row] = await bench.store.rows<{ n: number }>(
    `SELECT toInt64(sum(denominator)) AS n FROM metrics.checkout_failure_rate WHERE window_start = fromUnixTimestamp64Milli(${START_MS + 60_000})`,
  );
  return Number(row?.n);
};

it('takes back what was counted twice, and panes agree with facts again', async () => {
  await bench.produce('payments', [
    payment('twice', 0),
    payment('reused', 0),
    ...others('a', 45, 0),
    payment('twice', 0), // beyond the horizon
    payment('reused', 0, 999), // another event with that id
    ...others('b', 12, 0),
    payment('both', 0),
    ...others('c', 35, 1),
  ]);
  await bench.produce('payments', [payment('both', 1)]); // in another partition; its chunk is still filled
  await ingest.settle(topics);
  expect(await report()).toMatchObject({ code: 1, differences: 3 });
  expect(await events()).toBe(98);

  const told = await run({});
  expect(told.code).toBe(1);
  expect(told.out).toContain('1 events have the id of another event and other content');
  expect(told.out).toContain('1 repeated events are in chunks that ingest still fills');
  expect(told.out).toContain('1 repeated events can be taken back. Nothing was changed');
  expect(await events()).toBe(98);

  expect((await run({ apply: true })).out).toContain('1 repeated events were taken back');
  expect(await events()).toBe(97);
  const after = await report();
  expect(after.panes.map(({ metric, differences }) => ({ metric, differences }))).toEqual(
    after.panes.map(({ metric }) => ({ metric, differences: 0 })),
  );
  expect(after.panes.some(({ compared }) => compared > 0)).toBe(true);
  expect(after.differences).toBe(2);
});

it('is complete when the chunks are, and repeated without effect', async () => {
  await bench.produce('payments', others('d', 26, 1));
  await ingest.settle(topics);
  expect(await run({ apply: true })).toMatchObject({
    code: 1, // the id that stands for two events
    out: expect.stringContaining('1 repeated events were taken back') as string,
  });
  expect(await events()).toBe(122);
  await run({ apply: true });
  expect(await events()).toBe(122);
  expect((await report()).panes.every(({ differences }) => differences === 0)).toBe(true);
  // What repeats an event that was taken back is still a duplicate, after a restart too.
  await ingest.stop();
  ingest = await bench.startIngest();
  await bench.produce('payments', [payment('both', 1)]);
  await ingest.settle(topics);
  expect(await events()).toBe(122);
});

it('takes back what is archived already, and the audit compares the archive', async () => {
  await bench.produce('payments', [
    payment('later', 0),
    ...others('e', 40, 0),
    payment('later', 1),
    ...others('f', 40, 1),
  ]);
  await ingest.settle(topics);
  expect(await events()).toBe(204);
  const rows = async (): Promise<number> => {
    const [row] = await bench.store.rows<{ n: number }>(
      `SELECT count() AS n FROM freshet.metric_panes FINAL WHERE metric = 'checkout_failure_rate' AND chunk >= 0`,
    );
    return Number(row?.n);
  };
  const before = await rows();
  await archiveAll();
  expect(await rows()).toBeLessThan(before / 2);
  expect(await events()).toBe(204);

  expect((await run({ apply: true })).out).toContain('1 repeated events were taken back');
  expect(await events()).toBe(203);
  await run({ apply: true });
  expect(await events()).toBe(203);
  const { panes } = await report();
  expect(panes.some(({ compared }) => compared > 0)).toBe(true);
  expect(panes.every(({ differences }) => differences === 0)).toBe(true);
});

it('counts the whole past when an archived revision is read again after another one', async () => {
  const contract = bench.contracts.find(({ name }) => name === 'payments')!;
  const archived = bench.metrics.find(({ name }) => name === 'checkout_failure_rate')!;
  const other: MetricDefinition = { ...archived, revision: 'other', dimensions: [] };
  const past = createPastStore(bench.store.client, bench.contracts);
  const head = await createArchiveStore(bench.store.client).readHead(archived);
  expect(head.step).toBeGreaterThan(0);
  /** Events, counted by an ingest that knows this definition alone; it fills and promotes it. */
  const countBy = async (definition: MetricDefinition, name: string): Promise<void> => {
    await ingest.stop();
    ingest = await bench.startIngest([definition]);
    await bench.produce('payments', [...others(`${name}0`, 70, 0), ...others(`${name}1`, 70, 1)]);
    await ingest.settle(topics);
    const proposal = { contract, definitions: [definition] };
    const fill = new RevisionFill(past, proposal, ingest.owner, () => Promise.resolve('append'), {
      ...DEFAULT_LIMITS,
      ...LIMITS,
    });
    await fill.announce(ingest.engine.status());
    expect(await fill.pass(new AbortController().signal)).toMatchObject({ promoted: true, waitsFor: [] });
  };
  await countBy(other, 'g');
  expect(await events()).toBe(343);
  // What nobody reads is not archived: it lacks what only the other one counts.
  await archiveAll();
  expect(await createArchiveStore(bench.store.client).readHead(archived)).toMatchObject({ step: head.step });
  await countBy(archived, 'h');
  expect(await events()).toBe(483);
  await archiveAll();
  expect((await createArchiveStore(bench.store.client).readHead(archived)).step).toBeGreaterThan(head.step);
  expect(await events()).toBe(483);
});

it('audits the archive: a row of it that goes is a difference', async () => {
  await bench.store.client.command({
    query: `DELETE FROM freshet.metric_archived_panes WHERE metric = 'checkout_failure_rate'`,
  });
  expect((await report()).panes.find(({ metric }) => metric === 'checkout_failure_rate')).not.toMatchObject({
    differences: 0,
  });
});

let attempts = 0;

/** All that is stored in chunks that are full, without the waiting between the steps. */
async function archiveAll(): Promise<void> {
  const store = createArchiveStore(bench.store.client);
  for (const metric of bench.metrics.filter(({ source }) => source === 'payments')) {
    const archiver = new Archiver({
      store,
      metric,
      topic: 'payments',
      clock: { nowMs: () => 0 },
      newAttempt: () => String((attempts += 1)),
      limits: { afterMs: -7_200_000, rows: 10_000, everyMs: 0, settleMs: 0, graceMs: 0 },
    });
    while ((await archiver.pass()) !== 'nothing to do');
  }
}
