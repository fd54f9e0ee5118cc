import type {
  AlertDecision,
  AlertRecord,
  AlertTransition,
  FreshnessStore,
  LeaseRow,
  SliceMinute,
} from '@freshet/freshness';
import type { Exclusion, Freshness } from '@freshet/live-protocol';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { AlertEvaluator } from './evaluator.js';

const START = 1_700_000_000_000;

/** The port in memory, by a clock of its own; can be away. */
class MemoryStore implements FreshnessStore {
  isAway = false;
  readonly lease = new Map<string, LeaseRow>();
  readonly alerts = new Map<string, AlertRecord>();
  readonly decisions: AlertDecision[] = [];
  readonly slices: SliceMinute[] = [];
  readonly exclusions = new Map<string, Exclusion>();

  constructor(private readonly nowMs: () => number) {}

  #answer<T>(value: () => T): Promise<T> {
    return this.isAway ? Promise.reject(new Error('refused')) : Promise.resolve(value());
  }
  readLease = () => this.#answer(() => ({ nowMs: this.nowMs(), rows: [...this.lease.values()] }));
  writeLease = (row: Omit<LeaseRow, 'atMs'>) =>
    this.#answer(() => void this.lease.set(`${row.claim} ${row.holder}`, { ...row, atMs: this.nowMs() }));
  writeSlices = (minutes: readonly SliceMinute[]) => this.#answer(() => void this.slices.push(...minutes));
  readSlices = () => this.#answer(() => [...this.slices]);
  readBegun = () =>
    this.#answer(() => new Map(this.slices.map(({ metric, minuteMs }) => [metric, minuteMs])));
  readDays = () => this.#answer(() => ({ days: [], good: [] }));
  writeObjectives = () => this.#answer(() => undefined);
  writeExclusion = (exclusion: Exclusion) =>
    this.#answer(() => void this.exclusions.set(exclusion.id, exclusion));
  readExclusions = () => this.#answer(() => [...this.exclusions.values()]);
  writeAlerts = (records: readonly AlertRecord[]) =>
    this.#answer(() =>
      records.forEach((record) => this.alerts.set(record.alert.id, structuredClone(record))),
    );
  readAlerts = () => this.#answer(() => [...this.alerts.values()]);
  writeDecision = (decision: AlertDecision) => this.#answer(() => void this.decisions.push(decision));
  readDecisions = () => this.#answer(() => [...this.decisions]);
  writeEvaluations = () => this.#answer(() => undefined);
  readEvaluations = () => this.#answer(() => []);
  writeHeartbeat = () => this.#answer(() => undefined);
  readHeartbeats = () => this.#answer(() => ({ nowMs: this.nowMs(), beats: [] }));
}

class Bench {
  nowMs = START;
  status: Freshness['status'] = 'fresh';
  readonly store = new MemoryStore(() => this.nowMs);
  readonly told: AlertTransition[] = [];

  gateway(me: string): AlertEvaluator {
    const metric = {
      ...{ metric: 'orders', topic: 'orders', owner: 'commerce-team', sourceOwner: 'shop-team' },
      ...{ targetMs: 2_000, actionWindowMs: 60_000, objective: 0.995, overMs: 30 * 86_400_000 },
    };
    return new AlertEvaluator({
      clock: { nowMs: () => this.nowMs },
      store: this.store,
      transitions: {
        take: (transitions) => {
          this.told.push(...transitions);
          return Promise.resolve();
        },
      },
      log: pino({ level: 'silent' }),
      me,
      world: {
        metrics: () => [metric],
        findings: () => [],
        isKnown: () => true,
        freshness: () => [
          {
            ...{ metric: 'orders', asOfMs: this.nowMs, behindMs: 0, targetMs: 2_000, status: this.status },
            ...(this.status === 'fresh'
              ? {}
              : { stage: 'broker' as const, owner: 'platform-team', reason: 'away' }),
            ...{ stages: {}, lagMessages: 0, quiet: false },
          },
        ],
      },
    });
  }

  /** Lets time pass in quarters of a second, everything that was begun ended at each. */
  async pass(seconds: number, ...gateways: AlertEvaluator[]): Promise<void> {
    for (let i = 0; i < seconds * 4; i++) {
      this.nowMs += 250;
      for (const gateway of gateways) gateway.step();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('AlertEvaluator', () => {
  it('is one among several, and is followed within 15 s under the same alert', async () => {
    const bench = new Bench();
    const [a, b] = [bench.gateway('a'), bench.gateway('b')];
    await bench.pass(5, a, b);
    expect([a, b].filter(({ isActive }) => isActive)).toHaveLength(1);
    const [active, other] = a.isActive ? [a, b] : [b, a];
    bench.status = 'stale';
    await bench.pass(65, active, other);
    expect(bench.told.map(({ to }) => to)).toEqual(['pending', 'firing']);
    const diedMs = bench.nowMs;
    while (!other.isActive) await bench.pass(0.25, other);
    expect(bench.nowMs - diedMs).toBeLessThan(15_000);
    await bench.pass(10, other);
    expect(other.alerts()).toMatchObject([{ id: bench.told[0]?.alert.id, status: 'firing' }]);
    bench.status = 'fresh';
    await bench.pass(40, other);
    expect(bench.told.map(({ to }) => to)).toEqual(['pending', 'firing', 'resolved']);
    // The one that only slept finds that it is not the one any more.
    await bench.pass(2, active, other);
    expect([active.isActive, other.isActive]).toEqual([false, true]);
  });

  it('counts a crash as bad and a clean stop as neither', async () => {
    const bench = new Bench();
    const first = bench.gateway('a');
    await bench.pass(30, first);
    bench.nowMs += 100_000;
    const second = bench.gateway('b');
    await bench.pass(30, second);
    const bad = second.objectives()?.burns('orders')[0]?.longRate ?? 0;
    expect(Math.round(bad * 0.005 * 3_600)).toBeGreaterThan(95);
    await second.stop();
    bench.nowMs += 100_000;
    const third = bench.gateway('c');
    await bench.pass(30, third);
    expect(third.objectives()?.burns('orders')[0]?.longRate).toBeLessThan(bad * 1.1);
    expect([...bench.store.exclusions.values()]).toMatchObject([
      { kind: 'stop', untilMs: expect.any(Number) },
    ]);
  });

  it('goes on while the store is away, and nobody is silent because nobody can hold the lease', async () => {
    const bench = new Bench();
    const holder = bench.gateway('a');
    await bench.pass(5, holder);
    bench.store.isAway = true;
    bench.status = 'stale';
    const late = bench.gateway('b');
    await bench.pass(70, holder, late);
    expect([holder.isActive, late.isActive]).toEqual([true, true]);
    const firing = bench.told.filter(({ to }) => to === 'firing').map(({ alert }) => alert.key);
    expect(new Set(firing)).toEqual(new Set(['stale/broker']));
    bench.store.isAway = false;
    await bench.pass(10, holder, late);
    expect([holder, late].filter(({ isActive }) => isActive)).toHaveLength(1);
    expect([...bench.store.alerts.values()].some(({ alert }) => alert.status === 'firing')).toBe(true);
  });
});
