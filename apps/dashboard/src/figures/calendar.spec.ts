import { describe, expect, it } from 'vitest';
import { daysEarlier, fromWallClock, toWallClock } from './calendar.js';

describe('the calendar of the business', () => {
  const at = (text: string) => Date.parse(text);

  it('keeps the wall-clock time over a change of the clocks', () => {
    // Berlin left summer time in the night to 26 October 2025.
    expect(daysEarlier(at('2025-10-26T11:00:00Z'), 1, 'Europe/Berlin')).toBe(at('2025-10-25T10:00:00Z'));
    expect(daysEarlier(at('2025-11-20T13:32:00Z'), 7, 'Europe/Berlin')).toBe(at('2025-11-13T13:32:00Z'));
  });

  it('reads and writes wall-clock times', () => {
    expect(fromWallClock('2025-11-20T14:32', 'Europe/Berlin')).toBe(at('2025-11-20T13:32:00Z'));
    expect(toWallClock(at('2025-07-01T10:05:00Z'), 'Europe/Berlin')).toBe('2025-07-01T12:05');
    expect(fromWallClock('yesterday', 'Europe/Berlin')).toBeUndefined();
  });
});
