import type { ClickHouseClient } from '@clickhouse/client';
import type { Contract } from '@freshet/contracts';
import { FACT, FACTS_DATABASE, type FactsQueryRow } from '@freshet/metrics';

import type { Steps } from './steps.js';

/** Rows of a query over facts. */
export async function readFacts(store: ClickHouseClient, sql: string): Promise<FactsQueryRow[]> {
  const answer = await store.query({ query: sql, format: 'JSONEachRow' });
  return (await answer.json<FactsQueryRow>()).map((row) => ({
    ...row,
    window_start_ms: Number(row.window_start_ms),
    window_end_ms: Number(row.window_end_ms),
    value: row.value === null ? null : Number(row.value),
    events: Number(row.events),
  }));
}

/** Why nothing is drawn of a contract's facts. */
export interface WhyNone {
  readonly words: string;
  /** There is none at all; otherwise none in this time, which is no reason for a level. */
  readonly isEmpty: boolean;
}

/** Undefined: there are facts in this time. */
export async function whyNone(
  store: ClickHouseClient,
  { name, topic }: Contract,
  { fromMs, toMs }: Pick<Steps, 'fromMs' | 'toMs'>,
): Promise<WhyNone | undefined> {
  const answer = await store
    .query({
      query: `SELECT toUnixTimestamp64Milli(max(${FACT.eventTime})) AS newest, count() AS facts,
        countIf(${FACT.eventTime} >= fromUnixTimestamp64Milli({from: Int64})) AS recent
      FROM {database: Identifier}.{table: Identifier} WHERE ${FACT.eventTime} < fromUnixTimestamp64Milli({to: Int64})`,
      query_params: { database: FACTS_DATABASE, table: `${name}_log`, from: fromMs, to: toMs },
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
    .catch((error: unknown) => {
      if ((error as { type?: string }).type === 'UNKNOWN_TABLE') return undefined;
      throw error;
    });
  if (answer === undefined)
    return none(
      `There is no table of facts of ${name} yet: ingest makes it soon after the contract's file, when it runs.`,
    );
  const [row] = await answer.json<{ newest: number; facts: number; recent: number }>();
  if (row === undefined || row.facts === 0)
    return none(`There is no fact of ${name} yet: nothing that counts has come on topic ${topic}.`);
  if (row.recent > 0) return undefined;
  const newest = new Date(row.newest).toISOString();
  return {
    words: `There is no fact of ${name} from ${new Date(fromMs).toISOString()} on, the newest is of ${newest}: look further back with --last.`,
    isEmpty: false,
  };
}

function none(words: string): WhyNone {
  return { words, isEmpty: true };
}
