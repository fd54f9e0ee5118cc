import type { ClickHouseClient } from '@clickhouse/client';
import type { Preview } from '@freshet/live-protocol';
import { isMetricRatio, type FactsQueryRow } from '@freshet/metrics';

import { sentenceOf } from '../explain/sentence.js';
import { readFacts, whyNone } from './facts.js';
import type { Previewed } from './previewed.js';
import type { Steps } from './steps.js';

/** Series of the newest step that are told. */
const MOST_SERIES = 8;

/**
 * Reads a definition, and what is read of its name now, over the facts of some steps.
 * @returns sentences that say why there is nothing to draw, where there is not
 */
export async function makePreview(
  store: ClickHouseClient,
  previewed: Previewed,
  active: Previewed | undefined,
  steps: Steps,
  nowMs: number,
): Promise<Preview | readonly string[]> {
  const { definition, contracts } = previewed;
  const { currencyDimension } = definition;
  const groupBy = currencyDimension === undefined ? [] : [currencyDimension];
  const range = { fromMs: steps.fromMs, toMs: steps.toMs, ...steps.grain };
  const none = await Promise.all(contracts.map((contract) => whyNone(store, contract, steps)));
  if (none.some((why) => why?.isEmpty)) return none.flatMap((why) => (why?.isEmpty ? why.words : []));
  const sql = previewed.query({ ...range, groupBy });
  const rows = await readFacts(store, sql);
  if (rows.length === 0) {
    const words = none.flatMap((why) => why?.words ?? []);
    const names = contracts.map(({ name }) => name).join(' or ');
    return words.length > 0
      ? words
      : [`No fact of ${names} in this time passes the filter: there is nothing to draw.`];
  }
  const before = active && (await readFacts(store, active.query({ ...range, groupBy })));
  // Amounts of different currencies are never added: the one with the most events is drawn.
  const drawn = largestOf(rows);
  const proposed = byEnd(rows, drawn);
  const beside = before && byEnd(before, drawn);
  return {
    metric: definition.name,
    title: definition.title,
    meaning: meaningOf(previewed),
    owner: definition.owner,
    unit: definition.unit,
    revision: definition.revision,
    ...(active === undefined ? {} : { activeRevision: active.definition.revision }),
    madeAtMs: nowMs,
    ...(currencyDimension === undefined ? {} : { currencyDimension, currency: drawn }),
    steps: steps.each.map(({ startMs, endMs }) => ({
      ...{ startMs, endMs, proposed: proposed.get(endMs) ?? null },
      ...(beside === undefined ? {} : { active: beside.get(endMs) ?? null }),
    })),
    newest: await newestOf(store, previewed, steps),
    sql,
  };
}

function meaningOf({ definition }: Previewed): string {
  if (!isMetricRatio(definition)) return sentenceOf(definition);
  const { title, meaning, numerator, denominator } = definition;
  return `${title}: ${meaning}, divided at read. ${sentenceOf(numerator)} ${sentenceOf(denominator)}`;
}

async function newestOf(
  store: ClickHouseClient,
  { definition, query }: Previewed,
  { each, grain }: Steps,
): Promise<Preview['newest']> {
  const dimensions = definition.dimensions.map(({ name }) => name);
  const newest = each.at(-1);
  if (dimensions.length === 0 || newest === undefined) return { dimensions, rows: [], of: 0 };
  const range = { fromMs: newest.startMs, toMs: newest.endMs, ...grain };
  const rows = await readFacts(store, query({ ...range, groupBy: dimensions }));
  const largest = rows.toSorted((a, b) => b.events - a.events).slice(0, MOST_SERIES);
  return {
    dimensions,
    rows: largest.map(({ series, value }) => ({ series: [...series], value })),
    of: rows.length,
  };
}

const keyOf = ({ series }: FactsQueryRow): string => series.join(' · ');

function largestOf(rows: readonly FactsQueryRow[]): string {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.events);
  return [...sums].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

function byEnd(rows: readonly FactsQueryRow[], series: string): ReadonlyMap<number, number | null> {
  return new Map(rows.filter((row) => keyOf(row) === series).map((row) => [row.window_end_ms, row.value]));
}
