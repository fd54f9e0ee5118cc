import type { Contract, OwnedStage, Team } from '@freshet/contracts';
import { ownerOf, type AlertedMetric, type FreshnessObjective, type WatchedSource } from '@freshet/freshness';
import type { MetricSource, ServedMetric } from '@freshet/live-hub';
import type { MetricInfo, Metrics, Stage } from '@freshet/live-protocol';
import {
  contractsOf,
  isMetricRatio,
  newestValuesSql,
  ranksOf,
  withParts,
  type AnyMetric,
  type MetricDefinition,
  type MetricOutline,
  type MetricRatio,
} from '@freshet/metrics';
import type { ValueRules } from '../alerts/value-watch.js';
import { readCatalogue, type CatalogueFiles } from './files.js';

export type InCatalogue = ServedMetric & {
  readonly definition: MetricDefinition;
  readonly contract: Contract;
  /** It first, then those of reference topics. */
  readonly contracts: readonly Contract[];
  /** When its definition was promoted, epoch ms; absent: not known. */
  readonly activeSinceMs?: number;
};
export type RatioInCatalogue = ServedMetric & {
  readonly definition: MetricRatio;
  readonly contracts: readonly Contract[];
};

/** What the store has of the newest promotion of a metric. */
interface ActiveRevision {
  /** Empty: the metric was withdrawn. */
  readonly revision: string;
  /** JSON. */
  readonly definition: string;
  /** -1: no such time. */
  readonly countedFromMs: number;
  /** When it was promoted, epoch ms. */
  readonly activeSinceMs: number;
}

/** Chunks of the past that are counted under a proposed revision. */
interface FillProgress {
  readonly filled: number;
  readonly total: number;
}

/** A definition that was made active, and when. */
export interface PastPromotion {
  readonly revision: string;
  /** Epoch ms. */
  readonly atMs: number;
  /** There were no numbers before it. */
  readonly isFirst: boolean;
}

/** What the store says of the catalogue. */
export interface StoredCatalogue {
  readonly active: ReadonlyMap<string, ActiveRevision>;
  /** By revision. */
  readonly progress: ReadonlyMap<string, FillProgress>;
  /** By metric, oldest first. */
  readonly promotions: ReadonlyMap<string, readonly PastPromotion[]>;
  /** Why ingest goes on with an earlier catalogue; empty: it does not. */
  readonly refused: readonly string[];
}

const NOTHING_STORED: StoredCatalogue = {
  active: new Map(),
  progress: new Map(),
  promotions: new Map(),
  refused: [],
};

function inWords(progress: FillProgress | undefined, { promotion }: MetricDefinition): string {
  if (progress === undefined) return 'it waits for ingest to count it from the past';
  const { filled, total } = progress;
  if (promotion === 'by-hand' && filled >= total)
    return 'its past is counted; it waits for a person to promote it';
  return `it is being computed from the past: ${total === 0 ? 100 : Math.floor((filled / total) * 100)} %`;
}

/** What is served: business, contracts and metrics, as their files say. */
export class Catalogue implements MetricSource {
  #files: CatalogueFiles;
  #stored: StoredCatalogue | undefined;
  #served: ReadonlyMap<string, InCatalogue> = new Map();
  #ratios: ReadonlyMap<string, RatioInCatalogue> = new Map();
  #refused: readonly string[] = [];

  constructor(files: CatalogueFiles) {
    this.#files = files;
    this.#serve();
  }

  get contracts(): readonly Contract[] {
    return this.#files.contracts;
  }

  get teams(): readonly Team[] {
    return this.#files.teams;
  }

  /** Takes other files into use. */
  take(files: CatalogueFiles): void {
    this.#files = files;
    this.#refused = [];
    this.#serve();
  }

  /** The files have problems: what is served stays. */
  refuse(problems: readonly string[]): void {
    this.#refused = problems;
  }

  /** Why the files are not in use as they are, one line each; empty: they are. */
  get problems(): readonly string[] {
    return this.#refused.length > 0 ? this.#refused : (this.#stored?.refused ?? []);
  }

  /** Hash over the files in use. */
  get fingerprint(): string {
    return this.#files.fingerprint;
  }

  /**
   * Takes what the store says is read of each metric. Files only propose: where another revision is active, that one
   * is served, and where none is, nothing.
   */
  adopt(stored: StoredCatalogue): void {
    this.#stored = stored;
    this.#serve();
  }

  #serve(): void {
    const { contracts, metrics } = this.#files;
    const byName = new Map(contracts.map((contract) => [contract.name, contract]));
    this.#served = new Map(
      metrics.map((definition) => {
        const contract = byName.get(definition.source);
        if (contract === undefined) throw new Error(`metric ${definition.name} reads no known contract`);
        const own = contractsOf(definition, contracts);
        const topics = own.map(({ topic }) => topic);
        return [
          definition.name,
          this.#asStored({ definition, topics, contract, contracts: own, timeZone: this.timeZone }),
        ];
      }),
    );
    this.#ratios = this.#divided();
  }

  /** Ratios of two metrics, over what is served of both. */
  #divided(): ReadonlyMap<string, RatioInCatalogue> {
    return new Map(
      this.#files.ratios.map((ratio) => {
        const parts = [ratio.numerator, ratio.denominator].map(({ name }) => this.#served.get(name));
        const [numerator, denominator] = parts;
        if (numerator === undefined || denominator === undefined)
          throw new Error(`metric ${ratio.name} divides no known metrics`);
        const active = withParts(ratio, numerator.definition, denominator.definition);
        const waits = [numerator, denominator].find(({ unavailable }) => unavailable !== undefined);
        const unavailable =
          waits === undefined
            ? typeof active === 'string'
              ? active
              : undefined
            : `${waits.definition.name}: ${waits.unavailable!}`;
        const countedFromMs = Math.max(...parts.map((part) => part?.countedFromMs ?? -1));
        const served = {
          definition: typeof active === 'string' ? ratio : active,
          contracts: [...new Set([...numerator.contracts, ...denominator.contracts])],
          topics: [...new Set([...numerator.topics, ...denominator.topics])],
          timeZone: this.timeZone,
          ...(countedFromMs < 0 ? {} : { countedFromMs }),
          ...(unavailable === undefined ? {} : { unavailable }),
        };
        return [ratio.name, served];
      }),
    );
  }

  #find(name: string): InCatalogue | RatioInCatalogue | undefined {
    return this.#served.get(name) ?? this.#ratios.get(name);
  }

  #all(): (InCatalogue | RatioInCatalogue)[] {
    return [...this.#served.values(), ...this.#ratios.values()];
  }

  #asStored(own: InCatalogue): InCatalogue {
    if (this.#stored === undefined) return { ...own, unavailable: 'the store was not asked yet' };
    const { active, progress } = this.#stored;
    const { revision, name } = own.definition;
    const known = active.get(name);
    if (known === undefined || known.revision === '')
      return { ...own, unavailable: inWords(progress.get(revision), own.definition) };
    const isOwn = known.revision === revision;
    const definition = isOwn ? own.definition : (JSON.parse(known.definition) as MetricDefinition);
    const { countedFromMs, activeSinceMs } = known;
    return { ...own, definition, activeSinceMs, ...(countedFromMs < 0 ? {} : { countedFromMs }) };
  }

  /** Why nothing of a metric may be shown; undefined: it may. */
  unavailable(name: string): string | undefined {
    return this.#find(name)?.unavailable;
  }

  metric(name: string): InCatalogue | RatioInCatalogue | undefined {
    return this.#find(name);
  }

  /** Currency that the business counts in, ISO 4217. */
  get currency(): string {
    return this.#files.business.currency;
  }

  get names(): readonly string[] {
    return this.#all().map(({ definition }) => definition.name);
  }

  /** What freshness goes by. */
  watched(): (AlertedMetric & FreshnessObjective)[] {
    const stageOwners = this.stageOwners();
    return this.#all().flatMap((served) =>
      served.contracts.map(({ topic, owner: sourceOwner }) => ({
        ...served.definition.freshness,
        metric: served.definition.name,
        topic,
        owner: served.definition.owner,
        sourceOwner,
        stageOwners,
      })),
    );
  }

  /** Team that answers for a stage of a metric's way; empty for an unknown metric. */
  ownerOf(name: string, stage: Stage): string {
    const metric = this.watched().find((each) => each.metric === name);
    return metric === undefined ? '' : ownerOf(metric, stage);
  }

  /** One entry a metric, also where it reads two topics. */
  promises(): (AlertedMetric & FreshnessObjective)[] {
    return [...new Map(this.watched().map((metric) => [metric.metric, metric])).values()];
  }

  /** The topics behind the metrics. */
  sources(): WatchedSource[] {
    const sources = new Map<string, WatchedSource>();
    for (const served of this.#all()) {
      const { targetMs } = served.definition.freshness;
      for (const { topic, name, owner, maxSilenceMs, late } of served.contracts) {
        const least = Math.min(targetMs, sources.get(topic)?.targetMs ?? targetMs);
        sources.set(topic, { topic, contract: name, owner, maxSilenceMs, late, targetMs: least });
      }
    }
    return [...sources.values()];
  }

  /** Names of the metrics that read a topic. */
  metricsOf(topic: string): string[] {
    return this.watched().flatMap((metric) => (metric.topic === topic ? metric.metric : []));
  }

  /** Metrics with alerts on their values. */
  valueRules(): ValueRules[] {
    const topics = new Map(this.watched().map(({ metric, topic }) => [metric, topic]));
    return this.#all().flatMap(({ definition }) => {
      const topic = topics.get(definition.name) ?? '';
      const rules = (definition.alerts ?? []).map((rule) => ({
        ...rule,
        ...{ metric: definition.name, owner: definition.owner, topic },
      }));
      return rules.length === 0 ? [] : [{ metric: definition, rules }];
    });
  }

  /** Team by stage, where one owns it for all metrics. */
  stageOwners(): Partial<Record<OwnedStage, string>> {
    return Object.fromEntries(
      this.#files.teams.flatMap(({ name, stages = [] }) => stages.map((stage) => [stage, name])),
    );
  }

  /** IANA; days are days there. */
  get timeZone(): string {
    return this.#files.business.timeZone;
  }

  all(): Metrics {
    return {
      business: { ...this.#files.business },
      problems: [...this.problems],
      metrics: this.names.map((name) => this.info(name) as MetricInfo),
    };
  }

  info(name: string): MetricInfo | undefined {
    const served = this.#find(name);
    if (served === undefined) return undefined;
    const { topics, countedFromMs } = served;
    const definition: AnyMetric = served.definition;
    const { dimensions }: MetricOutline = definition;
    const ranks = ranksOf(definition);
    const activeSinceMs = 'activeSinceMs' in served ? served.activeSinceMs : undefined;
    const { display, window } = definition;
    const team = display.team ?? definition.owner;
    return {
      name,
      title: definition.title,
      subtitle: definition.subtitle,
      description: definition.description,
      owner: definition.owner,
      team: this.#files.teams.find((known) => known.name === team)?.title ?? team,
      source: served.contracts.map((contract) => contract.name).join(', '),
      topic: topics.join(', '),
      order: display.order,
      dimensions: dimensions.map((dimension) => dimension.name),
      ...(display.splitBy === undefined ? {} : { splitBy: display.splitBy }),
      ...(definition.currencyDimension === undefined
        ? {}
        : { currencyDimension: definition.currencyDimension }),
      measure: isMetricRatio(definition) ? 'ratio' : definition.measure.kind,
      ...(ranks === undefined ? {} : { quantiles: ranks.map(({ label }) => label) }),
      meaning: definition.meaning,
      window: { ...window },
      lateness: { ...definition.lateness },
      freshness: { ...definition.freshness },
      unit: definition.unit,
      goodDirection: definition.goodDirection,
      runbook: definition.runbook,
      revision: definition.revision,
      ...(countedFromMs === undefined ? {} : { countedFromMs }),
      ...(activeSinceMs === undefined ? {} : { activeSinceMs }),
      sql: newestValuesSql(definition),
      ...this.#changes(name),
    };
  }

  /** When readers changed over to another definition, and to which they are about to. */
  #changes(name: string): Pick<MetricInfo, 'promotions' | 'proposal'> {
    const { active, progress, promotions } = this.#stored ?? NOTHING_STORED;
    const file = this.#files.metrics.find((metric) => metric.name === name);
    const isProposed = file !== undefined && active.get(name)?.revision !== file.revision;
    const fill = isProposed ? progress.get(file.revision) : undefined;
    return {
      promotions: [...(promotions.get(name) ?? [])],
      ...(fill === undefined || file === undefined
        ? {}
        : { proposal: { revision: file.revision, ...fill, byHand: file.promotion === 'by-hand' } }),
    };
  }
}

/** Loads the catalogue's folder. Throws `ConfigError` with every problem, one a line. */
export function loadCatalogue(folder: string): Catalogue {
  return new Catalogue(readCatalogue(folder));
}
