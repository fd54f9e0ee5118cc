import { comparePoints, type Point } from '@freshet/live-protocol';

type Key = { readonly start: number; readonly series: readonly string[] };

/** First index whose point is not before `key`; O(log n). */
function lowerBound(points: readonly Point[], key: Key): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePoints(points[middle] as Point, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A new array: `points` (sorted) with `changes` inserted or replaced by (start, series), `removed` taken
 * out. O(n + c log n): changes nearly always touch the end.
 */
export function applyChanges(
  points: readonly Point[],
  changes: readonly Point[],
  removed: readonly Key[],
): Point[] {
  const next = points.slice();
  for (const key of removed) {
    const at = lowerBound(next, key);
    const found = next[at];
    if (found !== undefined && comparePoints(found, key) === 0) next.splice(at, 1);
  }
  for (const change of changes) {
    const at = lowerBound(next, change);
    const found = next[at];
    if (found !== undefined && comparePoints(found, change) === 0) next[at] = change;
    else next.splice(at, 0, change);
  }
  return next;
}

/** The same array when nothing ends at or before `fromMs`, else a shorter one. */
export function dropBefore(points: readonly Point[], fromMs: number): readonly Point[] {
  const first = points.findIndex((point) => point.end > fromMs);
  if (first === 0) return points;
  return first === -1 ? [] : points.slice(first);
}
