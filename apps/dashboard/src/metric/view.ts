import { type MetricInfo, type Selection } from '@freshet/live-protocol';
import { DAY_MS } from '../figures/steps.js';
import { daysEarlier, fromWallClock } from '../figures/calendar.js';

const MINUTE = 60_000;

/** Ranges by their name in the address; milliseconds. */
export const RANGES: Readonly<Record<string, number>> = {
  '15m': 15 * MINUTE,
  '1h': 60 * MINUTE,
  '6h': 6 * 60 * MINUTE,
  '24h': 24 * 60 * MINUTE,
  '7d': 7 * 24 * 60 * MINUTE,
  '30d': 30 * 24 * 60 * MINUTE,
};

export const COMPARISONS = ['yesterday', 'week', 'previous', 'none'] as const;
export type CompareWith = (typeof COMPARISONS)[number];

/** All state of the Metric page, as it stands in the address. Absent: the default. */
export interface ViewSearch {
  readonly range?: string;
  /** Wall-clock times of the business, `YYYY-MM-DDTHH:mm`; both make a custom range. */
  readonly from?: string;
  readonly to?: string;
  /** Grain in milliseconds. */
  readonly every?: number;
  readonly compare?: CompareWith;
  /** Dimension; `-`: none, where the metric would be split by default. */
  readonly split?: string;
  readonly filter?: Readonly<Record<string, readonly string[]>>;
}

/** The address as a view; what cannot be read is left out, so that an old link still opens. */
export function parseView(search: Record<string, unknown>): ViewSearch {
  const { range, from, to, every, compare, split, filter } = search;
  const text = (value: unknown): value is string => typeof value === 'string' && value.length <= 256;
  const filters =
    typeof filter === 'object' && filter !== null
      ? Object.entries(filter).flatMap(([dimension, values]) => {
          const kept = Array.isArray(values) ? values.filter(text).slice(0, 100) : [];
          return kept.length === 0 ? [] : [[dimension, kept] as const];
        })
      : [];
  return {
    ...(text(range) && range in RANGES ? { range } : {}),
    ...(text(from) && text(to) ? { from, to } : {}),
    ...(typeof every === 'number' && every > 0 ? { every } : {}),
    ...(COMPARISONS.includes(compare as CompareWith) ? { compare: compare as CompareWith } : {}),
    ...(text(split) ? { split } : {}),
    ...(filters.length === 0 ? {} : { filter: Object.fromEntries(filters) }),
  };
}

/** Grains that a metric can be read at over a range: multiples of its step that give 12 to 400 windows. */
export function grains(stepMs: number, rangeMs: number): readonly number[] {
  const wanted = [1, 5, 15, 60, 360, 1440].map((minutes) => minutes * MINUTE);
  const all = [...new Set([stepMs, ...wanted])].sort((a, b) => a - b);
  return all.filter((ms) => ms % stepMs === 0 && rangeMs / ms <= 400 && rangeMs / ms >= 7);
}

/** The finest grain that leaves a line readable: at most 180 windows. */
export function defaultGrain(stepMs: number, rangeMs: number): number {
  const possible = grains(stepMs, rangeMs);
  return possible.find((ms) => rangeMs / ms <= 180) ?? possible.at(-1) ?? stepMs;
}

/** A view with all defaults filled in. */
export interface View {
  /** Name of the range, or undefined for a custom one. */
  readonly range: string | undefined;
  readonly selectionRange: Selection['range'];
  readonly rangeMs: number;
  readonly everyMs: number;
  readonly compare: CompareWith;
  readonly split: string | undefined;
  readonly filter: Selection['filter'];
}

export function toView(search: ViewSearch, metric: MetricInfo, timeZone: string): View {
  const fromMs = search.from === undefined ? undefined : fromWallClock(search.from, timeZone);
  const toMs = search.to === undefined ? undefined : fromWallClock(search.to, timeZone);
  const custom = fromMs !== undefined && toMs !== undefined && fromMs < toMs ? { fromMs, toMs } : undefined;
  const isByDay = metric.window.calendar?.unit === 'day';
  const range = search.range ?? (isByDay ? '30d' : '1h');
  const rangeMs = custom === undefined ? (RANGES[range] ?? 60 * MINUTE) : custom.toMs - custom.fromMs;
  const step = metric.window.everyMs;
  const possible = grains(step, rangeMs);
  const everyMs =
    search.every !== undefined && possible.includes(search.every)
      ? search.every
      : isByDay && possible.includes(DAY_MS)
        ? DAY_MS
        : defaultGrain(step, rangeMs);
  const wanted = search.split === undefined ? metric.splitBy : search.split;
  const filter: Selection['filter'] = {};
  for (const [dimension, values] of Object.entries(search.filter ?? {})) {
    if (metric.dimensions.includes(dimension)) filter[dimension] = [...values];
  }
  return {
    range: custom === undefined ? range : undefined,
    selectionRange:
      custom === undefined
        ? { kind: 'last', ms: rangeMs + 2 * Math.max(metric.window.sizeMs, everyMs) }
        : { kind: 'fixed', ...custom },
    rangeMs,
    everyMs,
    compare: search.compare ?? 'yesterday',
    split: wanted !== undefined && metric.dimensions.includes(wanted) ? wanted : undefined,
    filter,
  };
}

/** The time that a comparison puts beside `ms`. */
export function earlierTime(ms: number, compare: CompareWith, rangeMs: number, timeZone: string): number {
  switch (compare) {
    case 'yesterday':
      return daysEarlier(ms, 1, timeZone);
    case 'week':
      return daysEarlier(ms, 7, timeZone);
    case 'previous':
    case 'none':
      return ms - rangeMs;
  }
}
