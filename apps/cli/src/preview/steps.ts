import type { Window } from '@freshet/metrics';
import { calendarSteps, type Calendar, type CalendarStep } from '@freshet/windowing';

import { MAX_POINTS } from './chart.js';

/** What of a metric is drawn: whole steps, the newest that has ended last. */
export interface Steps {
  readonly fromMs: number;
  readonly toMs: number;
  readonly grain: { readonly everyMs: number } | { readonly calendar: Calendar };
  /** Oldest first, at least one. */
  readonly each: readonly CalendarStep[];
}

/** How far back a preview looks unless it is said, ms: more where a step is a day. */
export function usualLastMs({ calendar }: Window): number {
  if (calendar === undefined) return 6 * 3_600_000;
  return (calendar.unit === 'day' ? 14 : 1) * 86_400_000;
}

/** At most `MAX_POINTS` steps of the last `lastMs`: multiples of the metric's own, or those of its calendar. */
export function stepsOf({ calendar, everyMs: ownMs }: Window, lastMs: number, nowMs: number): Steps {
  if (calendar !== undefined) {
    const all = calendarSteps(calendar, nowMs - lastMs, nowMs);
    const ended = all.filter(({ endMs }) => endMs <= nowMs);
    const each = (ended.length === 0 ? all : ended).slice(-MAX_POINTS);
    return { fromMs: each[0]!.startMs, toMs: each.at(-1)!.endMs, grain: { calendar }, each };
  }
  const everyMs = ownMs * Math.max(1, Math.ceil(lastMs / ownMs / MAX_POINTS));
  const toMs = Math.floor(nowMs / everyMs) * everyMs;
  const count = Math.max(1, Math.floor(lastMs / everyMs));
  const each = Array.from({ length: count }, (_, step) => {
    const startMs = toMs - (count - step) * everyMs;
    return { startMs, endMs: startMs + everyMs };
  });
  return { fromMs: toMs - count * everyMs, toMs, grain: { everyMs }, each };
}
