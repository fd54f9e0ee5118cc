import {
  isMetricRatio,
  type AnyMetric,
  type Measure,
  type MetricDefinition,
  type SimpleMeasure,
} from './metric.js';

/** Where a simple measure keeps its state in a pane row; indexes count from 0. */
export type MeasureSlots =
  | { readonly kind: 'count' | 'sum'; readonly sum: number }
  /**
   * Of sessions: in a pane the number of events that pass, in a session 1 where there is one. Of durations: 0 in a pane,
   * in a session milliseconds.
   */
  | { readonly kind: 'sessions' | 'duration'; readonly sum: number }
  | { readonly kind: 'avg'; readonly sum: number; readonly count: number }
  | { readonly kind: 'min' | 'max'; readonly extreme: number }
  /** `last` indexes `lastTimesMs` and `lastOffsets`. */
  | { readonly kind: 'last'; readonly extreme: number; readonly last: number }
  | { readonly kind: 'distinct' }
  | { readonly kind: 'quantile' };

/** A simple measure with its slots. */
export interface MeasurePart {
  readonly measure: SimpleMeasure;
  readonly slots: MeasureSlots;
}

export interface MetricSlots {
  /** One part, numerator and denominator of a ratio, or plus, minus and opening of a running total, in this order. */
  readonly parts: readonly MeasurePart[];
  /** Lengths of the arrays in a pane row. */
  readonly sums: number;
  readonly extremes: number;
  readonly lasts: number;
  readonly buckets: boolean;
  readonly hashes: boolean;
  /** Of sessions: which extremes are the times of the first and the last event. */
  readonly span?: { readonly first: number; readonly last: number };
}

/** Simple measures of a measure: itself, or what it is made of. */
export function partsOf(measure: Measure): readonly SimpleMeasure[] {
  switch (measure.kind) {
    case 'ratio':
      return [measure.numerator, measure.denominator];
    case 'runningTotal':
      return [measure.plus, measure.minus, measure.opening].filter((part) => part !== undefined);
    case 'rate':
      return [measure.of];
    default:
      return [measure];
  }
}

const known = new WeakMap<object, MetricSlots>();

/**
 * Tells which entries of a pane row's `sums`, `extremes`, `last…`, `buckets` and hashes belong to which part
 * of the measure: the numerator's come first, then the denominator's. Aggregator and SQL both go by it. It is asked of
 * every value that is read, so a definition's are made once.
 */
export function slotsOf(definition: Pick<MetricDefinition, 'measure' | 'window'>): MetricSlots {
  let slots = known.get(definition);
  if (slots === undefined) known.set(definition, (slots = layOut(definition)));
  return slots;
}

function layOut(definition: Pick<MetricDefinition, 'measure' | 'window'>): MetricSlots {
  let sums = 0;
  let extremes = 0;
  let lasts = 0;
  let buckets = false;
  let hashes = false;
  const parts = partsOf(definition.measure).map((measure): MeasurePart => {
    switch (measure.kind) {
      case 'count':
      case 'sum':
      case 'sessions':
      case 'duration':
        return { measure, slots: { kind: measure.kind, sum: sums++ } };
      case 'avg': {
        const slots = { kind: 'avg', sum: sums, count: sums + 1 } as const;
        sums += 2;
        return { measure, slots };
      }
      case 'min':
      case 'max':
        return { measure, slots: { kind: measure.kind, extreme: extremes++ } };
      case 'last':
        return { measure, slots: { kind: 'last', extreme: extremes++, last: lasts++ } };
      case 'distinct':
        hashes = true;
        return { measure, slots: { kind: 'distinct' } };
      case 'quantile':
      case 'quantiles':
        buckets = true;
        return { measure, slots: { kind: 'quantile' } };
    }
  });
  const slots = { parts, sums, extremes, lasts, buckets, hashes };
  if (definition.window.session === undefined) return slots;
  return { ...slots, extremes: extremes + 2, span: { first: extremes, last: extremes + 1 } };
}

/** Whether windows hold the sum of all panes before them. */
export function isLevel(metric: AnyMetric, perPane = false): boolean {
  if (isMetricRatio(metric)) return isLevel(metric.numerator) || isLevel(metric.denominator);
  return metric.measure.kind === 'runningTotal' && !perPane;
}

/** Whether windows are made of sessions. */
export function isBySession({ window }: Pick<MetricDefinition, 'window'>, perPane = false): boolean {
  return window.session !== undefined && !perPane;
}
