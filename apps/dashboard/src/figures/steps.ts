import { type MetricInfo } from '@freshet/live-protocol';
import { daysEarlier } from './calendar.js';

const HOUR_MS = 3_600_000;
/** A step of this length is a day of the calendar, be it 23 or 25 hours long. */
export const DAY_MS = 24 * HOUR_MS;

/** Distance of a metric's own windows, ms. */
export function stepOf({ window }: Pick<MetricInfo, 'window'>): number {
  if (window.calendar === undefined) return window.everyMs;
  return window.calendar.unit === 'day' ? DAY_MS : HOUR_MS;
}

/** What a tile's line spans. */
export function lineSpanMs(metric: Pick<MetricInfo, 'window'>): number {
  if (metric.window.calendar === undefined) return HOUR_MS;
  return (metric.window.calendar.unit === 'day' ? 14 : 24) * stepOf(metric);
}

/** End of the window after the one that ends at `endMs`. @param timeZone of the days */
export function nextEnd(endMs: number, everyMs: number, timeZone: string): number {
  return everyMs === DAY_MS ? daysEarlier(endMs, -1, timeZone) : endMs + everyMs;
}

/** A grain as the gateway is asked for it. */
export function grainOf(everyMs: number): { readonly everyMs: number } | { readonly calendar: 'day' } {
  return everyMs === DAY_MS ? { calendar: 'day' } : { everyMs };
}

/** The same in an address. */
export function grainText(everyMs: number): string {
  return everyMs === DAY_MS ? 'day' : `${everyMs / 1000}s`;
}
