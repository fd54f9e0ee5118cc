import { type ClickHouseClient } from '@clickhouse/client';
import { REFERENCE_COLUMNS, type Contract } from '@freshet/contracts';
import { FACTS_DATABASE, METRICS_DATABASE, type MetricDefinition, type MetricRatio } from '@freshet/metrics';
import { catalogueTables } from './catalogue-tables.js';
import { readRunningContracts, refuseSilentBreaks, writeContracts } from './contract-log.js';
import { factTable, factTableName, factViewComments, factViewSelect, factViewTypes } from './fact-table.js';
import { freshnessTables } from './freshness-tables.js';
import { FRESHNESS_VIEWS } from './freshness-views.js';
import { ledgerTables } from './ledger-tables.js';
import { readRows } from '../store/read-rows.js';
import { metricView, topicsOf } from './metric-view.js';
import { feedReferences, feedsOf, REFERENCE_VALUES } from './reference-tables.js';
import { replaceRatioViews } from './ratio-views.js';
import { operationTables } from './operation-tables.js';
import { paneTables } from './pane-tables.js';
import { PROGRESS } from './progress-view.js';
import { reconcileRevisions, type Definitions } from './revisions.js';
import { SchemaConflict } from './schema-conflict.js';
import { columnSql, createTableSql, quoted, settingsSql, text, ttlSql, type Table } from './table.js';
import { replaceView } from './view.js';

/** Days that rows are kept. */
export interface Retention {
  readonly factsDays: number;
  readonly panesDays: number;
}
export const DEFAULT_RETENTION: Retention = { factsDays: 35, panesDays: 400 };

export interface MigrateOptions {
  readonly client: ClickHouseClient;
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  /** Ratios of two of them. */
  readonly ratios?: readonly MetricRatio[];
  readonly retention?: Partial<Retention>;
}

/**
 * Brings databases, tables and views to what the catalogue says. May be run again at any time, by several
 * processes too: what is there already is left as it is. New fields of a contract become columns; columns of
 * fields that are gone stay. Throws SchemaConflict,
 * and has changed nothing, where a column has another type or a contract breaks its promise without saying so.
 * @returns the definitions that are read now, and those that have to be counted from the past before they are
 */
export async function migrate(options: MigrateOptions): Promise<Definitions> {
  const { client, contracts, metrics, ratios = [] } = options;
  const { factsDays, panesDays } = { ...DEFAULT_RETENTION, ...options.retention };
  for (const database of [FACTS_DATABASE, METRICS_DATABASE]) {
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  }
  const tables = tablesOf({ contracts, metrics, retention: { factsDays, panesDays } });
  const before = await existingTables(client);
  const running = before.has(`${FACTS_DATABASE}.contracts_log`) ? await readRunningContracts(client) : [];
  refuseOtherTypes(tables, before);
  refuseOtherUse(contracts, before);
  refuseSilentBreaks(running, contracts);
  for (const table of tables) {
    await client.command({ query: createTableSql(table) });
    const existing = before.get(table.name.replaceAll('`', ''));
    if (existing !== undefined) await adapt(client, table, existing);
  }
  for (const view of [PROGRESS, ...FRESHNESS_VIEWS]) await replaceView(client, view);
  for (const contract of contracts) {
    await replaceView(client, {
      name: `${FACTS_DATABASE}.${quoted(contract.name)}`,
      comment: `${contract.title}: ${contract.reference === undefined ? 'each counted event once' : 'the newest record of each key'}. ${contract.description} Owner: ${contract.owner}.`,
      comments: factViewComments(contract),
      select: factViewSelect(contract),
      types: factViewTypes(contract),
    });
  }
  await writeContracts(client, running, contracts);
  const byName = new Map(contracts.map((contract) => [contract.name, contract]));
  for (const metric of metrics) {
    if (!byName.has(metric.source))
      throw new SchemaConflict(`Metric ${metric.name} reads contract ${metric.source}, which is not there.`);
  }
  await feedReferences(client, byName, metrics);
  const definitions = await reconcileRevisions(client, byName, metrics);
  for (const { definition, countedFromMs } of definitions.active) {
    await replaceView(client, metricView(definition, topicsOf(definition, contracts), countedFromMs));
  }
  await replaceRatioViews(client, contracts, ratios);
  await dropOrphans(client, [
    ...definitions.active.map(({ definition }) => definition.name),
    ...ratios.map(({ name }) => name),
  ]);
  return definitions;
}

/** Every table, in the order in which they are made. */
export function tablesOf({
  contracts,
  metrics,
  retention,
}: Pick<MigrateOptions, 'contracts' | 'metrics' | 'retention'>): Table[] {
  const { factsDays, panesDays } = { ...DEFAULT_RETENTION, ...retention };
  return [
    ...ledgerTables(panesDays),
    ...paneTables(panesDays, metrics),
    ...operationTables(panesDays),
    ...freshnessTables(panesDays),
    ...catalogueTables(panesDays),
    REFERENCE_VALUES,
    ...contracts.map((contract) => factTable(contract, factsDays)),
  ];
}

/** Names of everything in database `freshet` that is not made for analysts. */
export function storageTablesOf(catalogue: Pick<MigrateOptions, 'contracts' | 'metrics'>): string[] {
  const prefix = `${FACTS_DATABASE}.`;
  const tables = tablesOf(catalogue).map(({ name }) => name.replaceAll('`', '').slice(prefix.length));
  return [...tables, ...feedsOf(catalogue.metrics)];
}

/** Drops the views of metrics that are gone. */
async function dropOrphans(client: ClickHouseClient, names: readonly string[]): Promise<void> {
  const views = await readRows<{ name: string }>(
    client,
    `SELECT name FROM system.tables WHERE database = ${text(METRICS_DATABASE)} AND name NOT IN {names: Array(String)}`,
    { names },
  );
  for (const { name } of views)
    await client.command({ query: `DROP VIEW IF EXISTS ${METRICS_DATABASE}.${quoted(name)}` });
}

/**
 * Whether the store can become what these contracts say, without changing anything.
 * @throws SchemaConflict when it cannot
 */
export async function checkContracts(
  client: ClickHouseClient,
  contracts: readonly Contract[],
): Promise<void> {
  const facts = contracts.map((contract) => factTable(contract, DEFAULT_RETENTION.factsDays));
  const before = await existingTables(client);
  refuseOtherTypes(facts, before);
  refuseOtherUse(contracts, before);
  refuseSilentBreaks(await readRunningContracts(client), contracts);
}

interface ExistingTable {
  readonly engine_full: string;
  /** Type by column. */
  readonly columns: ReadonlyMap<string, string>;
}

async function existingTables(client: ClickHouseClient): Promise<Map<string, ExistingTable>> {
  const answer = await client.query({
    query: `SELECT concat(t.database, '.', t.name) AS name, t.engine_full AS engine_full,
        groupArray((c.name, c.type)) AS columns
      FROM system.tables AS t INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
      WHERE t.database = ${text(FACTS_DATABASE)} AND t.engine LIKE '%MergeTree'
      GROUP BY name, engine_full`,
    format: 'JSONEachRow',
  });
  const rows = await answer.json<{ name: string; engine_full: string; columns: [string, string][] }>();
  return new Map(
    rows.map(({ name, engine_full, columns }) => [name, { engine_full, columns: new Map(columns) }]),
  );
}

/** Before anything is changed, so that nothing is half done. */
function refuseOtherTypes(tables: readonly Table[], before: ReadonlyMap<string, ExistingTable>): void {
  for (const table of tables) {
    const existing = before.get(table.name.replaceAll('`', ''));
    for (const column of table.columns) {
      const type = existing?.columns.get(column.name);
      if (type === undefined || unspaced(type) === unspaced(column.type)) continue;
      throw new SchemaConflict(
        `Column ${column.name} of ${table.name} is ${type} and the catalogue makes it ${column.type}: ` +
          `give the field another name, so that it gets a column of its own.`,
      );
    }
  }
}

/** Events are kept by offset and reference data by key: a table that holds the one cannot hold the other. */
function refuseOtherUse(contracts: readonly Contract[], before: ReadonlyMap<string, ExistingTable>): void {
  for (const { name, reference } of contracts) {
    const existing = before.get(factTableName(name).replaceAll('`', ''));
    if (existing === undefined) continue;
    const isReference = existing.columns.has(REFERENCE_COLUMNS.place);
    if (isReference === (reference !== undefined)) continue;
    const [was, is] = isReference ? ['reference data', 'events'] : ['events', 'reference data'];
    throw new SchemaConflict(
      `Contract ${name} was ${was} and is ${is} now, which are not kept alike: give the contract another name.`,
    );
  }
}

async function adapt(client: ClickHouseClient, table: Table, existing: ExistingTable): Promise<void> {
  const changes: string[] = [];
  for (const column of table.columns) {
    const type = existing.columns.get(column.name);
    if (type === undefined) changes.push(`ADD COLUMN IF NOT EXISTS ${columnSql(column)}`);
  }
  if (changes.length > 0 && !existing.engine_full.includes(`ORDER BY ${table.orderBy}`)) {
    // Allowed for columns that come with the same statement, at the end of the key.
    changes.push(`MODIFY ORDER BY ${table.orderBy}`);
  }
  if (changes.length > 0) await client.command({ query: `ALTER TABLE ${table.name} ${changes.join(', ')}` });
  const missing = settingsSql(table.settings ?? {}).filter(
    (each) => !new RegExp(`\\b${each}\\b`).test(existing.engine_full),
  );
  if (missing.length > 0)
    await client.command({ query: `ALTER TABLE ${table.name} MODIFY SETTING ${missing.join(', ')}` });
  if (table.retention !== undefined) {
    const ttl = ttlSql(table.retention);
    if (/ TTL (.*?)(?: SETTINGS|$)/.exec(existing.engine_full)?.[1] !== ttl) {
      // Old parts follow at their next merge; rewriting all of them at once would stop everything else.
      await client.command({
        query: `ALTER TABLE ${table.name} MODIFY TTL ${ttl}`,
        clickhouse_settings: { materialize_ttl_after_modify: 0 },
      });
    }
  }
}

function unspaced(type: string): string {
  return type.replaceAll(/\s/g, '');
}
