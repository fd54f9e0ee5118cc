import { parseDurationMs } from '@freshet/contracts';
import { selectionSchema, type Selection } from '@freshet/live-protocol';

export type Parsed =
  | { readonly ok: true; readonly selection: Selection }
  | { readonly ok: false; readonly detail: string; readonly remedy: string };

const KNOWN = ['from', 'to', 'every', 'groupBy', 'filter', 'top'];
const DEFAULT_RANGE_MS = 3_600_000;

/**
 * Reads `from`, `to` (ISO 8601 or epoch ms; default: the last hour), `every` (`1m`, `1h`, ms, `hour`, `day`), `groupBy`
 * (names, comma separated), `filter` (`dimension:value`, repeated), `top`.
 */
export function parseValuesQuery(
  metric: string,
  query: Readonly<Record<string, unknown>>,
  nowMs: number,
): Parsed {
  const unknown = Object.keys(query).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) return wrong(`unknown parameter "${unknown}"`, `Known are ${KNOWN.join(', ')}.`);
  const toMs = query['to'] === undefined ? nowMs : timeOf(query['to']);
  if (toMs === undefined) return wrong('"to" is not a time', TIME_REMEDY);
  const fromMs = query['from'] === undefined ? toMs - DEFAULT_RANGE_MS : timeOf(query['from']);
  if (fromMs === undefined) return wrong('"from" is not a time', TIME_REMEDY);
  if (fromMs >= toMs) return wrong('"from" is not before "to"', 'The range is [from, to).');
  const every = query['every'];
  const grain = grainOf(every);
  if (grain === undefined) {
    return wrong(
      '"every" is not a duration',
      'Write e.g. every=1m, every=1h or milliseconds; every=hour and every=day are those of the calendar.',
    );
  }
  const filter = filterOf(query['filter']);
  if (typeof filter === 'string')
    return wrong(`filter "${filter}" has no value`, 'Write filter=dimension:value, once for each.');
  const groupBy = texts(query['groupBy']).flatMap((names) => names.split(',').filter((name) => name !== ''));
  const selection = selectionSchema.safeParse({
    metric,
    filter,
    groupBy,
    range: { kind: 'fixed', fromMs, toMs },
    ...grain,
    ...(query['top'] === undefined ? {} : { top: Number(query['top']) }),
  });
  if (selection.success) return { ok: true, selection: selection.data };
  const issue = selection.error.issues[0];
  return wrong(`${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'is wrong'}`, 'See /api/docs.');
}

const TIME_REMEDY = 'Write an ISO 8601 time with its zone, e.g. 2026-01-31T12:00:00Z, or epoch milliseconds.';

/** `dimension:value` entries by dimension; the entry itself where one has no value. */
export function filterOf(value: unknown): Record<string, string[]> | string {
  const filter: Record<string, string[]> = {};
  for (const entry of texts(value)) {
    const colon = entry.indexOf(':');
    if (colon < 1) return entry;
    (filter[entry.slice(0, colon)] ??= []).push(entry.slice(colon + 1));
  }
  return filter;
}

/** ISO 8601 with its zone, or epoch ms; undefined for anything else. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A grain as a request names it: a duration, or a step of the calendar; undefined for anything else. */
export function grainOf(every: unknown): Pick<Selection, 'everyMs' | 'calendar'> | undefined {
  if (every === undefined) return {};
  if (every === 'hour' || every === 'day') return { calendar: every };
  const everyMs = durationOf(every);
  return everyMs === undefined ? undefined : { everyMs };
}

function durationOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  return /^\d{1,12}$/.test(value) ? Number(value) : parseDurationMs(value);
}

function texts(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).filter(
    (entry): entry is string => typeof entry === 'string',
  );
}

function wrong(detail: string, remedy: string): Parsed {
  return { ok: false, detail, remedy };
}
