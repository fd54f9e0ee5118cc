import { parseDurationMs } from '@freshet/contracts';
import type { MetricOutline, OneNumber } from '@freshet/metrics';
import { filterOf as readFilter, timeOf } from '../rest/values-query.js';

/** One number as a request names it, checked against its metric. */
export interface WantedNumber {
  readonly endMs: number;
  readonly everyMs: number;
  readonly sizeMs: number;
  readonly filter: Readonly<Record<string, readonly string[]>>;
}

export type Wanted =
  | { readonly ok: true; readonly number: WantedNumber }
  | { readonly ok: false; readonly detail: string; readonly remedy: string };

/**
 * Reads `end` (of the window, ISO 8601 or epoch ms), `every` (its step; default: the metric's own) and `filter`
 * (`dimension:value`, repeated). Money is explained in one currency: the business's own, unless the filter names one.
 */
export function parseWanted(
  definition: MetricOutline,
  query: Readonly<Record<string, unknown>>,
  currency: string,
): Wanted {
  const endMs = timeOf(query['end']);
  if (endMs === undefined) return wrong('"end" is not a time', 'Give the end of the window, epoch ms.');
  const { window } = definition;
  const every = query['every'];
  const everyMs = every === undefined ? window.everyMs : parseDurationMs(String(every));
  if (everyMs === undefined || everyMs % window.everyMs !== 0 || everyMs <= 0) {
    return wrong(
      `"every" is not a multiple of the metric's step of ${window.everyMs / 1000} s`,
      'Leave it out for the step.',
    );
  }
  if (endMs % everyMs !== 0) return wrong('no window ends at "end"', `Windows end every ${everyMs} ms.`);
  const filter = readFilter(query['filter']);
  if (typeof filter === 'string') {
    return wrong(`filter "${filter}" has no value`, 'Write filter=dimension:value, once for each.');
  }
  const known = definition.dimensions.map(({ name }) => name);
  const unknown = Object.keys(filter).find((name) => !known.includes(name));
  if (unknown !== undefined) return wrong(`there is no dimension ${unknown}`, `Known: ${known.join(', ')}.`);
  const money = definition.currencyDimension;
  if (money !== undefined) filter[money] = (filter[money] ?? [currency]).slice(0, 1);
  return { ok: true, number: { endMs, everyMs, sizeMs: Math.max(window.sizeMs, everyMs), filter } };
}

function wrong(detail: string, remedy: string): Wanted {
  return { ok: false, detail, remedy };
}

/** The number without its grain. */
export function numberOf({ endMs, sizeMs, filter }: WantedNumber): OneNumber {
  return { startMs: endMs - sizeMs, endMs, filter };
}

/** Selects the one window that is wanted. */
export function lastWindow({ endMs, everyMs, filter }: WantedNumber) {
  return { fromMs: endMs - everyMs, toMs: endMs, everyMs, filter };
}

/** A copy that answers may own. */
export function filterOf({ filter }: WantedNumber): Record<string, string[]> {
  return Object.fromEntries(Object.entries(filter).map(([name, values]) => [name, [...values]]));
}
