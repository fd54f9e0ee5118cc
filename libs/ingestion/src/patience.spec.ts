import { expect, it } from 'vitest';
import { cameTooLate, shortestPatience } from './patience.js';

const MINUTE = 60_000;

it('an event is late when its slice was final before it came, by the metric that waits least', () => {
  const patience = shortestPatience([
    { everyMs: 5 * MINUTE, waitMs: 5_000 },
    { everyMs: MINUTE, waitMs: 15_000 },
  ]);
  expect(patience).toEqual({ everyMs: MINUTE, waitMs: 15_000 });
  const late = (eventTimeMs: number, frontierMs: number) => cameTooLate(patience!, eventTimeMs, frontierMs);
  // Its slice ends at the first minute and is final when the frontier is 15 s past that.
  expect([late(30_000, 74_999), late(30_000, 75_000)]).toEqual([false, true]);
  expect([late(59_999, 75_000), late(60_000, 75_000)]).toEqual([true, false]);
  expect(late(30_000, -1)).toBe(false);
  expect(shortestPatience([])).toBeUndefined();
});
