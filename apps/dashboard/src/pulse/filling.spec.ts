import { describe, expect, it } from 'vitest';
import { fillingUntil } from './filling.js';

const minute = 60_000;
const now = 1_000 * minute;
const metric = { lateness: { watermarkDelayMs: 5_000, allowedMs: 10 * minute } };

describe('fillingUntil', () => {
  it('tells a past that is still being written from windows in which nothing happened', () => {
    const past = { endMs: now - 50 * minute, sinceMs: now - 1_000 };
    expect(fillingUntil(metric, past, now, false, now)).toBe(past.endMs);
    expect(fillingUntil(metric, { ...past, sinceMs: now - 20_000 }, now, false, now)).toBeUndefined();
    expect(fillingUntil(metric, past, now, true, now)).toBeUndefined();
  });

  it('leaves a metric alone that has lately had something, or never', () => {
    expect(fillingUntil(metric, { endMs: now - 9 * minute, sinceMs: now }, now, false, now)).toBeUndefined();
    expect(fillingUntil(metric, { endMs: undefined, sinceMs: now }, now, false, now)).toBeUndefined();
  });
});
