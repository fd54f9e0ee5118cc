import { quantileOf, type BucketSums } from './buckets.js';
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
  const { parts, span } = slotsOf(definition);
  if (span !== undefined) {
    extremes[span.first] = Math.min(a.extremes[span.first]!, b.extremes[span.first]!);
    extremes[span.last] = Math.max(a.extremes[span.last]!, b.extremes[span.last]!);
  }
  for (const { slots } of parts) {
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

/** What values are made of. */
export type MergedStates = Pick<PaneRow, 'events' | 'sums' | 'extremes'> &
  Partial<Pick<PaneRow, 'newHashes'>> & {
    readonly buckets?: PaneRow['buckets'] | BucketSums;
    /** How many different values there are, where they were counted already. */
    readonly different?: number;
  };

/** A value in the unit of its field; null where nothing was measured (a ratio over nothing). */
export interface MergedValue {
  readonly value: number | null;
  /** Of a ratio, else null. */
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** How large a series is, for choosing the largest ones. */
  readonly size: number;
}

const ADDITIVE = new Set(['count', 'sum', 'distinct', 'sessions', 'duration']);

/**
 * Value of merged states. Of a running total it is the change: the level is made of all rows before, see `levelsOf`.
 * @param sizeMs length of the window that was merged, for a rate
 * @param q of several quantiles which one, 0 to 1; absent: the first
 */
export function valuesOf(
  definition: MetricDefinition,
  states: MergedStates,
  sizeMs = definition.window.sizeMs,
  q?: number,
): MergedValue {
  const { parts } = slotsOf(definition);
  const [first = null, second = null] = parts.map((part) => partValue(part, states, q));
  const { measure } = definition;
  const [numerator, denominator] = [null, null];
  switch (measure.kind) {
    case 'ratio': {
      const value = first === null || second === null || second === 0 ? null : first / second;
      return { value, numerator: first, denominator: second, size: second ?? 0 };
    }
    case 'rate':
      return {
        value: first === null ? null : (first * 1000) / sizeMs,
        numerator,
        denominator,
        size: first ?? 0,
      };
    case 'runningTotal': {
      // Without a minus the second part is the opening.
      const change = first !== null && measure.minus !== undefined ? first - (second ?? 0) : first;
      return { value: change, numerator, denominator, size: states.events };
    }
    default: {
      const size = ADDITIVE.has(measure.kind) ? (first ?? 0) : states.events;
      return { value: first, numerator, denominator, size };
    }
  }
}

/** The value alone. */
export function valueOf(definition: MetricDefinition, states: MergedStates, sizeMs?: number): number | null {
  return valuesOf(definition, states, sizeMs).value;
}

/** Level of one series of a running total at the end of a pane; `isOpen` once a reading was there. */
export interface Level {
  readonly paneStartMs: number;
  readonly value: number;
  readonly isOpen: boolean;
}

/**
 * Levels of one series after each of its panes: merged rows, one a pane, in any order. A reading counts as made at
 * the beginning of its pane, the last one of a pane counts.
 */
export function levelsOf(definition: MetricDefinition, rows: readonly PaneRow[]): Level[] {
  const opening = slotsOf(definition).parts.find(({ slots }) => slots.kind === 'last');
  let value = 0;
  let isOpen = opening === undefined;
  return [...rows]
    .sort((a, b) => a.paneStartMs - b.paneStartMs)
    .map((row) => {
      const reading = opening === undefined ? null : partValue(opening, row);
      if (reading !== null) [value, isOpen] = [reading, true];
      value += valueOf(definition, row) ?? 0;
      return { paneStartMs: row.paneStartMs, value, isOpen };
    });
}

function partValue({ measure, slots }: MeasurePart, row: MergedStates, rank?: number): number | null {
  const unit = 10 ** ('scale' in measure ? (measure.scale ?? 0) : 0);
  switch (slots.kind) {
    case 'count':
    case 'sum':
    case 'sessions':
      return Number(row.sums[slots.sum]) / unit;
    case 'duration':
      return Number(row.sums[slots.sum]) / 1000;
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
      return row.different ?? new Set(row.newHashes).size;
    case 'quantile': {
      const q = measure.kind === 'quantiles' ? (rank ?? measure.at[0]!) : (measure as { q: number }).q;
      const value = quantileOf(row.buckets ?? new Map(), q);
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
