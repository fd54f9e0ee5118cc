import { calendarSteps, DAY_MS, hasEvenHours, HOUR_MS, type Calendar } from '@freshet/windowing';
import type { MetricOutline, Rank } from '../metric.js';
import { chosenRanks, QUANTILE, ranksOf } from '../ranks.js';

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
  /** Steps of a calendar instead. */
  readonly calendar?: Calendar;
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
  /** Wall time, epoch ms: what is too young to be archived is read without a look at the archive. Absent: look. */
  readonly nowMs?: number;
  /** With `nowMs`, of older panes, epoch ms: none that starts at or after this is archived, as the reader knows. */
  readonly archivedBeforeMs?: number;
}

export class SelectionError extends Error {
  override readonly name = 'SelectionError';
}

/** A selection with all defaults applied and checked against the metric. */
export interface ResolvedSelection {
  readonly fromMs: number;
  readonly toMs: number;
  /** Length of a step; of days, 24 hours, whatever each has. */
  readonly everyMs: number;
  readonly calendar: Calendar | undefined;
  readonly sizeMs: number;
  /** Without `quantile`. */
  readonly groupBy: readonly string[];
  readonly filter: readonly (readonly [dimension: string, values: readonly string[]])[];
  /** Of several quantiles: which are told, and the place of their names in the series, -1: nowhere. */
  readonly quantiles: { readonly ranks: readonly Rank[]; readonly at: number } | undefined;
  readonly top: number | undefined;
  readonly perPane: boolean;
  readonly nowMs: number | undefined;
  readonly archivedBeforeMs: number | undefined;
}

const MAX_STEPS = 100_000;

/**
 * Checks a selection. A step longer than the window makes the window as long as the step, so that nothing in
 * the range is left out. Throws `SelectionError` with what is wrong, in words for the caller.
 */
export function resolveSelection(definition: MetricOutline, selection: PaneSelection): ResolvedSelection {
  const { everyMs, calendar, fromMs, toMs } = resolveSteps(definition, selection);
  const top = selection.top;
  if (top !== undefined && !(Number.isSafeInteger(top) && top > 0)) {
    throw new SelectionError('top must be a whole number above 0.');
  }
  const series = seriesDimensions(definition, selection.groupBy ?? []);
  const filter = Object.entries(selection.filter ?? {}).map(([dimension, values]) => {
    dimensionIndex(definition, dimension);
    return [dimension, values] as const;
  });
  const ranks = ranksOf(definition);
  const isOther = (name: string): boolean => ranks === undefined || name !== QUANTILE;
  const at = ranks === undefined ? -1 : series.indexOf(QUANTILE);
  return {
    fromMs,
    toMs,
    everyMs,
    calendar,
    sizeMs: Math.max(definition.window.sizeMs, everyMs),
    groupBy: series.filter(isOther),
    filter: filter.filter(([name]) => isOther(name)),
    quantiles: ranks && { ranks: chosenRanks(ranks, selection.filter?.[QUANTILE], at >= 0), at },
    top,
    perPane: selection.perPane ?? false,
    nowMs: selection.nowMs,
    archivedBeforeMs: selection.archivedBeforeMs,
  };
}

/** The steps of a selection, and its range widened to whole ones. */
function resolveSteps(
  { window, name }: MetricOutline,
  selection: PaneSelection,
): Pick<ResolvedSelection, 'everyMs' | 'calendar' | 'fromMs' | 'toMs'> {
  const { fromMs, toMs } = selection;
  if (selection.calendar !== undefined && selection.everyMs !== undefined) {
    throw new SelectionError('A grain is a length or a calendar step, not both.');
  }
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs)) {
    throw new SelectionError('Range bounds must be whole milliseconds.');
  }
  if (toMs <= fromMs) throw new SelectionError('The range is empty: its end must be after its beginning.');
  const calendar = selection.calendar ?? (selection.everyMs === undefined ? window.calendar : undefined);
  const everyMs =
    calendar === undefined
      ? (selection.everyMs ?? window.everyMs)
      : calendar.unit === 'day'
        ? DAY_MS
        : HOUR_MS;
  if ((toMs - fromMs) / everyMs > MAX_STEPS) {
    throw new SelectionError(`The range has more than ${MAX_STEPS} steps: choose a longer grain.`);
  }
  if (calendar === undefined) {
    if (!Number.isSafeInteger(everyMs) || everyMs <= 0 || everyMs % window.everyMs !== 0) {
      throw new SelectionError(`The grain of ${name} must be a multiple of ${window.everyMs} ms.`);
    }
    const [first, end] = [Math.floor(fromMs / everyMs) * everyMs, Math.ceil(toMs / everyMs) * everyMs];
    return { everyMs, calendar, fromMs: first, toMs: end };
  }
  const { unit, timeZone } = calendar;
  if (unit === 'hour' && !hasEvenHours(timeZone)) {
    throw new SelectionError(`Hours of ${timeZone} are not all an hour long: choose days.`);
  }
  const steps = calendarSteps(calendar, fromMs, toMs);
  for (const { startMs, endMs } of steps) {
    if (window.sizeMs > endMs - startMs) {
      throw new SelectionError(`Windows of ${name} are longer than a ${unit}: choose a longer grain.`);
    }
    if (startMs % window.everyMs === 0 && endMs % window.everyMs === 0) continue;
    const cut = new Date(startMs % window.everyMs === 0 ? endMs : startMs).toISOString();
    throw new SelectionError(
      `A ${unit} of ${timeZone} begins at ${cut}, inside a pane of ${name}, which is ${window.everyMs} ms long.`,
    );
  }
  return { everyMs, calendar, fromMs: steps[0]!.startMs, toMs: steps.at(-1)!.endMs };
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
