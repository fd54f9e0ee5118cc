import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inSteps, niceTicks, spread, timeTicks } from './chart-model.js';

describe('niceTicks', () => {
  it('is round in what people read, and covers the values', () => {
    const ticks = niceTicks(0, 0.0553, 6, 100).map((tick) => Number((tick * 100).toFixed(6)));
    expect(ticks).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(niceTicks(0, 0, 6)).toContain(0);
  });
});

describe('inSteps', () => {
  it('makes values equal that nobody can tell apart, and leaves times and gaps as they are', () => {
    const rows = (total: number | null) => [{ endMs: 1_700_000_000_001, total }];
    expect(inSteps(rows(1_000), 25)).toEqual(inSteps(rows(1_009), 25));
    expect(inSteps(rows(1_020), 25)).toEqual(rows(1_025));
    expect(inSteps(rows(null), 25)).toEqual(rows(null));
  });
});

describe('timeTicks', () => {
  it('stands on round times of the business', () => {
    const hour = 3_600_000;
    const from = Date.UTC(2025, 10, 20, 12, 33);
    expect(timeTicks(from, from + hour, 8, hour).map((ms) => new Date(ms).getUTCMinutes())).toEqual([
      40, 50, 0, 10, 20, 30,
    ]);
  });
});

describe('spread', () => {
  it('keeps labels apart, in their order and inside, as long as there is room', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 10 }), (places) => {
        const moved = spread(places, 18, 0, 300);
        const sorted = [...moved].sort((a, b) => a - b);
        for (let i = 1; i < sorted.length; i++)
          expect((sorted[i] ?? 0) - (sorted[i - 1] ?? 0)).toBeGreaterThanOrEqual(18);
        for (const y of moved) expect(y >= 0 && y <= 300).toBe(true);
        places.forEach((a, i) =>
          places.forEach((b, j) => {
            if (a < b) expect(moved[i]).toBeLessThan(moved[j] ?? 0);
          }),
        );
      }),
    );
  });
});
