import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { formatProblem, loadBusiness, loadContracts, loadTeams, type Contract } from '@freshet/contracts';
import { loadMetrics, type MetricDefinition, type MetricRatio } from '@freshet/metrics';

export interface CheckedCatalogue {
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  /** Ratios of two of them. */
  readonly ratios: readonly MetricRatio[];
  /** Names of those that may own something. */
  readonly teams: readonly string[];
  /** One line each, ready to print; empty when the catalogue can be run. */
  readonly problems: readonly string[];
}

/** Loads a catalogue's folder and gathers every problem of all of its files. */
export function checkCatalogue(folder: string): CheckedCatalogue {
  if (!existsSync(folder)) {
    return {
      contracts: [],
      metrics: [],
      ratios: [],
      teams: [],
      problems: [
        `There is no catalogue at ${folder}: set FRESHET_CATALOG to the folder that has contracts/ and metrics/.`,
      ],
    };
  }
  const business = loadBusiness(join(folder, 'business.yaml'));
  const teams = loadTeams(join(folder, 'teams.yaml'));
  const names = teams.value?.map(({ name }) => name);
  const options = names === undefined ? {} : { teams: names };
  const contracts = loadContracts(join(folder, 'contracts'), options);
  const metrics = loadMetrics(join(folder, 'metrics'), contracts.contracts, options);
  return {
    contracts: contracts.contracts,
    metrics: metrics.metrics,
    ratios: metrics.ratios,
    teams: names ?? [],
    problems: [business, teams, contracts, metrics].flatMap(({ problems }) => problems.map(formatProblem)),
  };
}
