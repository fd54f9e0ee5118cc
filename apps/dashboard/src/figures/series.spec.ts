import { type Point } from '@freshet/live-protocol';
import { describe, expect, it } from 'vitest';
import { closedThroughMs, mainLine, revisedMarks, sliceAt, toLines } from './series.js';

const MINUTE = 60_000;
const count = {
  measure: 'count',
  window: { kind: 'tumbling', sizeMs: MINUTE, everyMs: MINUTE },
  lateness: { watermarkDelayMs: 5_000, allowedMs: 600_000 },
} as const;

function point(endMinute: number, value: number | null, more: Partial<Point> = {}): Point {
  const end = endMinute * MINUTE;
  return {
    start: end - MINUTE,
    end,
    series: [],
    value,
    state: 'live',
    partial: false,
    incomplete: false,
    lateEvents: 0,
    ...more,
  };
}

describe('revisedMarks', () => {
  it('keeps the newest of those that stand too near to each other', () => {
    const revised = { state: 'revised', lateEvents: 1 } as const;
    const points = Array.from({ length: 12 }, (_, i) => point(i + 1, i === 4 ? null : i, revised));
    const [line] = toLines(count, [...points, point(13, 1, { state: 'final' })], MINUTE, 13 * MINUTE, 'UTC');
    const marks = revisedMarks(line?.closed ?? [], (ms) => (ms / MINUTE) * 3, 12);
    expect(marks.map(({ endMs }) => endMs / MINUTE)).toEqual([12, 8, 4]);
  });
});

describe('closedThroughMs', () => {
  it('is the newest window that the watermark has passed', () => {
    expect(closedThroughMs(count, 10 * MINUTE + 4_999, MINUTE)).toBe(9 * MINUTE);
    expect(closedThroughMs(count, 10 * MINUTE + 5_000, MINUTE)).toBe(10 * MINUTE);
    expect(closedThroughMs(count, null, MINUTE)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('toLines', () => {
  it('tells the open window from closed ones that still take late events', () => {
    const [line] = toLines(
      count,
      [point(8, 5, { state: 'final' }), point(9, 6), point(10, 2)],
      MINUTE,
      9 * MINUTE,
      'UTC',
    );
    expect(line?.closed.map(({ value }) => value)).toEqual([5, 6]);
    expect(line?.open?.value).toBe(2);
    expect(line?.next).toBeUndefined();
  });

  it('has the window that has begun beside the one that is over and waits, but none that was open before', () => {
    const open = (points: readonly Point[]) => toLines(count, points, MINUTE, 9 * MINUTE, 'UTC')[0];
    const line = open([point(9, 6), point(10, 2), point(11, 1)]);
    expect([line?.open?.value, line?.next?.value]).toEqual([2, 1]);
    expect(sliceAt(line, 11 * MINUTE)?.value).toBe(1);
    const hopping = [point(10, 2), point(11, 1)].map((each) => ({ ...each, start: each.start - 4 * MINUTE }));
    expect(open(hopping)?.open?.value).toBe(2);
    expect(open(hopping)?.next).toBeUndefined();
  });

  it('takes a missing window for silence: 0 where it is counted, no value where it is a share', () => {
    const points = [point(1, 5), point(4, 7)];
    expect(toLines(count, points, MINUTE, 5 * MINUTE, 'UTC')[0]?.closed.map(({ value }) => value)).toEqual([
      5, 0, 0, 7, 0,
    ]);
    const ratio = { ...count, measure: 'ratio' } as const;
    expect(toLines(ratio, points, MINUTE, 4 * MINUTE, 'UTC')[0]?.closed.map(({ value }) => value)).toEqual([
      5,
      null,
      null,
      7,
    ]);
  });

  it('calls closed only what the server calls final while nothing is known of the watermark', () => {
    const points = [point(1, 5, { state: 'final' }), point(2, 6)];
    const [line] = toLines(count, points, MINUTE, Number.NEGATIVE_INFINITY, 'UTC');
    expect(line?.closed.map(({ endMs }) => endMs)).toEqual([MINUTE]);
    expect(line?.open?.endMs).toBe(2 * MINUTE);
  });

  it('shows of hopping windows only the one that closes next', () => {
    const points = [1, 2, 3, 4].map((end) => point(end, end));
    expect(toLines(count, points, MINUTE, 2 * MINUTE, 'UTC')[0]?.open?.endMs).toBe(3 * MINUTE);
  });

  it('keeps currencies apart and shows that of the business', () => {
    const money = { ...count, measure: 'sum', currencyDimension: 'currency' } as const;
    const points = [point(1, 100, { series: ['DACH', 'GBP'] }), point(1, 300, { series: ['DACH', 'EUR'] })];
    const lines = toLines(money, points, MINUTE, MINUTE, 'UTC');
    expect(lines).toHaveLength(2);
    expect(mainLine(lines, 'EUR')).toMatchObject({ series: ['DACH'], currency: 'EUR' });
    expect(mainLine(lines, 'EUR')?.closed[0]?.value).toBe(300);
    expect(mainLine(lines, 'CHF')?.currency).toBe('GBP');
  });
});

describe('sliceAt', () => {
  it('finds a window by its end', () => {
    const [line] = toLines(count, [point(1, 5), point(3, 7), point(4, 1)], MINUTE, 3 * MINUTE, 'UTC');
    expect(sliceAt(line, 3 * MINUTE)?.value).toBe(7);
    expect(sliceAt(line, 2 * MINUTE)?.value).toBe(0);
    expect(sliceAt(line, 4 * MINUTE)?.value).toBe(1);
    expect(sliceAt(line, 9 * MINUTE)).toBeUndefined();
  });

  it('fills in the days of a calendar, whatever their length', () => {
    const day = (date: string, value: number, before: string): Point => ({
      ...point(1, value, { state: 'final' }),
      start: Date.parse(before),
      end: Date.parse(date),
    });
    const points = [
      day('2026-03-29T00:00:00+01:00', 1, '2026-03-28T00:00:00+01:00'),
      day('2026-03-31T00:00:00+02:00', 2, '2026-03-30T00:00:00+02:00'),
    ];
    const [line] = toLines(count, points, 86_400_000, Number.NEGATIVE_INFINITY, 'Europe/Berlin');
    expect(line?.closed.map(({ endMs, value }) => [new Date(endMs).toISOString(), value])).toEqual([
      ['2026-03-28T23:00:00.000Z', 1],
      ['2026-03-29T22:00:00.000Z', 0],
      ['2026-03-30T22:00:00.000Z', 2],
    ]);
  });
});
