import type { MetricOutline, OneNumber } from '@freshet/metrics';
import { calendarStep, type Calendar } from '@freshet/windowing';
import { filterOf as readFilter, grainOf, timeOf } from '../rest/values-query.js';

/** One number as a request names it, checked against its metric. */
export interface WantedNumber {
  readonly endMs: number;
  readonly everyMs: number;
  readonly sizeMs: number;
  /** Set for a step of a calendar; then both are its length. */
  readonly calendar?: Calendar;
  readonly filter: Readonly<Record<string, readonly string[]>>;
}

export type Wanted =
  | { readonly ok: true; readonly number: WantedNumber }
  | { readonly ok: false; readonly detail: string; readonly remedy: string };

/**
 * Reads `end` (of the window, ISO 8601 or epoch ms), `every` (its step, `hour` and `day` by the calendar; default: the
 * metric's own) and `filter`
 * (`dimension:value`, repeated). Money is explained in one currency: the business's own, unless the filter names one.
 */
export function parseWanted(
  definition: MetricOutline,
  query: Readonly<Record<string, unknown>>,
  { currency, timeZone }: { readonly currency: string; readonly timeZone: string },
): Wanted {
  const endMs = timeOf(query['end']);
  if (endMs === undefined) return wrong('"end" is not a time', 'Give the end of the window, epoch ms.');
  const length = lengthOf(definition, query['every'], endMs, timeZone);
  if ('ok' in length) return length;
  const filter = readFilter(query['filter']);
  if (typeof filter === 'string') {
    return wrong(`filter "${filter}" has no value`, 'Write filter=dimension:value, once for each.');
  }
  const known = definition.dimensions.map(({ name }) => name);
  const unknown = Object.keys(filter).find((name) => !known.includes(name));
  if (unknown !== undefined) return wrong(`there is no dimension ${unknown}`, `Known: ${known.join(', ')}.`);
  const money = definition.currencyDimension;
  if (money !== undefined) filter[money] = (filter[money] ?? [currency]).slice(0, 1);
  return { ok: true, number: { endMs, ...length, filter } };
}

/** Length of the window that ends then, and of its step. */
function lengthOf(
  { window }: MetricOutline,
  every: unknown,
  endMs: number,
  timeZone: string,
): Pick<WantedNumber, 'everyMs' | 'sizeMs' | 'calendar'> | (Wanted & { ok: false }) {
  const grain = grainOf(every);
  const own = window.calendar;
  const calendar =
    grain?.calendar === undefined
      ? every === undefined
        ? own
        : undefined
      : { unit: grain.calendar, timeZone: own?.timeZone ?? timeZone };
  if (calendar !== undefined) {
    const step = calendarStep(calendar, endMs - 1);
    const ends = `It ends at ${new Date(step.endMs).toISOString()}.`;
    if (step.endMs !== endMs) return wrong(`no ${calendar.unit} of ${calendar.timeZone} ends at "end"`, ends);
    const lengthMs = step.endMs - step.startMs;
    return { everyMs: lengthMs, sizeMs: lengthMs, calendar };
  }
  const everyMs = grain?.everyMs ?? (every === undefined ? window.everyMs : undefined);
  if (everyMs === undefined || everyMs % window.everyMs !== 0 || everyMs <= 0) {
    return wrong(
      `"every" is not a multiple of the metric's step of ${window.everyMs / 1000} s`,
      'Leave it out for the step.',
    );
  }
  if (endMs % everyMs !== 0) return wrong('no window ends at "end"', `Windows end every ${everyMs} ms.`);
  return { everyMs, sizeMs: Math.max(window.sizeMs, everyMs) };
}

function wrong(detail: string, remedy: string): Wanted & { ok: false } {
  return { ok: false, detail, remedy };
}

/** The number without its grain. */
export function numberOf({ endMs, sizeMs, filter }: WantedNumber): OneNumber {
  return { startMs: endMs - sizeMs, endMs, filter };
}

/** Selects the one window that is wanted. */
export function lastWindow({ endMs, everyMs, calendar, filter }: WantedNumber) {
  const range = { fromMs: endMs - everyMs, toMs: endMs, filter };
  return calendar === undefined ? { ...range, everyMs } : { ...range, calendar };
}

/** A copy that answers may own. */
export function filterOf({ filter }: WantedNumber): Record<string, string[]> {
  return Object.fromEntries(Object.entries(filter).map(([name, values]) => [name, [...values]]));
}
