import { quantileOf } from './buckets.js';
import type { PaneRow } from './aggregator.js';
import type { MetricDefinition } from './metric.js';
import { slotsOf, type MeasurePart } from './slots.js';

/**
 * Merges the rows of two chunks, partitions or panes of one metric, as SQL does: associative and commutative
 * (`last` by event time, then offset; of two at the same offset of different partitions the larger value).
 * Hashes are united, so `newHashes` of a merged row is a set. Pane start and dimensions are the first row's.
 */
export function mergePaneRows(definition: MetricDefinition, a: PaneRow, b: PaneRow): PaneRow {
  const extremes = [...a.extremes];
  const lastTimesMs = [...a.lastTimesMs];
  const lastOffsets = [...a.lastOffsets];
  for (const { slots } of slotsOf(definition).parts) {
    if (slots.kind !== 'min' && slots.kind !== 'max' && slots.kind !== 'last') continue;
    const [left, right] = [extremes[slots.extreme] ?? null, b.extremes[slots.extreme] ?? null];
    if (right === null) continue;
    if (slots.kind !== 'last') {
      extremes[slots.extreme] = left === null ? right : Math[slots.kind](left, right);
    } else if (left === null || compareLast(a, b, slots.last, left, right) < 0) {
      extremes[slots.extreme] = right;
      lastTimesMs[slots.last] = b.lastTimesMs[slots.last] ?? null;
      lastOffsets[slots.last] = b.lastOffsets[slots.last] ?? null;
    }
  }
  return {
    ...a,
    events: a.events + b.events,
    lateEvents: a.lateEvents + b.lateEvents,
    partial: a.partial || b.partial,
    sums: a.sums.map((sum, at) => sum + b.sums[at]!),
    extremes,
    lastTimesMs,
    lastOffsets,
    buckets: a.buckets && addBuckets(a.buckets, b.buckets ?? new Map<number, number>()),
    newHashes: a.newHashes && [...new Set([...a.newHashes, ...(b.newHashes ?? [])])].sort(ascending),
  };
}

/** Value of a merged row in the unit of its field; null where nothing was measured (a ratio over nothing). */
export function valueOf(definition: MetricDefinition, row: PaneRow): number | null {
  const values = slotsOf(definition).parts.map((part) => partValue(part, row));
  const [first, second] = values;
  if (values.length === 1) return first ?? null;
  return first === null || first === undefined || !second ? null : first / second;
}

function partValue({ measure, slots }: MeasurePart, row: PaneRow): number | null {
  const unit = 10 ** ('scale' in measure ? (measure.scale ?? 0) : 0);
  switch (slots.kind) {
    case 'count':
    case 'sum':
      return Number(row.sums[slots.sum]) / unit;
    case 'avg': {
      const count = Number(row.sums[slots.count]);
      return count === 0 ? null : Number(row.sums[slots.sum]) / count / unit;
    }
    case 'min':
    case 'max':
    case 'last': {
      const extreme = row.extremes[slots.extreme] ?? null;
      return extreme === null ? null : extreme / unit;
    }
    case 'distinct':
      return new Set(row.newHashes).size;
    case 'quantile': {
      const value = quantileOf(row.buckets ?? new Map(), (measure as { q: number }).q);
      return value === null ? null : value / unit;
    }
  }
}

function compareLast(a: PaneRow, b: PaneRow, slot: number, left: number, right: number): number {
  return (
    a.lastTimesMs[slot]! - b.lastTimesMs[slot]! || a.lastOffsets[slot]! - b.lastOffsets[slot]! || left - right
  );
}

function addBuckets(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const sum = new Map(a);
  for (const [bucket, count] of b) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
  return sum;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
