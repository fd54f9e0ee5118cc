import { describe, expect, it } from 'vitest';
import { BurnWindows } from './burn-rate.js';
import { SliceMinutes, SliceRecorder } from './slices.js';

const objective = { metric: 'orders', objective: 0.995, overMs: 30 * 86_400_000 };
const HOUR_S = 3_600;

function burning(windows: BurnWindows): string[] {
  return windows.burns().flatMap(({ rule, isBurning }) => (isBurning ? [rule.name] : []));
}

describe('BurnWindows', () => {
  it('pages when 2 % of 30 days of budget went in an hour and it goes on', () => {
    // Budget: 0.5 % of 30 days = 12,960 s; 2 % of it: 259.2 s.
    const windows = new BurnWindows(objective);
    let second = 0;
    for (; second < HOUR_S; second++) windows.add(second, 'good');
    for (let bad = 1; bad <= 260; bad++) {
      windows.add(second++, 'bad');
      expect(burning(windows).includes('page-1h')).toBe(bad >= 260);
    }
    // The long window still holds them; the short one tells that it is over.
    for (let i = 0; i < 5 * 60; i++) windows.add(second++, 'good');
    expect(burning(windows)).toEqual([]);
    expect(windows.badSeconds(HOUR_S * 1000)).toBe(260);
  });

  it('tickets a trickle that no page sees', () => {
    const windows = new BurnWindows(objective);
    // 0.6 % of the seconds are bad: 1.2 times the even pace, above the ticket's 1.0.
    for (let second = 0; second < 72 * HOUR_S; second++)
      windows.add(second, second % 1000 < 6 ? 'bad' : 'good');
    expect(burning(windows)).toEqual(['ticket-3d']);
  });

  it('counts what was not told as bad, and maintenance as neither', () => {
    const windows = new BurnWindows(objective);
    windows.add(0, 'good');
    windows.add(1_000, 'good');
    expect(windows.badSeconds(HOUR_S * 1000)).toBe(999);
    const declared = new BurnWindows(objective);
    declared.add(0, 'good');
    declared.add(1_000, 'good', () => 'excluded');
    expect(declared.badSeconds(HOUR_S * 1000)).toBe(0);
    expect(burning(declared)).toEqual([]);
  });

  it('keeps its sums over more than the three days that it holds', () => {
    const windows = new BurnWindows(objective);
    for (let second = 0; second < 80 * HOUR_S; second++) {
      windows.add(second, second < 10 * HOUR_S ? 'bad' : second % 7 === 0 ? 'excluded' : 'good');
    }
    expect(windows.badSeconds(72 * HOUR_S * 1000)).toBe(2 * HOUR_S);
    expect(windows.badSeconds(6 * HOUR_S * 1000)).toBe(0);
  });
});

describe('SliceRecorder', () => {
  const look = (isFresh: boolean, hasEvidence = true) => [{ metric: 'orders', isFresh, hasEvidence }];

  it('a second is good when every look found it fresh; one without a look is not judged', () => {
    const recorder = new SliceRecorder([]);
    expect(recorder.look(1_000, look(false, false))).toEqual([]);
    recorder.look(2_100, look(true));
    recorder.look(2_900, look(true));
    expect(recorder.look(3_100, look(true))).toEqual([{ metric: 'orders', second: 2, verdict: 'good' }]);
    recorder.look(3_400, look(false));
    expect(recorder.look(6_000, look(true))).toEqual([{ metric: 'orders', second: 3, verdict: 'bad' }]);
  });

  it('packs seconds into minutes until they are stored', () => {
    const minutes = new SliceMinutes(1);
    minutes.add({ metric: 'orders', second: 60, verdict: 'good' });
    minutes.add({ metric: 'orders', second: 62, verdict: 'bad' });
    minutes.add({ metric: 'orders', second: 63, verdict: 'excluded' });
    const first = minutes.pending();
    expect(first).toEqual([{ metric: 'orders', minuteMs: 60_000, good: 1n, bad: 4n }]);
    minutes.add({ metric: 'orders', second: 64, verdict: 'good' });
    minutes.stored(first, 70_000);
    expect(minutes.pending()).toEqual([{ metric: 'orders', minuteMs: 60_000, good: 17n, bad: 4n }]);
    minutes.stored(minutes.pending(), 70_000);
    expect(minutes.pending()).toEqual([]);
  });
});
