import { FACTS_DATABASE, METRICS_DATABASE } from '@freshet/metrics';
import { createTableSql, text, type Table } from './table.js';

/** Database of what each shard holds; `freshet` has tables of the same names that spread over all shards. */
const SHARD_DATABASE = 'freshet_shard';
/**
 * A shard holds whole partitions: a row and its replacement, and all that FINAL or a merge has to see together, have
 * the same topic and partition in their key. FINAL does not cross shards.
 */
export const SHARDING_KEY = 'cityHash64(topic, partition)';

/** Whether a table is split over shards: its key says which source partition a row is of. */
export function isSharded({ orderBy }: Table): boolean {
  const key = orderBy.split(/\W+/);
  return key.includes('topic') && key.includes('partition');
}

/**
 * DDL of Freshet's tables on a cluster of shards and replicas, to be run once, before ingest is started for the first
 * time: `migrate` finds the tables and adds the views. Tables with a source partition in their key are split by it; the
 * others are small and replicated to every node. Needs the macros `{shard}` and `{replica}` and a Keeper.
 */
export function clusterSql(tables: readonly Table[], cluster: string): string {
  const onCluster = `ON CLUSTER ${text(cluster)}`;
  const databases = [FACTS_DATABASE, METRICS_DATABASE, SHARD_DATABASE].map(
    (name) => `CREATE DATABASE IF NOT EXISTS ${name} ${onCluster}`,
  );
  const made = tables.flatMap((table): string[] => {
    const name = table.name.replaceAll('`', '').split('.')[1]!;
    const path = `/clickhouse/tables/${isSharded(table) ? '{shard}' : 'all'}/freshet/${name}`;
    const replica = isSharded(table) ? '{replica}' : '{shard}-{replica}';
    const engine = replicated(table.engine, path, replica);
    const create = (into: string): string =>
      createTableSql({ ...table, name: `${into} ${onCluster}`, engine });
    if (!isSharded(table)) return [create(table.name)];
    const local = `${SHARD_DATABASE}.${name}`;
    return [
      create(local),
      `CREATE TABLE IF NOT EXISTS ${table.name} ${onCluster} AS ${local}\n` +
        `ENGINE = Distributed(${text(cluster)}, ${text(SHARD_DATABASE)}, ${text(name)}, ${SHARDING_KEY})`,
    ];
  });
  return [...databases, ...made, profile(onCluster)].map((statement) => `${statement};\n`).join('\n');
}

/** `ReplacingMergeTree(through)` becomes `ReplicatedReplacingMergeTree(path, replica, through)`. */
function replicated(engine: string, path: string, replica: string): string {
  const [, name = engine, parameters] = /^(\w+)(?:\((.*)\))?$/.exec(engine) ?? [];
  const all = [text(path), text(replica), ...(parameters === undefined ? [] : [parameters])];
  return `Replicated${name}(${all.join(', ')})`;
}

/**
 * What "stored" means on a cluster: on a quorum of replicas, in the shard and not in a queue on the way, and read from
 * a replica that has it. Given to the users of ingest and gateway.
 */
function profile(onCluster: string): string {
  const settings = [
    'distributed_foreground_insert = 1',
    "insert_quorum = 'auto'",
    'insert_quorum_parallel = 0',
    'select_sequential_consistency = 1',
  ];
  return `CREATE SETTINGS PROFILE IF NOT EXISTS freshet ${onCluster} SETTINGS ${settings.join(', ')}`;
}
