import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadTeams, type Contract, type Team } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import { createKafka, kafkaSettingsFromEnv } from '@freshet/kafka';
import {
  alertsSchema,
  freshnessListSchema,
  type Alert,
  type FreshnessList,
  type Stage,
} from '@freshet/live-protocol';
import type { MetricDefinition } from '@freshet/metrics';
import type { Kafka } from 'kafkajs';

import { checkCatalogue } from '../catalogue.js';
import type { TeamWebhook } from './team-webhook.js';
import { LOOPBACK, reachable, type CliConfig } from '../config.js';

export type Part = 'kafka' | 'clickhouse' | 'ingest' | 'gateway' | 'shop';

const ANSWER_LIMIT_MS = 5_000;

/** The running system that a drill is held on. */
export class DrillWorld {
  readonly metrics: readonly MetricDefinition[];
  readonly contracts: readonly Contract[];
  readonly #teams: readonly Team[];

  /** @throws MissingPrerequisite when its catalogue has problems */
  constructor(
    readonly config: CliConfig,
    /** Where every team is told; absent: where the running system's teams are. */
    readonly webhook?: TeamWebhook,
  ) {
    const { metrics, contracts, problems } = checkCatalogue(config.catalog);
    const teams = loadTeams(join(config.catalog, 'teams.yaml')).value;
    if (problems.length > 0 || teams === undefined) {
      throw new MissingPrerequisite(
        `The catalogue in ${config.catalog} has problems: ${problems.join('\n')}`,
      );
    }
    this.metrics = metrics;
    this.contracts = contracts;
    this.#teams = teams;
  }

  get gatewayUrl(): string {
    return `http://${reachable(this.config.host)}:${this.config.port}`;
  }

  /** Who owns a stage of a metric's way, by the files. */
  ownerOf(stage: Stage, metric: MetricDefinition): string {
    if (stage === 'produce') return this.contractOf(metric).owner;
    return this.#teams.find((team) => team.stages?.some((owned) => owned === stage))?.name ?? metric.owner;
  }

  contractOf(metric: MetricDefinition): Contract {
    const contract = this.contracts.find(({ name }) => name === metric.source);
    if (contract === undefined) throw new Error(`${metric.name} reads no known contract`);
    return contract;
  }

  metricsOf(topic: string): readonly MetricDefinition[] {
    return this.metrics.filter((metric) => this.contractOf(metric).topic === topic);
  }

  /** Process id of a part that runs on this machine. @throws MissingPrerequisite where it does not */
  pidOf(part: Part): number {
    const { dataDir } = this.config;
    const file = {
      kafka: join(dataDir, 'kafka', 'java.pid'),
      clickhouse: join(dataDir, 'clickhouse', 'server.pid'),
      ingest: join(dataDir, 'run', 'ingest.json'),
      gateway: join(dataDir, 'run', 'gateway.json'),
      shop: join(dataDir, 'run', 'shop.json'),
    }[part];
    try {
      const found = JSON.parse(readFileSync(file, 'utf8')) as { pid?: number; server?: { pid: number } };
      const pid = found.server?.pid ?? found.pid;
      if (pid !== undefined) return pid;
    } catch {
      // Told below.
    }
    throw new MissingPrerequisite(
      `${part} does not run from ${dataDir}: this drill needs it to be started by \`npm start\` there (or use --own).`,
    );
  }

  kafka(): Kafka {
    const { ownBrokers, kafkaPort } = this.config;
    const env = { ...process.env, KAFKA_BROKERS: ownBrokers ?? `${LOOPBACK}:${kafkaPort}` };
    return createKafka(kafkaSettingsFromEnv(env, 'freshet-drill'));
  }

  async alerts(gateway = this.gatewayUrl): Promise<readonly Alert[]> {
    return alertsSchema.parse(await getJson(`${gateway}/api/alerts`)).alerts;
  }

  async freshness(gateway = this.gatewayUrl): Promise<FreshnessList> {
    return freshnessListSchema.parse(await getJson(`${gateway}/api/freshness`));
  }

  /** Starts something that goes wrong in the shop; resolves what ends it. */
  async incident(kind: string, parameters: object): Promise<() => Promise<void>> {
    const shop = `http://${LOOPBACK}:${this.config.shopPort}/incidents`;
    const answer = await fetch(`${shop}/${kind}`, {
      method: 'POST',
      body: JSON.stringify(parameters),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    }).catch(() => undefined);
    if (answer?.status !== 201) {
      throw new MissingPrerequisite(
        `The shop at ${shop} does not take incidents (${answer === undefined ? 'no answer' : await answer.text()}): this drill needs it.`,
      );
    }
    const { id } = (await answer.json()) as { id: number };
    return async () => void (await fetch(`${shop}/${id}`, { method: 'DELETE' }).catch(() => undefined));
  }
}

async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}
