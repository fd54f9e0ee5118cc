import { clusterSql, tablesOf } from '@freshet/clickhouse';
import { MissingPrerequisite } from '@freshet/embedded';

import { checkCatalogue } from '../catalogue.js';
import { readConfig } from '../config.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';

export interface ClusterOptions {
  /** As in `remote_servers` of the servers' configuration. */
  readonly name: string;
}

/** Prints the DDL of the catalogue's tables on a cluster. @throws MissingPrerequisite when the catalogue has problems */
export function cluster(
  { name }: ClusterOptions,
  { env, print }: Pick<Surroundings, 'env' | 'print'> = ofProcess(),
): number {
  const { contracts, metrics, problems } = checkCatalogue(readConfig(env).catalog);
  if (problems.length > 0) throw new MissingPrerequisite(problems.join('\n'));
  print(clusterSql(tablesOf({ contracts, metrics }), name));
  return 0;
}
