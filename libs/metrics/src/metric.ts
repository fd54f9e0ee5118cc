/** A metric as loaded from its file: immutable, with all defaults filled in. */
import type { Calendar } from '@freshet/windowing';

export type Scalar = string | number | boolean;

export type Filter =
  | { readonly kind: 'equals'; readonly field: string; readonly value: Scalar }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Scalar[] }
  /** from ≤ value < to; either may be absent. */
  | { readonly kind: 'range'; readonly field: string; readonly from?: number; readonly to?: number }
  | { readonly kind: 'exists'; readonly field: string }
  | { readonly kind: 'prefix'; readonly field: string; readonly prefix: string }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'all' | 'any'; readonly filters: readonly Filter[] };

export interface CountMeasure {
  readonly kind: 'count';
  readonly where?: Filter;
}
export interface FieldMeasure<Kind extends 'sum' | 'min' | 'max' | 'avg' | 'last'> {
  readonly kind: Kind;
  readonly field: string;
  /** Decimal places of a decimal field: states are integers of 10^-scale units. */
  readonly scale?: number;
  readonly where?: Filter;
}
export type SimpleMeasure =
  | CountMeasure
  | FieldMeasure<'sum' | 'min' | 'max' | 'avg' | 'last'>
  /** Number of different values of `field`. */
  | { readonly kind: 'distinct'; readonly field: string; readonly where?: Filter }
  /** Number of sessions with an event that passes `where`; only where windows are sessions. */
  | { readonly kind: 'sessions'; readonly where?: Filter }
  /** Time from the first to the last event of a session, in seconds; only where windows are sessions. */
  | { readonly kind: 'duration'; readonly where?: undefined }
  /** `q` in (0, 1), from logarithmic buckets with γ = 1.02: relative error below 1 %. */
  | {
      readonly kind: 'quantile';
      readonly field: string;
      readonly q: number;
      readonly scale?: number;
      readonly where?: Filter;
    }
  /** Several of them from the same buckets; each is a value of the dimension `quantile`, the first is told without it. */
  | {
      readonly kind: 'quantiles';
      readonly field: string;
      readonly at: readonly number[];
      readonly scale?: number;
      readonly where?: Filter;
    };
/** What can be added up over time: movements of a level, or what a rate counts. */
export type AdditiveMeasure = CountMeasure | FieldMeasure<'sum'>;
export type Measure =
  | SimpleMeasure
  | { readonly kind: 'ratio'; readonly numerator: SimpleMeasure; readonly denominator: SimpleMeasure }
  /**
   * A level: all of `plus` less all of `minus` from the beginning to the window's end. Where an `opening` was read
   * (a stock count), the level is the last reading and what moved from the start of its pane on.
   */
  | {
      readonly kind: 'runningTotal';
      readonly plus: AdditiveMeasure;
      readonly minus?: AdditiveMeasure;
      readonly opening?: FieldMeasure<'last'>;
    }
  /** `of` per second of the window. */
  | { readonly kind: 'rate'; readonly of: AdditiveMeasure };

export interface Dimension {
  readonly name: string;
  readonly field: string;
  /** How values are made of the field's; absent: they are the field's own. */
  readonly by?: Derivation;
}

export type Derivation =
  /** Bands of a number, [bounds[i-1], bounds[i]), in whole units of the field; one label more than bounds. */
  | { readonly kind: 'bands'; readonly bounds: readonly number[]; readonly labels: readonly string[] }
  /** A fixed table; `otherwise` is the value of what is not in it. */
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, string>>; readonly otherwise: string }
  /** What a reference topic says of the key now: stored as the key, mapped at read. */
  | Reference
  /** Made at read of the buckets: no dimension of pane rows, and the last of the definition's. */
  | { readonly kind: 'quantile'; readonly ranks: readonly Rank[] };
/** A quantile by its name, `p95`. */
export interface Rank {
  readonly label: string;
  readonly q: number;
}
export interface Reference {
  readonly kind: 'reference';
  /** Contract whose newest event of each key counts. */
  readonly contract: string;
  /** Fields of that contract. */
  readonly key: string;
  readonly value: string;
  readonly otherwise: string;
}

/**
 * Panes are `everyMs` long and aligned to the epoch in UTC. Tumbling is hopping with `everyMs` = `sizeMs`. Windows of
 * a calendar are hours or days of a time zone, merged from panes at read; there `sizeMs` is the pane's length, too.
 * Sessions are told in steps of `everyMs` = `sizeMs`, each holds the sessions that ended in it; panes are a gap long.
 */
export interface Window {
  readonly kind: 'tumbling' | 'hopping' | 'calendar' | 'session';
  readonly sizeMs: number;
  readonly everyMs: number;
  readonly calendar?: Calendar;
  readonly session?: SessionRule;
}

/**
 * Events of one key (and the same dimensions) that follow each other by less than `gapMs` are one session,
 * [first event, last event + gap). One that reaches from the first gap of a whole `longestMs`, aligned to the epoch, into
 * its last gap ends with it.
 */
export interface SessionRule {
  readonly gapMs: number;
  /** Field with the key. */
  readonly by: string;
  /** A multiple of `gapMs`. */
  readonly longestMs: number;
}

export type Unit = 'count' | 'percent' | 'money' | 'milliseconds' | 'seconds' | 'users';

/** A bound on a metric's value that a person wants to hear of. */
export interface ValueAlert {
  readonly name: string;
  /** In words, e.g. `Checkout failures over 5 %`. */
  readonly title: string;
  readonly severity: 'page' | 'ticket';
  readonly bound: 'above' | 'below';
  /** Of the value; with `againstMs` of the change as a share: -0.4 is 40 % under. */
  readonly limit: number;
  /** Compare with the same window so long ago; absent: the value itself is judged. */
  readonly againstMs?: number;
  /** Beyond its bound for so long. */
  readonly holdMs: number;
}

/** What every metric says of itself, however it is counted. */
export interface MetricOutline {
  /** `[a-z][a-z0-9_]*`: also the name of the analysts' view. */
  readonly name: string;
  readonly title: string;
  /** Words after the title on a tile, e.g. `per minute`. */
  readonly subtitle: string;
  readonly description: string;
  /** Team. */
  readonly owner: string;
  readonly dimensions: readonly { readonly name: string }[];
  readonly window: Window;
  readonly lateness: { readonly watermarkDelayMs: number; readonly allowedMs: number };
  readonly freshness: {
    readonly targetMs: number;
    /** Share of good seconds, 0..1. */
    readonly objective: number;
    readonly overMs: number;
    readonly actionWindowMs: number;
  };
  readonly unit: Unit;
  readonly goodDirection: 'up' | 'down' | 'none';
  /** Name of the dimension that holds the currency of the amounts: values are never merged across it. */
  readonly currencyDimension?: string;
  /** What is counted, in words, e.g. `status is failed ÷ all payments.payment_attempted`. */
  readonly meaning: string;
  readonly display: {
    /** Team under whose heading it stands; absent: the owner. */
    readonly team?: string;
    /** Lower comes first; the first of a team leads. */
    readonly order: number;
    /** Dimension that the leading tile is split by. */
    readonly splitBy?: string;
  };
  readonly runbook: string;
  /** Absent: none. */
  readonly alerts?: readonly ValueAlert[];
  readonly file: string;
  /** Hash over everything that changes its numbers, the contract and the engine's semantics included (16 hex digits). */
  readonly revision: string;
}

/** A metric that is counted from the events of one contract. */
export interface MetricDefinition extends MetricOutline {
  /** Name of the contract that it reads. */
  readonly source: string;
  readonly filter?: Filter;
  readonly measure: Measure;
  readonly dimensions: readonly Dimension[];
  /** Most series of one chunk and pane; those seen later are folded into `(other)`. */
  readonly maxSeries: number;
  readonly replay: 'recompute' | 'correct-forward';
  /** When a changed definition is read: as soon as its past is counted, or when a person asks for it then. */
  readonly promotion: 'when-complete' | 'by-hand';
}

/**
 * A metric divided by another one, over dimensions that both have. It is made at read from what is stored of the two:
 * it has no panes, no revision of its own to fill, and follows what is active of its parts. Window and lateness are
 * its parts' (the longer lateness of the two).
 */
export interface MetricRatio extends MetricOutline {
  readonly numerator: MetricDefinition;
  readonly denominator: MetricDefinition;
}

export type AnyMetric = MetricDefinition | MetricRatio;

export function isMetricRatio(metric: AnyMetric): metric is MetricRatio {
  return 'numerator' in metric;
}

/**
 * Series beyond `maxSeries`. A folded row has it in every dimension except the currency, so that amounts in
 * different currencies stay apart there too.
 */
export const OTHER = '(other)';
