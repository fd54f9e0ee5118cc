import { type ClickHouseClient } from '@clickhouse/client';
import { factColumnName, REFERENCE_COLUMNS, type Contract } from '@freshet/contracts';
import {
  FACTS_DATABASE,
  REFERENCE,
  REFERENCE_TABLE,
  referenceFields,
  referencesOf,
  type MetricDefinition,
  type Reference,
} from '@freshet/metrics';
import { factTableName, PLACE_SQL } from './fact-table.js';
import { columnSql, quoted, text, type Table } from './table.js';

/** Newest value of each key; kept for ever, also when the facts that said so are gone. */
export const REFERENCE_VALUES: Table = {
  name: REFERENCE_TABLE,
  comment: 'What reference topics say of each key, for dimensions by mapping. Read with FINAL.',
  columns: [
    { name: REFERENCE.contract, type: 'LowCardinality(String)', comment: 'Contract of the reference topic.' },
    {
      name: REFERENCE.fields,
      type: 'LowCardinality(String)',
      comment: 'Field of the key → field of the value.',
    },
    { name: REFERENCE.key, type: 'String', comment: 'Key.' },
    {
      name: REFERENCE.value,
      type: 'String',
      comment: 'Value in the newest event of the key; empty when absent.',
    },
    {
      name: REFERENCE.place,
      type: 'Int64',
      comment:
        'Life of the topic × 2^48 + offset: the newest counts. All events of a key are in one partition.',
    },
    { name: REFERENCE.deleted, type: 'Bool', comment: 'The newest record of the key deleted it.' },
  ],
  engine: `ReplacingMergeTree(${REFERENCE.place})`,
  orderBy: `(${REFERENCE.contract}, ${REFERENCE.fields}, ${REFERENCE.key})`,
};

const FEED_COLUMNS = REFERENCE_VALUES.columns.map(columnSql).join(', ');

/**
 * Makes the views that keep `reference_values` up to date with each insert of facts, for all mappings that metrics
 * use. A new one takes what the facts say already; repeating that changes nothing.
 */
export async function feedReferences(
  client: ClickHouseClient,
  contracts: ReadonlyMap<string, Contract>,
  metrics: readonly MetricDefinition[],
): Promise<void> {
  const references = new Map(
    metrics.flatMap(referencesOf).map((reference) => [nameOf(reference), reference] as const),
  );
  for (const [name, reference] of references) {
    const contract = contracts.get(reference.contract);
    if (contract === undefined) continue;
    const view = `${FACTS_DATABASE}.${quoted(name)}`;
    const answer = await client.query({ query: `EXISTS TABLE ${view}`, format: 'JSONEachRow' });
    const [{ result } = { result: 0 }] = await answer.json<{ result: number }>();
    if (result === 1) continue;
    const select = selectOf(contract, reference);
    await client.command({
      query: `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${REFERENCE_TABLE} (${FEED_COLUMNS}) AS ${select}
COMMENT ${text(`Takes what contract ${reference.contract} says of each ${reference.key} into ${REFERENCE_TABLE}.`)}`,
    });
    await client.command({ query: `INSERT INTO ${REFERENCE_TABLE} ${select}` });
  }
}

/** Names of the views that keep `reference_values` for these metrics. */
export function feedsOf(metrics: readonly MetricDefinition[]): string[] {
  return [...new Set(metrics.flatMap(referencesOf).map(nameOf))];
}

function nameOf({ contract, key, value }: Reference): string {
  return `${contract}_${factColumnName(key)}_to_${factColumnName(value)}_feed`;
}

function selectOf(contract: Contract, reference: Reference): string {
  const column = (field: string): string => quoted(factColumnName(field));
  return `SELECT ${text(contract.name)} AS ${REFERENCE.contract}, ${text(referenceFields(reference))} AS ${REFERENCE.fields},
  toString(${column(reference.key)}) AS ${REFERENCE.key}, ifNull(toString(${column(reference.value)}), '') AS ${REFERENCE.value},
  ${PLACE_SQL} AS ${REFERENCE.place}, ${contract.reference === undefined ? 'false' : REFERENCE_COLUMNS.deleted} AS ${REFERENCE.deleted}
FROM ${factTableName(contract.name)} WHERE duplicate_of = -1 AND topic = ${text(contract.topic)}`;
}
