import { canonicalSelection, type Selection } from '@freshet/live-protocol';
import type { SeriesQuery, ServedMetric } from './ports.js';

/** A selection checked against its metric: what to ask the store for. */
export interface Plan {
  readonly key: string;
  readonly selection: Selection;
  readonly groupBy: readonly string[];
  readonly everyMs: number;
  readonly sizeMs: number;
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
  const everyMs = selection.everyMs ?? stepMs;
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
  return { ok: true, plan: { key: canonicalSelection(selection), selection, groupBy, everyMs, sizeMs } };
}

/** The query for the windows of the plan within the bounds. */
export function queryOf(
  plan: Plan,
  metric: ServedMetric,
  bounds: { readonly fromMs: number; readonly toMs: number },
  maxPoints: number,
): SeriesQuery {
  const { selection, groupBy, everyMs, sizeMs } = plan;
  return {
    metric,
    filter: selection.filter,
    groupBy,
    everyMs,
    sizeMs,
    ...bounds,
    top: selection.top,
    maxPoints,
  };
}

function refuse(message: string): Planned {
  return { ok: false, message };
}
