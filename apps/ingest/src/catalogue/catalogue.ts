import { join } from 'node:path';
import type { Definitions } from '@freshet/clickhouse';
import {
  CANARY_TOPIC,
  canaryContract,
  catalogueFingerprint,
  compileDecoder,
  formatProblem,
  loadBusiness,
  loadContracts,
  loadTeams,
  type Contract,
  type Team,
} from '@freshet/contracts';
import { shortestPatience, type Proposal, type SourceSpec } from '@freshet/ingestion';
import {
  closingMsOf,
  combineAggregators,
  compileAggregator,
  contractsOf,
  loadMetrics,
  referencesOf,
  type AnyMetric,
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
  /** Smallest freshness target of the metrics that need a topic, ms, by topic: what its flushes go by. */
  readonly targetsMs: ReadonlyMap<string, number>;
  readonly teams: readonly Team[];
  /** Hash over its files. */
  readonly fingerprint: string;
}

/**
 * What of a catalogue the running pipeline is made of: with the same, titles, owners and other words are all that
 * differs.
 */
export function workOf({ contracts, metrics, targetsMs }: Catalogue): string {
  return JSON.stringify([
    contracts.map(({ name, topic, hash, start, fields }) => [
      name,
      topic,
      hash,
      start,
      fields.map((field) => [field.name, field.lowCardinality]),
    ]),
    metrics.map(({ name, revision, promotion }) => [name, revision, promotion]).sort(),
    [...targetsMs],
  ]);
}

/** Loads the catalogue's folder. @throws ConfigError with every problem, one a line */
export function loadCatalogue(folder: string): Catalogue {
  // Before the files are read: what is written meanwhile is seen as a change at the next look.
  const fingerprint = catalogueFingerprint(folder);
  const teams = loadTeams(join(folder, 'teams.yaml'));
  const names = teams.value?.map((team) => team.name);
  const options = names === undefined ? {} : { teams: names };
  const { contracts, problems } = loadContracts(join(folder, 'contracts'), options);
  const loaded = loadMetrics(join(folder, 'metrics'), contracts, options);
  // Its time zone is in the definitions: a broken one would change numbers.
  const business = loadBusiness(join(folder, 'business.yaml'));
  const all = [...business.problems, ...teams.problems, ...problems, ...loaded.problems];
  if (all.length > 0)
    throw new ConfigError(`The catalogue in ${folder} has problems:\n${all.map(formatProblem).join('\n')}`);
  if (contracts.length === 0)
    throw new ConfigError(
      `The catalogue in ${folder} has no contract: add one to ${join(folder, 'contracts')}.`,
    );
  const ingested = [...contracts, canaryContract()];
  return {
    contracts: ingested,
    metrics: loaded.metrics,
    ratios: loaded.ratios,
    targetsMs: targetsOf(ingested, [...loaded.metrics, ...loaded.ratios]),
    teams: teams.value ?? [],
    fingerprint,
  };
}

/** Where no metric asks for less. */
const LONGEST_TARGET_MS = 2_000;

function targetsOf(contracts: readonly Contract[], metrics: readonly AnyMetric[]): Map<string, number> {
  const targets = new Map(contracts.map(({ topic }) => [topic, LONGEST_TARGET_MS]));
  for (const metric of metrics)
    for (const { topic } of contractsOf(metric, contracts))
      targets.set(topic, Math.min(targets.get(topic)!, metric.freshness.targetMs));
  // It is to show the way of what is wanted soonest.
  targets.set(CANARY_TOPIC, Math.min(...targets.values()));
  return targets;
}

/**
 * Compiles each contract's decoder and its metrics' aggregator: what is read now and what is to be read, side by side.
 */
export function compileSources(
  contracts: readonly Contract[],
  { active, proposed }: Definitions,
): SourceSpec[] {
  const running = active.map(({ definition }) => definition);
  const references = [...running, ...proposed].flatMap(referencesOf);
  const mapped = new Set(references.map((reference) => reference.contract));
  return contracts.map((contract) => {
    const isMine = ({ source }: MetricDefinition): boolean => source === contract.name;
    const sets = [running.filter(isMine), proposed.filter(isMine)];
    const compiled = sets.map((definitions) => compileAggregator(definitions, contract));
    const used = sets[1]!.length === 0 ? compiled.slice(0, 1) : compiled;
    const patience = shortestPatience(
      sets.flat().map(({ window, lateness: { watermarkDelayMs, allowedMs } }) => ({
        everyMs: closingMsOf(window),
        waitMs: watermarkDelayMs + allowedMs,
      })),
    );
    const decoder = compileDecoder(contract);
    const isMappedBy = mapped.has(contract.name);
    return { contract, decoder, newAggregator: combineAggregators(used), patience, isMappedBy };
  });
}

/** Proposals by contract; those that wait for a person apart, so that they hold up no other. */
export function proposalsOf(contracts: readonly Contract[], { proposed, held }: Definitions): Proposal[] {
  return contracts.flatMap((contract) => {
    const own = proposed.filter(({ source }) => source === contract.name);
    return [true, false].flatMap((isHeld): Proposal[] => {
      const definitions = own.filter(({ revision }) => held.has(revision) === isHeld);
      return definitions.length === 0 ? [] : [{ contract, definitions, isHeld }];
    });
  });
}
