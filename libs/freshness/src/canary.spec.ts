import { describe, expect, it } from 'vitest';
import type { Freshness } from '@freshet/live-protocol';
import { CanaryFlights, canaryFinding } from './canary.js';
import { skewByStore, skewFindings, skewOf } from './clock-skew.js';

describe('CanaryFlights', () => {
  const covers = (offset: number, storedMs: number) => [{ partition: 0, panesThrough: offset, storedMs }];

  it('tells the time of each stage, and where one is held up', () => {
    const flights = new CanaryFlights();
    expect(flights.state(0, null).state).toBe('off');
    flights.sent(1, 1_000);
    flights.acknowledged(1, 0, 41, 1_010);
    expect(flights.covered(1_100, covers(40, 1_090))).toBeNull();
    expect(flights.covered(1_400, covers(41, 1_310))).toBe(1);
    flights.served(1, 1_450);
    expect(flights.state(1_500, 40)).toMatchObject({
      ...{ state: 'ok', sequence: 1, totalMs: 450 },
      stages: [
        { stage: 'broker', ms: 10 },
        { stage: 'ingest', ms: 260 },
        { stage: 'store', ms: 40 },
        { stage: 'serve', ms: 140 },
      ],
    });
    flights.sent(2, 2_000);
    expect(flights.waitingAt).toBe('broker');
    flights.acknowledged(2, 0, 42, 2_010);
    expect(flights.state(8_000, null)).toMatchObject({
      state: 'late',
      detail: expect.stringContaining('ingest'),
    });
    expect(flights.state(18_000, null).state).toBe('lost');
    flights.covered(18_100, covers(42, 18_050));
    expect(flights.waitingAt).toBe('serve');
  });

  it('keeps no more than two minutes of them', () => {
    const flights = new CanaryFlights();
    for (let i = 0; i < 1_000; i++) flights.sent(i, i * 1_000);
    expect(flights.state(1_000_000, null).detail).toContain('nothing came through for 120.0 s');
  });
});

it('pages nobody for the canary while the metrics of the same way do', () => {
  const flights = new CanaryFlights();
  flights.sent(1, 0);
  const found = (...stages: (Freshness['stage'] | 'fresh')[]) =>
    canaryFinding(
      flights.state(20_000, null),
      'broker',
      () => 'platform-team',
      stages.map((stage) => ({
        ...{ metric: 'orders', asOfMs: 0, behindMs: 0, targetMs: 2_000, stages: {}, lagMessages: 0 },
        ...(stage === 'fresh' ? { status: 'fresh' } : { status: 'stale', stage: stage ?? 'ingest' }),
        quiet: false,
      })),
    ).outcome;
  expect([found('fresh'), found('fresh', 'produce')]).toEqual(['bad', 'bad']);
  expect([found('fresh', 'broker'), found('store')]).toEqual(['held_back', 'held_back']);
});

describe('clock skew', () => {
  it('is known up to half of the round trip, and added up over the store', () => {
    expect(skewOf('store', 1_000, 6_100, 1_200)).toMatchObject({ skewMs: 5_000, boundMs: 100 });
    // Their clock is 2 s ahead of the store's, which is 5 s ahead of ours.
    const store = skewOf('store', 1_000, 6_000, 1_000);
    expect(skewByStore('ingest a', 10_000, 8_005, 10, store)).toMatchObject({ skewMs: 7_000, boundMs: 5 });
  });

  it('is bad only beyond doubt', () => {
    const at = (skewMs: number, boundMs: number) =>
      skewFindings([{ machine: 'store', skewMs, boundMs, atMs: 0 }], 'platform-team')[0]?.outcome;
    expect([at(1_500, 600), at(-1_500, 600), at(-1_700, 600)]).toEqual(['ok', 'ok', 'bad']);
  });
});
