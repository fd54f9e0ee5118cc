import { expect, test } from 'vitest';

import { Rhythm, zoneOffset } from './rhythm.js';

const MINUTE_MS = 60_000;
const at = (text: string) => Date.parse(text);

test('the factor is 1 on average over a week', () => {
  const rhythm = new Rhythm('UTC');
  let sum = 0;
  for (let minute = 0; minute < 7 * 1440; minute++) {
    sum += rhythm.factor(at('2026-03-02T00:00:00Z') + minute * MINUTE_MS);
  }
  expect(sum / (7 * 1440)).toBeCloseTo(1, 9);
});

test('nights are quiet, evenings of the sale are the peak, Saturday is below Thursday', () => {
  const rhythm = new Rhythm('UTC');
  const night = rhythm.factor(at('2026-03-05T03:00:00Z'));
  const sale = rhythm.factor(at('2026-03-05T20:00:00Z'));
  expect(night).toBeLessThan(0.25);
  expect(sale).toBeGreaterThan(1.8);
  expect(rhythm.peak(at('2026-03-05T20:00:00Z'))?.campaign).toBe('autumn-sale');
  expect(rhythm.factor(at('2026-03-07T15:00:00Z'))).toBeLessThan(rhythm.factor(at('2026-03-05T15:00:00Z')));
});

test('the day is that of the time zone, summer time included', () => {
  const offset = zoneOffset('Europe/London');
  expect(offset(at('2026-01-10T12:00:00Z'))).toBe(0);
  expect(offset(at('2026-07-10T12:00:00Z'))).toBe(60 * MINUTE_MS);
  expect(new Rhythm('Europe/London').factor(at('2026-07-10T02:00:00Z'))).toBe(
    new Rhythm('UTC').factor(at('2026-07-10T03:00:00Z')),
  );
});
