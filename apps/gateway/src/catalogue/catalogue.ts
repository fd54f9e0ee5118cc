import { join } from 'node:path';
import {
  formatProblem,
  loadBusiness,
  loadContracts,
  loadTeams,
  type Business,
  type Contract,
  type Team,
} from '@freshet/contracts';
import type { WatchedMetric } from '@freshet/freshness';
import type { MetricSource, ServedMetric } from '@freshet/live-hub';
import type { MetricInfo, Metrics } from '@freshet/live-protocol';
import { loadMetrics, newestValuesSql, type MetricDefinition } from '@freshet/metrics';
import { ConfigError } from '../config.js';
import type { AlertRule } from '../watch/alert-book.js';

/** What is served: business, contracts and metrics, as their files say. */
export class Catalogue implements MetricSource {
  readonly #served: ReadonlyMap<string, ServedMetric & { readonly contract: Contract }>;

  constructor(
    private readonly business: Business,
    private readonly teams: readonly Team[],
    contracts: readonly Contract[],
    metrics: readonly MetricDefinition[],
  ) {
    const byName = new Map(contracts.map((contract) => [contract.name, contract]));
    this.#served = new Map(
      metrics.map((definition) => {
        const contract = byName.get(definition.source);
        if (contract === undefined) throw new Error(`metric ${definition.name} reads no known contract`);
        return [definition.name, { definition, topic: contract.topic, contract }];
      }),
    );
  }

  metric(name: string): ServedMetric | undefined {
    return this.#served.get(name);
  }

  get names(): readonly string[] {
    return [...this.#served.keys()];
  }

  /** What freshness goes by. */
  watched(): WatchedMetric[] {
    return [...this.#served.values()].map(({ definition, topic, contract }) => ({
      metric: definition.name,
      topic,
      targetMs: definition.freshness.targetMs,
      owner: definition.owner,
      sourceOwner: contract.owner,
    }));
  }

  alertRules(): AlertRule[] {
    return [...this.#served.values()].map(({ definition }) => ({
      metric: definition.name,
      actionWindowMs: definition.freshness.actionWindowMs,
      owner: definition.owner,
      runbook: definition.runbook,
    }));
  }

  all(): Metrics {
    return {
      business: { ...this.business },
      metrics: this.names.map((name) => this.info(name) as MetricInfo),
    };
  }

  info(name: string): MetricInfo | undefined {
    const served = this.#served.get(name);
    if (served === undefined) return undefined;
    const { definition, topic } = served;
    const { display, window } = definition;
    const team = display.team ?? definition.owner;
    return {
      name,
      title: definition.title,
      subtitle: definition.subtitle,
      description: definition.description,
      owner: definition.owner,
      team: this.teams.find((known) => known.name === team)?.title ?? team,
      source: definition.source,
      topic,
      order: display.order,
      dimensions: definition.dimensions.map((dimension) => dimension.name),
      ...(display.splitBy === undefined ? {} : { splitBy: display.splitBy }),
      ...(definition.currencyDimension === undefined
        ? {}
        : { currencyDimension: definition.currencyDimension }),
      measure: definition.measure.kind,
      meaning: definition.meaning,
      window: { kind: window.kind, sizeMs: window.sizeMs, everyMs: window.everyMs },
      lateness: { ...definition.lateness },
      freshness: { ...definition.freshness },
      unit: definition.unit,
      goodDirection: definition.goodDirection,
      runbook: definition.runbook,
      revision: definition.revision,
      sql: newestValuesSql(definition),
    };
  }
}

/** Loads the catalogue's folder. Throws `ConfigError` with every problem, one a line. */
export function loadCatalogue(folder: string): Catalogue {
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
  return new Catalogue(business.value, teams.value, contracts.contracts, metrics.metrics);
}
