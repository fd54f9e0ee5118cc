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

export type InCatalogue = ServedMetric & { readonly contract: Contract };

/** What the store has of the newest promotion of a metric. */
export interface ActiveRevision {
  /** Empty: the metric was withdrawn. */
  readonly revision: string;
  /** JSON. */
  readonly definition: string;
  /** -1: no such time. */
  readonly countedFromMs: number;
}

/** Chunks of the past that are counted under a proposed revision. */
export interface FillProgress {
  readonly filled: number;
  readonly total: number;
}

function inWords(progress: FillProgress | undefined): string {
  if (progress === undefined) return 'it waits for ingest to count it from the past';
  const { filled, total } = progress;
  return `it is being computed from the past: ${total === 0 ? 100 : Math.floor((filled / total) * 100)} %`;
}

/** What is served: business, contracts and metrics, as their files say. */
export class Catalogue implements MetricSource {
  readonly #proposed: ReadonlyMap<string, InCatalogue>;
  #served: ReadonlyMap<string, InCatalogue>;

  constructor(
    private readonly business: Business,
    private readonly teams: readonly Team[],
    contracts: readonly Contract[],
    metrics: readonly MetricDefinition[],
  ) {
    const byName = new Map(contracts.map((contract) => [contract.name, contract]));
    this.#proposed = new Map(
      metrics.map((definition) => {
        const contract = byName.get(definition.source);
        if (contract === undefined) throw new Error(`metric ${definition.name} reads no known contract`);
        return [definition.name, { definition, topic: contract.topic, contract }];
      }),
    );
    this.#served = new Map(
      [...this.#proposed].map(([name, own]) => [
        name,
        { ...own, unavailable: 'the store was not asked yet' },
      ]),
    );
  }

  /**
   * Takes what the store says is read of each metric. Files only propose: where another revision is active, that one
   * is served, and where none is, nothing.
   */
  adopt(active: ReadonlyMap<string, ActiveRevision>, progress: ReadonlyMap<string, FillProgress>): void {
    this.#served = new Map(
      [...this.#proposed].map(([name, own]) => {
        const known = active.get(name);
        if (known === undefined || known.revision === '')
          return [name, { ...own, unavailable: inWords(progress.get(own.definition.revision)) }];
        const definition =
          known.revision === own.definition.revision
            ? own.definition
            : (JSON.parse(known.definition) as MetricDefinition);
        const { countedFromMs } = known;
        return [name, { ...own, definition, ...(countedFromMs < 0 ? {} : { countedFromMs }) }];
      }),
    );
  }

  /** Why nothing of a metric may be shown; undefined: it may. */
  unavailable(name: string): string | undefined {
    return this.#served.get(name)?.unavailable;
  }

  metric(name: string): InCatalogue | undefined {
    return this.#served.get(name);
  }

  /** Currency that the business counts in, ISO 4217. */
  get currency(): string {
    return this.business.currency;
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
    const { definition, topic, countedFromMs } = served;
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
      ...(countedFromMs === undefined ? {} : { countedFromMs }),
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
