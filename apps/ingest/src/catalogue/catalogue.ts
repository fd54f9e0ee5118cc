import { join } from 'node:path';
import type { Definitions } from '@freshet/clickhouse';
import {
  canaryContract,
  compileDecoder,
  formatProblem,
  loadContracts,
  loadTeams,
  type Contract,
} from '@freshet/contracts';
import type { Proposal, SourceSpec } from '@freshet/ingestion';
import {
  combineAggregators,
  compileAggregator,
  loadMetrics,
  type MetricDefinition,
  type MetricRatio,
} from '@freshet/metrics';
import { ConfigError } from '../config.js';

/** What is ingested: contracts and the metrics over them, as their files say. */
export interface Catalogue {
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  /** Ratios of two of them: nothing is ingested for them, but they have views. */
  readonly ratios: readonly MetricRatio[];
  /** Smallest freshness target of all metrics, ms: what the flush cadence goes by. */
  readonly smallestTargetMs: number;
}

/** Loads the catalogue's folder. @throws ConfigError with every problem, one a line */
export function loadCatalogue(folder: string): Catalogue {
  const teams = loadTeams(join(folder, 'teams.yaml'));
  const names = teams.value?.map((team) => team.name);
  const options = names === undefined ? {} : { teams: names };
  const { contracts, problems } = loadContracts(join(folder, 'contracts'), options);
  const loaded = loadMetrics(join(folder, 'metrics'), contracts, options);
  const all = [...teams.problems, ...problems, ...loaded.problems];
  if (all.length > 0)
    throw new ConfigError(`The catalogue in ${folder} has problems:\n${all.map(formatProblem).join('\n')}`);
  if (contracts.length === 0)
    throw new ConfigError(
      `The catalogue in ${folder} has no contract: add one to ${join(folder, 'contracts')}.`,
    );
  const smallestTargetMs = Math.min(
    2_000,
    ...[...loaded.metrics, ...loaded.ratios].map(({ freshness }) => freshness.targetMs),
  );
  return {
    contracts: [...contracts, canaryContract()],
    metrics: loaded.metrics,
    ratios: loaded.ratios,
    smallestTargetMs,
  };
}

/**
 * Compiles each contract's decoder and its metrics' aggregator: what is read now and what is to be read, side by side.
 */
export function compileSources(
  contracts: readonly Contract[],
  { active, proposed }: Definitions,
): SourceSpec[] {
  return contracts.map((contract) => {
    const isMine = ({ source }: MetricDefinition): boolean => source === contract.name;
    const sets = [active.map(({ definition }) => definition).filter(isMine), proposed.filter(isMine)];
    const compiled = sets.map((definitions) => compileAggregator(definitions, contract));
    const used = sets[1]!.length === 0 ? compiled.slice(0, 1) : compiled;
    return { contract, decoder: compileDecoder(contract), newAggregator: combineAggregators(used) };
  });
}

/** Proposals by contract. */
export function proposalsOf(contracts: readonly Contract[], { proposed }: Definitions): Proposal[] {
  return contracts.flatMap((contract) => {
    const definitions = proposed.filter(({ source }) => source === contract.name);
    return definitions.length === 0 ? [] : [{ contract, definitions }];
  });
}
