import { describe, expect, it } from 'vitest';
import { type Slice } from '../figures/series.js';
import { type ChartLine } from './chart-model.js';
import { toCsv } from './csv.js';

const slice = (endMs: number, value: number | null): Slice => ({
  startMs: endMs - 60_000,
  endMs,
  value,
  numerator: undefined,
  denominator: undefined,
  state: 'final',
  lateEvents: 0,
  incomplete: false,
  partial: false,
});
const line = (role: ChartLine['role'], name: string, closed: readonly Slice[]): ChartLine => ({
  key: name,
  name,
  colour: '',
  role,
  currency: 'EUR',
  closed,
  open: undefined,
});

describe('toCsv', () => {
  it('holds the stored values, quotes where it must, and defuses formulas', () => {
    const total = line('total', 'All', [slice(60_000, 4200), slice(120_000, null)]);
    const part = line('part', '=1+1, "x"', [slice(60_000, 100)]);
    expect(
      toCsv({ name: 'gross_revenue', unit: 'money' }, [total, part], undefined, 60_000).split('\r\n'),
    ).toEqual([
      'window_start,window_end,gross_revenue_minor_EUR,"\'=1+1, ""x""",numerator,denominator,state,late_events',
      '1970-01-01T00:00:00.000Z,1970-01-01T00:01:00.000Z,4200,100,,,final,0',
      '1970-01-01T00:01:00.000Z,1970-01-01T00:02:00.000Z,,,,,final,0',
      '',
    ]);
  });
});
