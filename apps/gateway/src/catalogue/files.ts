import { join } from 'node:path';
import {
  catalogueFingerprint,
  formatProblem,
  loadBusiness,
  loadContracts,
  loadTeams,
  type Business,
  type Contract,
  type Team,
} from '@freshet/contracts';
import { loadMetrics, type MetricDefinition, type MetricRatio } from '@freshet/metrics';
import { ConfigError } from '../config.js';

/** What the files of a catalogue say, all of them or none. */
export interface CatalogueFiles {
  readonly business: Business;
  readonly teams: readonly Team[];
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  /** Ratios of two of them. */
  readonly ratios: readonly MetricRatio[];
  /** Hash over them. */
  readonly fingerprint: string;
}

/** Loads the catalogue's folder. Throws `ConfigError` with every problem, one a line. */
export function readCatalogue(folder: string): CatalogueFiles {
  const fingerprint = catalogueFingerprint(folder);
  const business = loadBusiness(join(folder, 'business.yaml'));
  const teams = loadTeams(join(folder, 'teams.yaml'));
  const teamNames = teams.value?.map((team) => team.name);
  const options = teamNames === undefined ? {} : { teams: teamNames };
  const contracts = loadContracts(join(folder, 'contracts'), options);
  const metrics = loadMetrics(join(folder, 'metrics'), contracts.contracts, options);
  const problems = [business, teams, contracts, metrics].flatMap((part) => part.problems);
  if (problems.length > 0 || business.value === undefined || teams.value === undefined) {
    throw new ConfigError(
      `The catalogue in ${folder} has problems:\n${problems.map(formatProblem).join('\n')}`,
    );
  }
  return {
    business: business.value,
    teams: teams.value,
    contracts: contracts.contracts,
    metrics: metrics.metrics,
    ratios: metrics.ratios,
    fingerprint,
  };
}
