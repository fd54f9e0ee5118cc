import { describe, expect, it } from 'vitest';
import { lateFindings } from './alerts/late-findings.js';
import { sourceFindings } from './alerts/source-findings.js';
import { LateArrivals } from './late-arrivals.js';
import type { PartitionProgress, SourceObservation } from './observations.js';
import { sourceState, type WatchedSource } from './sources.js';

const NOW = 1_700_000_000_000;
const source: WatchedSource = {
  ...{ topic: 'orders', contract: 'orders', owner: 'commerce-team', maxSilenceMs: 900_000, targetMs: 2_000 },
  late: { share: 0.05, overMs: 300_000 },
};

/** A partition whose newest event is `silentMs` old and that is covered up to `lagMs` ago. */
const partition = (silentMs: number, lagMs: number, number = 0): PartitionProgress => ({
  ...{ topic: 'orders', incarnation: 1, partition: number, panesThrough: 99, storedAtMs: NOW },
  ...{ frontierMs: NOW - silentMs, lastLogTimeMs: NOW - silentMs, asOfMs: NOW - lagMs },
});

function stateOf(
  partitions: readonly PartitionProgress[],
  standstillMs = 0,
  more: Partial<SourceObservation> = {},
) {
  const store = { kind: 'answers', readAtMs: NOW, waitedMs: 0 } as const;
  const ends = partitions.map(({ partition: number }) => ({
    ...{ partition: number, lastStable: 150, highWatermark: 150 },
  }));
  const broker = { kind: 'answers', askedAtMs: NOW, ends } as const;
  return sourceState(source, { nowMs: NOW, store, broker, partitions, ...more }, standstillMs);
}

describe('sourceState', () => {
  it('tells quiet from silent by the contract, and both from flowing, where the log is read to its end', () => {
    expect(stateOf([partition(300, 300)]).state).toBe('flowing');
    expect(stateOf([partition(60_000, 300)]).state).toBe('quiet');
    expect(stateOf([partition(900_001, 300)])).toMatchObject({ state: 'silent', silentForMs: 900_001 });
    // One partition that brings something is enough.
    expect(stateOf([partition(900_001, 300), partition(500, 300, 1)]).state).toBe('flowing');
  });

  it('tells a backlog that is worked off from nobody who works', () => {
    const behind = [partition(20_000, 20_000), partition(300, 300, 1)];
    expect(stateOf(behind, 400)).toMatchObject({
      ...{ state: 'slow', lagMessages: 100, slowestPartition: 0, completeUpToMs: NOW - 20_000 },
      partitions: [{ lagMessages: 50, lagMs: 20_000 }, { lagMs: 300 }],
    });
    expect(stateOf(behind, 5_001).state).toBe('dead');
  });

  it('takes silence without proof for no silence: a store that does not answer is dead, nothing seen is unknown', () => {
    const fails = { kind: 'fails', sinceMs: NOW - 3_000, message: 'refused' } as const;
    expect(stateOf([partition(60_000, 300)], 0, { store: fails }).state).toBe('dead');
    expect(stateOf([]).state).toBe('unknown');
    expect(stateOf([{ ...partition(0, 0), asOfMs: -1 }], 0)).toMatchObject({
      ...{ state: 'slow', completeUpToMs: null, lagMs: null },
    });
    const away = { kind: 'fails', sinceMs: NOW, message: 'timeout' } as const;
    expect(stateOf([partition(300, 300)], 0, { broker: away }).lagMessages).toBeNull();
  });
});

describe('sourceFindings', () => {
  it('pages the topic’s owner for silence, and judges nothing that is not read to its end', () => {
    const judge = (...seen: Parameters<typeof stateOf>) =>
      sourceFindings([stateOf(...seen)], () => ['orders', 'gross_revenue']);
    const silent = judge([partition(1_000_000, 300)]);
    expect(silent).toMatchObject([
      { outcome: 'bad', metric: 'orders', stage: 'produce', owner: 'commerce-team', severity: 'page' },
      { outcome: 'bad', metric: 'gross_revenue', group: 'silent_source/orders' },
    ]);
    expect(silent[0]?.detail).toContain('no event on orders for 17 min, at most 15 min is expected');
    expect(judge([partition(60_000, 300)])[0]?.outcome).toBe('ok');
    expect(judge([partition(1_000_000, 20_000)], 6_000)[0]?.outcome).toBe('held_back');
  });
});

describe('late events', () => {
  it('are told to the topic’s owner while more than the contract’s share comes too late, over all ingest processes', () => {
    const arrivals = new LateArrivals();
    const judge = (nowMs: number) =>
      lateFindings(
        [source],
        ({ topic, late }) => arrivals.within(topic, late.overMs, nowMs),
        () => ['orders'],
      )[0];
    expect(judge(NOW)?.outcome).toBe('held_back');
    const tell = (nowMs: number, counted: number, late: number) => {
      arrivals.add(nowMs, 'a', [{ topic: 'orders', counted, late }]);
      arrivals.add(nowMs, 'b', [{ topic: 'orders', counted: 500, late: 0 }]);
    };
    tell(NOW, 1_000, 700);
    expect(judge(NOW)?.outcome).toBe('ok');
    tell(NOW + 10_000, 1_900, 744);
    expect(judge(NOW + 10_000)?.outcome).toBe('ok');
    tell(NOW + 20_000, 2_000, 760);
    expect(judge(NOW + 20_000)).toMatchObject({
      ...{ outcome: 'bad', group: 'late_events/orders', owner: 'commerce-team', severity: 'ticket' },
      detail: expect.stringContaining('6 % of the events on orders in the last 300 s (60 of 1000)'),
    });
    for (let at = 30_000; at <= 330_000; at += 10_000) tell(NOW + at, 2_000 + at / 10, 760);
    expect(judge(NOW + 330_000)?.outcome).toBe('ok');
    expect(judge(NOW + 400_000)?.outcome).toBe('held_back');
  });

  it('of a quiet night are few, whatever share they are', () => {
    const arrivals = new LateArrivals();
    for (const [at, late] of [
      [0, 0],
      [10_000, 19],
    ] as const)
      arrivals.add(NOW + at, 'a', [{ topic: 'orders', counted: late, late }]);
    const shareOf = () => arrivals.within('orders', 300_000, NOW + 10_000);
    expect(lateFindings([source], shareOf, () => [])[0]?.outcome).toBe('ok');
  });
});
