import type { MetricOutline } from '../metric.js';

/** What to read of a metric. */
export interface PaneSelection {
  /**
   * Steps [fromMs, toMs), widened to whole steps: there is one window for every step, it ends where the step
   * ends, and begins its size before. A tumbling window is its step.
   */
  readonly fromMs: number;
  readonly toMs: number;
  /** Length of a step, a multiple of the metric's pane; absent: the metric's own. */
  readonly everyMs?: number;
  /** Dimensions to split by; a money metric is always split by its currency too (last, unless it is listed). */
  readonly groupBy?: readonly string[];
  /** Dimension → allowed values. */
  readonly filter?: Readonly<Record<string, readonly string[]>>;
  /** Keep the so many largest series (of each currency) over the range and merge the rest into `(other)`. */
  readonly top?: number;
  /**
   * Each pane by itself, as it is stored: a running total's change (its movements and reading as numerator and
   * denominator). What the audit compares with facts that do not reach back to the beginning.
   */
  readonly perPane?: boolean;
}

export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/** A selection with all defaults applied and checked against the metric. */
export interface ResolvedSelection {
  readonly fromMs: number;
  readonly toMs: number;
  readonly everyMs: number;
  readonly sizeMs: number;
  readonly groupBy: readonly string[];
  readonly filter: readonly (readonly [dimension: string, values: readonly string[]])[];
  readonly top: number | undefined;
  readonly perPane: boolean;
}

const MAX_STEPS = 100_000;

/**
 * Checks a selection. A step longer than the window makes the window as long as the step, so that nothing in
 * the range is left out. Throws `SelectionError` with what is wrong, in words for the caller.
 */
export function resolveSelection(definition: MetricOutline, selection: PaneSelection): ResolvedSelection {
  const { window, name } = definition;
  const everyMs = selection.everyMs ?? window.everyMs;
  if (!Number.isSafeInteger(everyMs) || everyMs <= 0 || everyMs % window.everyMs !== 0) {
    throw new SelectionError(`The grain of ${name} must be a multiple of ${window.everyMs} ms.`);
  }
  if (!Number.isSafeInteger(selection.fromMs) || !Number.isSafeInteger(selection.toMs)) {
    throw new SelectionError('Range bounds must be whole milliseconds.');
  }
  const fromMs = Math.floor(selection.fromMs / everyMs) * everyMs;
  const toMs = Math.ceil(selection.toMs / everyMs) * everyMs;
  if (toMs <= fromMs) throw new SelectionError('The range is empty: its end must be after its beginning.');
  if ((toMs - fromMs) / everyMs > MAX_STEPS) {
    throw new SelectionError(`The range has more than ${MAX_STEPS} steps: choose a longer grain.`);
  }
  const top = selection.top;
  if (top !== undefined && !(Number.isSafeInteger(top) && top > 0)) {
    throw new SelectionError('top must be a whole number above 0.');
  }
  return {
    fromMs,
    toMs,
    everyMs,
    sizeMs: Math.max(window.sizeMs, everyMs),
    groupBy: seriesDimensions(definition, selection.groupBy ?? []),
    filter: Object.entries(selection.filter ?? {}).map(([dimension, values]) => {
      dimensionIndex(definition, dimension);
      return [dimension, values];
    }),
    top,
    perPane: selection.perPane ?? false,
  };
}

/** Dimensions that rows are split by: those asked for, and the currency. */
export function seriesDimensions(definition: MetricOutline, groupBy: readonly string[]): string[] {
  const dimensions = [...new Set(groupBy)];
  for (const dimension of dimensions) dimensionIndex(definition, dimension);
  const { currencyDimension } = definition;
  if (currencyDimension !== undefined && !dimensions.includes(currencyDimension)) {
    dimensions.push(currencyDimension);
  }
  return dimensions;
}

/** Position of a dimension in pane rows. */
export function dimensionIndex(definition: MetricOutline, dimension: string): number {
  const index = definition.dimensions.findIndex(({ name }) => name === dimension);
  if (index >= 0) return index;
  const known = definition.dimensions.map(({ name }) => name).join(', ') || 'none';
  throw new SelectionError(`${definition.name} has no dimension "${dimension}"; it has: ${known}.`);
}
