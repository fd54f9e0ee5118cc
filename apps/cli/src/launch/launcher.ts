import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { storageTablesOf } from '@freshet/clickhouse';
import { canaryContract } from '@freshet/contracts';
import {
  kafkaService,
  MissingPrerequisite,
  requirePort,
  serviceUnit,
  Supervisor,
  type ClickHouseCredentials,
  type SupervisorEvent,
} from '@freshet/embedded';

import { checkCatalogue, type CheckedCatalogue } from '../catalogue.js';
import { LOOPBACK, type CliConfig } from '../config.js';
import { appUnit } from './app-unit.js';
import { auditUnit } from './audit-unit.js';
import { clickHouseUnit } from './clickhouse-unit.js';
import { prepareDataFolder } from './data-folder.js';
import { healthUrl, untilHealthy } from './health.js';
import { lockDataFolder, type LauncherLock } from './lock.js';
import { reachOwnClickHouse, reachOwnKafka } from './own-clusters.js';
import type { Steps } from './steps.js';

/** Children of a launcher that was killed see their input end; that takes them so long at most. */
const ORPHANS_END_WITHIN_MS = 10_000;

/** The first audit waits until the start's own work is done. */
const FIRST_AUDIT_AFTER_MS = 60_000;

/** A system that is not well by then is shown with what ails it, and goes on. */
const HEALTHY_WITHIN_MS = 60_000;

/** Who stops when, and how long it may take: readers and writers before what they read and write. */
const STOP_STAGES: readonly (readonly [names: readonly string[], limitMs: number])[] = [
  [['gateway', 'shop', 'audit'], 2_000],
  [['ingest'], 3_500],
  [['kafka', 'clickhouse'], 4_000],
];

export interface Launched {
  readonly brokers: string;
  readonly clickHouseUrl: string;
  /** Absent when ClickHouse is the user's own. */
  readonly analystPassword: string | undefined;
  readonly catalogue: CheckedCatalogue;
}

/** Brings everything up on one data folder, keeps it up, and takes it down. */
export class Launcher {
  readonly #config: CliConfig;
  readonly #steps: Steps;
  readonly #supervisor: Supervisor;
  #lock: LauncherLock | undefined;
  #firstAudit: NodeJS.Timeout | undefined;
  #credentials: ClickHouseCredentials | undefined;

  constructor(config: CliConfig, steps: Steps, onEvent: (event: SupervisorEvent) => void) {
    this.#config = config;
    this.#steps = steps;
    this.#supervisor = new Supervisor({ logFolder: join(config.dataDir, 'logs'), onEvent });
  }

  /** Resolves when all of it serves. Throws MissingPrerequisite with what to do, when that is known. */
  async start(): Promise<Launched> {
    const config = this.#config;
    const catalogue = checkCatalogue(config.catalog);
    if (catalogue.problems.length > 0) throw new MissingPrerequisite(catalogue.problems.join('\n'));
    prepareDataFolder(config.dataDir);
    this.#lock = await lockDataFolder(config.dataDir);
    await this.#requirePorts(this.#lock.afterCrash);

    await Promise.all([
      this.#steps.run('Kafka', () => this.#startKafka()),
      this.#steps.run('ClickHouse', () => this.#startClickHouse(catalogue)),
    ]);
    const env = this.#clusters();
    // The gateway reads tables that ingest creates; the shop creates topics that ingest reads.
    await Promise.all([
      this.#startApp('ingest', { ...env, FRESHET_METRICS_PORT: String(config.ingestPort) }),
      ...(config.withShop
        ? [this.#startApp('shop', { ...env, FRESHET_METRICS_PORT: String(config.shopPort) })]
        : []),
    ]);
    const reader = this.#credentials && {
      CLICKHOUSE_USER: 'gateway',
      CLICKHOUSE_PASSWORD: this.#credentials.gateway,
    };
    await this.#startApp('gateway', { ...env, ...reader });
    await this.#steps.run('health', () => untilHealthy(healthUrl(config), HEALTHY_WITHIN_MS));
    if (config.auditEveryMs !== undefined) this.#auditEvery(config.auditEveryMs, env);
    return {
      brokers: env.KAFKA_BROKERS,
      clickHouseUrl: env.CLICKHOUSE_URL,
      analystPassword: this.#credentials?.analyst,
      catalogue,
    };
  }

  /** Stops everything in order, within 10 s; what does not stop in its time is killed. */
  async stop(): Promise<void> {
    clearTimeout(this.#firstAudit);
    for (const [names, limitMs] of STOP_STAGES) await this.#supervisor.stop(names, limitMs);
    this.#lock?.release();
  }

  /** Ends everything at once. */
  kill(): void {
    clearTimeout(this.#firstAudit);
    this.#supervisor.kill();
    this.#lock?.release();
  }

  #auditEvery(everyMs: number, env: Readonly<Record<string, string>>): void {
    this.#firstAudit = setTimeout(() => {
      this.#supervisor
        .start(auditUnit(this.#config, everyMs, env))
        .catch((error: unknown) => this.#steps.say(`  ! the audit did not start: ${String(error)}`));
    }, FIRST_AUDIT_AFTER_MS);
  }

  async #startKafka(): Promise<string> {
    const { dataDir, kafkaPort: port, ownBrokers } = this.#config;
    if (ownBrokers !== undefined) return reachOwnKafka(process.env);
    await this.#supervisor.start(serviceUnit(kafkaService({ dataDir, port, host: LOOPBACK })));
    return `${LOOPBACK}:${port}`;
  }

  async #startClickHouse(catalogue: CheckedCatalogue): Promise<string> {
    const { ownClickHouse } = this.#config;
    if (ownClickHouse) return reachOwnClickHouse(ownClickHouse);
    const canary = canaryContract();
    const contracts = [...catalogue.contracts, canary];
    const storage = [...storageTablesOf({ contracts, metrics: catalogue.metrics }), canary.name];
    await this.#supervisor.start(
      clickHouseUnit(this.#config, storage, (found) => (this.#credentials = found)),
    );
    return `${this.#clusters().CLICKHOUSE_URL}, native ${LOOPBACK}:${this.#config.clickHouseTcpPort}`;
  }

  async #startApp(name: 'ingest' | 'gateway' | 'shop', env: Record<string, string>): Promise<void> {
    const { ingestPort, shopPort } = this.#config;
    const url = {
      ingest: `http://127.0.0.1:${ingestPort}/health`,
      shop: `http://127.0.0.1:${shopPort}/health`,
      gateway: healthUrl(this.#config),
    }[name];
    await this.#steps.run(name, async () => {
      await this.#supervisor.start(appUnit(this.#config, { name, env, healthUrl: url }));
      return new URL(url).host;
    });
  }

  /** How the apps reach Kafka and ClickHouse; ingest's user, which may write. */
  #clusters() {
    const { kafkaPort, clickHouseHttpPort, ownBrokers, ownClickHouse } = this.#config;
    const own = ownClickHouse ?? {
      url: `http://${LOOPBACK}:${clickHouseHttpPort}`,
      user: 'freshet',
      password: this.#credentials?.freshet ?? '',
    };
    return {
      KAFKA_BROKERS: ownBrokers ?? `${LOOPBACK}:${kafkaPort}`,
      CLICKHOUSE_URL: own.url,
      CLICKHOUSE_USER: own.user,
      CLICKHOUSE_PASSWORD: own.password,
    };
  }

  /** Those of Kafka and ClickHouse are checked at their own start. */
  async #requirePorts(afterCrash: boolean): Promise<void> {
    const { host, port, ingestPort, shopPort, withShop } = this.#config;
    const needed: [port: number, host: string, what: string, setting: string][] = [
      [port, host, 'dashboard and API', 'FRESHET_PORT'],
      [ingestPort, '127.0.0.1', 'ingest (FRESHET_PORT + 1)', 'FRESHET_PORT'],
    ];
    if (withShop) needed.push([shopPort, '127.0.0.1', 'the shop (FRESHET_PORT + 2)', 'FRESHET_PORT']);
    const deadline = performance.now() + (afterCrash ? ORPHANS_END_WITHIN_MS : 0);
    for (const one of needed) {
      for (;;) {
        try {
          await requirePort(...one);
          break;
        } catch (error) {
          if (performance.now() >= deadline) throw error;
          await delay(200);
        }
      }
    }
  }
}
