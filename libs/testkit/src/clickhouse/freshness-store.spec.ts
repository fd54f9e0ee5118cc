import { createFreshnessStore, migrate } from '@freshet/clickhouse';
import {
  AlertBook,
  nextLeaseStep,
  type Finding,
  type FreshnessStore,
  type SliceMinute,
} from '@freshet/freshness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from './test-store.js';

const MINUTE = 60_000;
const ALL = (1n << 60n) - 1n;
const DAY = 86_400_000;

describe('freshness and alerts in a real store', () => {
  let server: TestStore;
  let store: FreshnessStore;

  beforeAll(async () => {
    server = await startTestStore();
    await migrate({ client: server.client, contracts: [], metrics: [] });
    // As the gateway, whose rights these are.
    store = createFreshnessStore(server.clientOf('gateway'));
  });
  afterAll(() => server?.stop());

  it('counts a month: absent seconds are bad, excluded ones neither, repeats nothing', async () => {
    const nowMs = Math.floor(Date.now() / MINUTE) * MINUTE;
    const startMs = nowMs - 60 * MINUTE;
    const minute = (index: number, good: bigint, bad = 0n): SliceMinute => ({
      metric: 'orders',
      minuteMs: startMs + index * MINUTE,
      good,
      bad,
    });
    // Begins at second 30; then 20 good minutes, the second of them contradicted for 10 s by another evaluator.
    const minutes = [
      minute(0, ALL ^ ((1n << 30n) - 1n)),
      ...Array.from({ length: 19 }, (_, i) => minute(i + 1, ALL)),
    ];
    await store.writeSlices(minutes);
    await store.writeSlices(minutes);
    await store.writeSlices([minute(1, 0n, (1n << 10n) - 1n)]);
    // Minutes 20 to 29: nobody judged (a crash). 30 to 39: maintenance, in two overlapping declarations; 40 to 49: good.
    await store.writeSlices(Array.from({ length: 10 }, (_, i) => minute(40 + i, ALL)));
    const declared = { kind: 'maintenance', metrics: ['orders'], reason: 'move', by: 'anna' } as const;
    const at = (index: number): number => startMs + index * MINUTE;
    await store.writeExclusion({ ...declared, metrics: [], id: 'a', fromMs: at(30), untilMs: at(36) });
    await store.writeExclusion({
      ...declared,
      metrics: ['orders'],
      id: 'b',
      fromMs: at(33),
      untilMs: at(40),
    });
    await store.writeExclusion({ ...declared, metrics: ['other'], id: 'c', fromMs: at(0), untilMs: at(60) });
    // From minute 50 on: a clean stop that has not ended.
    const stop = { id: 'stop', kind: 'stop', metrics: [], fromMs: at(50), untilMs: null } as const;
    await store.writeExclusion({ ...stop, metrics: [], reason: 'stopped', by: 'gateway' });
    const kept = { metric: 'orders', owner: 'commerce-team', targetMs: 2_000, actionWindowMs: MINUTE };
    await store.writeObjectives([{ ...kept, objective: 0.995, overMs: 30 * DAY }]);

    const rows = await server.rows<Record<string, number>>(
      `SELECT good_seconds, bad_seconds, excluded_seconds, compliance, budget_seconds, budget_left,
         toUnixTimestamp(began_at) AS began, toUnixTimestamp(through) AS through FROM freshet.objective_compliance`,
    );
    const [row] = rows;
    const good = 30 + 19 * 60 - 10 + 10 * 60;
    const bad = 10 + 10 * 60;
    const through = Number(row?.['through']);
    expect(rows).toHaveLength(1);
    expect(row).toMatchObject({ began: at(0) / 1000 + 30, compliance: good / (good + bad) });
    expect(Number(row?.['good_seconds'])).toBe(good);
    expect(Number(row?.['bad_seconds'])).toBe(bad);
    expect(Number(row?.['excluded_seconds'])).toBe(600 + through - at(50) / 1000);
    expect(row?.['budget_seconds']).toBeCloseTo(12_960);
    expect(row?.['budget_left']).toBeCloseTo(1 - bad / 12_960);
    expect(await store.readBegun()).toEqual(new Map([['orders', at(0) + 30_000]]));
    expect(await store.readSlices(at(1))).toContainEqual(minute(1, ALL, (1n << 10n) - 1n));
    const days = await store.readDays(startMs - DAY, nowMs, 'Europe/London');
    expect(days.good.reduce((sum, { seconds }) => sum + seconds, 0)).toBe(good);
    expect(days.days.length).toBeGreaterThanOrEqual(2);
    expect((await store.readExclusions(nowMs)).map(({ id }) => id)).toEqual(['c', 'stop']);
  });

  it('keeps alerts, decisions and evaluations for the next evaluator and for analysts', async () => {
    const nowMs = Date.now();
    const book = new AlertBook();
    const finding: Finding = {
      subject: 'stale/orders',
      group: 'stale/store',
      outcome: 'bad',
      kind: 'stale',
      severity: 'page',
      metric: 'orders',
      stage: 'store',
      owner: 'platform-team',
      detail: 'refused',
      holdMs: 0,
      clearMs: 0,
    };
    book.evaluate(nowMs, [finding]);
    await store.writeAlerts(book.takeDirty());
    const id = book.alerts()[0]?.id as string;
    await store.writeDecision({ kind: 'acknowledge', id, by: 'anna', atMs: nowMs, note: 'on it' });
    const other = new AlertBook();
    other.restore(await store.readAlerts(0), await store.readDecisions(nowMs - 1), nowMs);
    other.evaluate(nowMs + 1_000, [finding]);
    expect(other.alerts()[0]).toMatchObject({ id, status: 'acknowledged', acknowledged: { by: 'anna' } });
    await store.writeAlerts(other.takeDirty());
    other.evaluate(nowMs + 2_000, [{ ...finding, outcome: 'ok' }]);
    await store.writeAlerts(other.takeDirty());
    const seen = await server.rows(
      `SELECT key, status, metrics, stage, owner, fired_at IS NULL AS unfired, resolved_at IS NULL AS unresolved, acknowledged_by
       FROM freshet.alerts`,
    );
    expect(seen).toEqual([
      {
        ...{
          key: 'stale/store',
          status: 'resolved',
          metrics: ['orders'],
          stage: 'store',
          owner: 'platform-team',
        },
        ...{ unfired: 0, unresolved: 0, acknowledged_by: 'anna' },
      },
    ]);
    const run = { subject: 'stale/orders', fromMs: nowMs, untilMs: nowMs + 5, count: 2, detail: 'refused' };
    await store.writeEvaluations([
      { ...run, group: 'stale/store', outcome: 'timeout' },
      { ...run, group: 'stale/ingest', outcome: 'ok', fromMs: nowMs + 10, untilMs: nowMs + 10, count: 1 },
    ]);
    const history = await store.readEvaluations('stale/store', 10);
    expect(history.map(({ outcome, count }) => [outcome, count])).toEqual([
      ['ok', 1],
      ['timeout', 2],
    ]);
  });

  it('has one lease by its own clock, and the word of every process', async () => {
    expect(await store.readLease()).toMatchObject({ rows: [] });
    await store.writeLease({ claim: 1, holder: 'a', isReleased: false });
    await store.writeLease({ claim: 1, holder: 'a', isReleased: false });
    const { rows, nowMs } = await store.readLease();
    expect(rows).toHaveLength(1);
    expect(nextLeaseStep('a', rows, nowMs)).toEqual({ kind: 'hold', claim: 1 });
    expect(nextLeaseStep('b', rows, nowMs).kind).toBe('wait');
    const arrivals = [{ topic: 'orders', counted: 9, late: 2 }];
    const beat = { role: 'ingest', instance: 'x', ownMs: 5, roundTripMs: 3, flushMs: 20, arrivals } as const;
    await store.writeHeartbeat(beat);
    expect((await store.readHeartbeats()).beats).toMatchObject([beat]);
  });
});
