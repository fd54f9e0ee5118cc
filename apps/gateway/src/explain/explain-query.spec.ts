import type { MetricDefinition } from '@freshet/metrics';
import { describe, expect, it } from 'vitest';
import { parseValuesQuery } from '../rest/values-query.js';
import { parseWanted } from './explain-query.js';

const business = { currency: 'GBP', timeZone: 'Europe/Berlin' };
const MINUTES = { kind: 'tumbling', sizeMs: 60_000, everyMs: 60_000 } as const;
const DAYS = {
  kind: 'calendar',
  sizeMs: 900_000,
  everyMs: 900_000,
  calendar: { unit: 'day', timeZone: 'Europe/London' },
} as const;

function wanted(window: object, query: Record<string, string>) {
  const definition = { name: 'orders', window, dimensions: [] } as unknown as MetricDefinition;
  const parsed = parseWanted(definition, query, business);
  return parsed.ok ? parsed.number : parsed.detail;
}

describe('a number that is asked for', () => {
  it('may be of a day of the business, be it 23 hours long', () => {
    expect(wanted(MINUTES, { end: '2026-03-30T00:00:00+02:00', every: 'day' })).toMatchObject({
      everyMs: 23 * 3_600_000,
      sizeMs: 23 * 3_600_000,
      calendar: { unit: 'day', timeZone: 'Europe/Berlin' },
    });
  });

  it("is of the metric's own days where no grain is named", () => {
    const end = '2026-10-26T00:00:00Z';
    expect(wanted(DAYS, { end })).toMatchObject({ everyMs: 25 * 3_600_000, calendar: DAYS.calendar });
    expect(wanted(DAYS, { end, every: '1h' })).toMatchObject({ everyMs: 3_600_000 });
  });

  it('ends where a window does', () => {
    expect(wanted(DAYS, { end: '2026-10-26T00:00:00+01:00' })).toBe('no day of Europe/London ends at "end"');
    expect(wanted(MINUTES, { end: '2026-10-26T00:00:30Z' })).toBe('no window ends at "end"');
  });
});

describe('a range that is asked for', () => {
  it('is read by a length or by the calendar', () => {
    const grain = (every: string) => {
      const parsed = parseValuesQuery('orders', { every }, 0);
      return parsed.ok ? parsed.selection : parsed.detail;
    };
    expect(grain('day')).toMatchObject({ calendar: 'day' });
    expect(grain('1d')).toMatchObject({ everyMs: 86_400_000 });
    expect(grain('dayly')).toBe('"every" is not a duration');
  });
});
