import type { Point, Selection } from './messages.js';

/**
 * Text that is equal for selections that mean the same: order of filters and of their values does not
 * matter, order of `groupBy` does (it is the order of the series' columns). Used as key for sharing.
 */
export function canonicalSelection(selection: Selection): string {
  const filter = Object.keys(selection.filter)
    .sort()
    .map((name) => [name, [...new Set(selection.filter[name])].sort()]);
  const range =
    selection.range.kind === 'last'
      ? ['last', selection.range.ms]
      : ['fixed', selection.range.fromMs, selection.range.toMs];
  return JSON.stringify([
    selection.metric,
    filter,
    selection.groupBy,
    range,
    selection.calendar ?? selection.everyMs ?? null,
    selection.top ?? null,
  ]);
}

/** Key of a series: no value can contain the separator by accident (it is JSON). */
export function seriesKey(series: readonly string[]): string {
  return series.length === 0 ? '' : JSON.stringify(series);
}

/** Identity of a point within one selection. */
export function pointKey(point: { readonly start: number; readonly series: readonly string[] }): string {
  return `${point.start}${seriesKey(point.series)}`;
}

/** Order of points in snapshots and stores: by window start, then by series. */
export function comparePoints(
  a: { readonly start: number; readonly series: readonly string[] },
  b: { readonly start: number; readonly series: readonly string[] },
): number {
  if (a.start !== b.start) return a.start - b.start;
  const length = Math.min(a.series.length, b.series.length);
  for (let i = 0; i < length; i++) {
    const left = a.series[i] as string;
    const right = b.series[i] as string;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.series.length - b.series.length;
}

/** Bounds [fromMs, toMs) of a selection's range at `nowMs`; a sliding range has no end: it follows the newest window. */
export function rangeBounds(
  range: Selection['range'],
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  return range.kind === 'last'
    ? { fromMs: nowMs - range.ms, toMs: Number.MAX_SAFE_INTEGER }
    : { fromMs: range.fromMs, toMs: range.toMs };
}

/** True when a viewer sees no difference between the two. */
export function samePoint(a: Point, b: Point): boolean {
  return (
    a.value === b.value &&
    a.numerator === b.numerator &&
    a.denominator === b.denominator &&
    a.state === b.state &&
    a.partial === b.partial &&
    a.incomplete === b.incomplete &&
    a.lateEvents === b.lateEvents &&
    a.end === b.end
  );
}
