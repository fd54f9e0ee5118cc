import { canonicalSelection, type Selection } from '@freshet/live-protocol';
import { DAY_MS, HOUR_MS, type Calendar } from '@freshet/windowing';
import type { SeriesQuery, ServedMetric } from './ports.js';

/** A selection checked against its metric: what to ask the store for. */
export interface Plan {
  readonly key: string;
  readonly selection: Selection;
  readonly groupBy: readonly string[];
  readonly everyMs: number;
  readonly sizeMs: number;
  /** Steps of a calendar; then both are their usual length. */
  readonly calendar: Calendar | undefined;
}

export type Planned =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly message: string };

/** Checks dimensions, grain and length; the message says what is possible instead. */
export function planSelection(selection: Selection, metric: ServedMetric, maxPoints: number): Planned {
  const { definition } = metric;
  const known = definition.dimensions.map((dimension) => dimension.name);
  for (const name of [...selection.groupBy, ...Object.keys(selection.filter)]) {
    if (!known.includes(name)) {
      return refuse(
        `${definition.name} has no dimension ${JSON.stringify(name)}; it has ${known.join(', ') || 'none'}`,
      );
    }
  }
  if (new Set(selection.groupBy).size < selection.groupBy.length)
    return refuse('groupBy names a dimension twice');
  const stepMs = definition.window.everyMs;
  const calendar = calendarOf(selection, metric);
  const calendarMs = calendar && (calendar.unit === 'day' ? DAY_MS : HOUR_MS);
  const everyMs = calendarMs ?? selection.everyMs ?? stepMs;
  if (selection.calendar !== undefined && selection.everyMs !== undefined)
    return refuse('every is a length or a calendar step, not both');
  if (everyMs % stepMs !== 0) {
    return refuse(
      `every must be a multiple of the metric's step of ${stepMs / 1000} s, not ${everyMs / 1000} s`,
    );
  }
  const { range } = selection;
  const lengthMs = range.kind === 'last' ? range.ms : range.toMs - range.fromMs;
  if (lengthMs <= 0) return refuse('the range ends before it begins');
  const windows = Math.ceil(lengthMs / everyMs) + 1;
  if (windows > maxPoints) {
    return refuse(`${windows} windows are more than ${maxPoints}: choose a shorter range or a coarser grain`);
  }
  const currency = definition.currencyDimension;
  const groupBy =
    currency === undefined || selection.groupBy.includes(currency)
      ? selection.groupBy
      : [...selection.groupBy, currency];
  const sizeMs = Math.max(definition.window.sizeMs, everyMs);
  return {
    ok: true,
    plan: { key: canonicalSelection(selection), selection, groupBy, everyMs, sizeMs, calendar },
  };
}

/** The query for the windows of the plan within the bounds. */
export function queryOf(
  plan: Plan,
  metric: ServedMetric,
  bounds: { readonly fromMs: number; readonly toMs: number },
  maxPoints: number,
): SeriesQuery {
  const { selection, groupBy, everyMs, sizeMs, calendar } = plan;
  return {
    metric,
    filter: selection.filter,
    groupBy,
    everyMs,
    sizeMs,
    calendar,
    ...bounds,
    top: selection.top,
    maxPoints,
  };
}

/** The calendar that is asked for, or the metric's own where no grain is. */
function calendarOf(
  selection: Selection,
  { definition, timeZone = 'UTC' }: ServedMetric,
): Calendar | undefined {
  const own = definition.window.calendar;
  if (selection.calendar === undefined) return selection.everyMs === undefined ? own : undefined;
  return { unit: selection.calendar, timeZone: own?.timeZone ?? timeZone };
}

function refuse(message: string): Planned {
  return { ok: false, message };
}
