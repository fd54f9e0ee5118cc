import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ClickHouseClient } from '@clickhouse/client';
import { createClickHouse, type ClickHouseConnection } from '@freshet/clickhouse';
import type { Contract } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import { createKafka, kafkaSettingsFromEnv, KafkaEventLog } from '@freshet/kafka';
import type { MetricDefinition } from '@freshet/metrics';
import type { Kafka } from 'kafkajs';

import { checkCatalogue } from '../catalogue.js';
import { readConfig, reachable, type CliConfig } from '../config.js';

/** Longest wait for one answer of the store: an audit reads much at once. */
const STORE_TIMEOUT_MS = 300_000;

/** What operators' commands work with: catalogue, store and log. */
export interface Connections {
  readonly config: CliConfig;
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  readonly store: ClickHouseClient;
  readonly kafka: Kafka;
  readonly log: KafkaEventLog;
}

/**
 * Runs `work` with the store and the log that the environment names, or the embedded ones, and closes them after.
 * @throws MissingPrerequisite when the catalogue has problems or Freshet was never started here
 */
export async function withConnections<Result>(
  env: NodeJS.ProcessEnv,
  work: (connections: Connections) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(env);
  const { contracts, metrics, problems } = checkCatalogue(config.catalog);
  if (problems.length > 0)
    throw new MissingPrerequisite(
      `The catalogue in ${config.catalog} has ${problems.length} problems: \`freshet catalog check\` prints them.`,
    );
  const store = openClickHouse(config);
  const kafka = createKafka(kafkaSettingsFromEnv(kafkaEnv(config, env), 'freshet-cli'));
  const log = new KafkaEventLog(kafka, { groupPrefix: 'freshet-cli' });
  try {
    return await work({ config, contracts, metrics, store, kafka, log });
  } finally {
    await Promise.allSettled([store.close(), log.close()]);
  }
}

/** Runs `work` with the store alone; the catalogue may have problems. Closes it after. */
export async function withStore<Result>(
  env: NodeJS.ProcessEnv,
  work: (store: ClickHouseClient) => Promise<Result>,
): Promise<Result> {
  const store = openClickHouse(readConfig(env));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The store that these settings name, or the embedded one; the caller closes it. @throws MissingPrerequisite */
export function openClickHouse(config: CliConfig): ClickHouseClient {
  return createClickHouse(storeSettings(config));
}

function kafkaEnv(config: CliConfig, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, KAFKA_BROKERS: config.ownBrokers ?? `${reachable(config.host)}:${config.kafkaPort}` };
}

function storeSettings(config: CliConfig): Parameters<typeof createClickHouse>[0] {
  const { url, user, password, authorityFile } = config.ownClickHouse ?? embeddedStore(config);
  return {
    url,
    user,
    password,
    application: 'freshet-cli',
    timeoutMs: STORE_TIMEOUT_MS,
    ...(authorityFile === undefined ? {} : { authorityFile }),
  };
}

function embeddedStore(config: CliConfig): ClickHouseConnection {
  const url = `http://${reachable(config.host)}:${config.clickHouseHttpPort}`;
  return { url, user: 'freshet', password: embeddedPassword(config.dataDir), authorityFile: undefined };
}

function embeddedPassword(dataDir: string): string {
  const file = join(dataDir, 'clickhouse', 'credentials.json');
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { freshet: string }).freshet;
  } catch {
    throw new MissingPrerequisite(
      `There are no credentials at ${file}: start Freshet on this folder first (\`npm start\`), or set FRESHET_DATA_DIR or CLICKHOUSE_URL.`,
    );
  }
}
