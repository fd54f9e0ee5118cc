import { type MetricInfo } from '@freshet/live-protocol';
import { describe, expect, it } from 'vitest';
import { defaultGrain, grains, parseView, toView } from './view.js';

const metric = {
  dimensions: ['provider', 'region'],
  splitBy: 'provider',
  window: { kind: 'hopping', sizeMs: 300_000, everyMs: 60_000 },
} as unknown as MetricInfo;

describe('the address of a view', () => {
  it('opens whatever stands in it', () => {
    expect(parseView({ range: '6h', every: 300000, compare: 'week', split: '-' })).toEqual({
      range: '6h',
      every: 300000,
      compare: 'week',
      split: '-',
    });
    expect(
      parseView({ range: 'ages', every: 'x', compare: 3, filter: { region: 7 }, from: '2025-01-01T00:00' }),
    ).toEqual({});
  });

  it('fills in defaults, and drops what the metric has not', () => {
    const view = toView({ filter: { region: ['DACH'], colour: ['red'] } }, metric, 'Europe/Berlin');
    expect(view).toMatchObject({ range: '1h', everyMs: 60_000, compare: 'yesterday', split: 'provider' });
    expect(view.filter).toEqual({ region: ['DACH'] });
    expect(toView({ split: '-' }, metric, 'Europe/Berlin').split).toBeUndefined();
  });

  it('reads a custom range on the clocks of the business', () => {
    const view = toView({ from: '2025-11-20T13:00', to: '2025-11-20T14:00' }, metric, 'Europe/Berlin');
    expect(view.selectionRange).toEqual({
      kind: 'fixed',
      fromMs: Date.UTC(2025, 10, 20, 12),
      toMs: Date.UTC(2025, 10, 20, 13),
    });
  });
});

describe('grains', () => {
  it('reads a metric of days by days', () => {
    const window = {
      kind: 'calendar',
      sizeMs: 900_000,
      everyMs: 900_000,
      calendar: { unit: 'day', timeZone: 'UTC' },
    };
    const view = toView({}, { ...metric, window } as MetricInfo, 'Europe/Berlin');
    expect(view).toMatchObject({ range: '30d', everyMs: 86_400_000 });
  });

  it('offers multiples of the step that leave a readable line', () => {
    expect(grains(60_000, 3_600_000)).toEqual([60_000, 300_000]);
    expect(defaultGrain(60_000, 6 * 3_600_000)).toBe(300_000);
    expect(defaultGrain(60_000, 7 * 86_400_000)).toBe(3_600_000);
  });
});
