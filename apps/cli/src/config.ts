import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { clickHouseSettingsFromEnv, type ClickHouseConnection } from '@freshet/clickhouse';
import { DURATION_FORMAT, parseDurationMs } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import { z } from 'zod';

/** Root of the workspace: the apps are started from here, and defaults are relative to it. */
export const workspaceRoot = fileURLToPath(new URL('../../../', import.meta.url));

const port = z.coerce.number().int().min(1).max(65_535);

const LEAST_AUDIT_MS = 60_000;

const schema = z.object({
  FRESHET_PORT: port.max(65_533).default(8080),
  FRESHET_KAFKA_PORT: port.default(9092),
  FRESHET_CLICKHOUSE_HTTP_PORT: port.default(8123),
  FRESHET_CLICKHOUSE_TCP_PORT: port.default(9000),
  FRESHET_HOST: z.string().min(1).default('127.0.0.1'),
  FRESHET_DATA_DIR: z.string().min(1).optional(),
  FRESHET_CATALOG: z.string().min(1).optional(),
  /** Whether `up` starts the shop; by default only beside the embedded Kafka. */
  FRESHET_SHOP: z.enum(['true', 'false']).optional(),
  /** How often `up` audits; a duration or `off`. */
  FRESHET_AUDIT_EVERY: z
    .union([
      z.literal('off').transform(() => undefined),
      z.string().transform((text, context) => {
        const everyMs = parseDurationMs(text);
        if (everyMs !== undefined && everyMs >= LEAST_AUDIT_MS) return everyMs;
        context.addIssue({ code: 'custom', message: `give ${DURATION_FORMAT}, at least 1m, or off` });
        return z.NEVER;
      }),
    ])
    .default(3_600_000),
  KAFKA_BROKERS: z.string().min(1).optional(),
  FRESHET_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
});

/**
 * Where the embedded Kafka and ClickHouse listen, whatever FRESHET_HOST says: Kafka asks nobody for a password, and
 * ClickHouse's `file()` reads any file of this machine.
 */
export const LOOPBACK = '127.0.0.1';

export interface CliConfig {
  /** Where gateway and dashboard listen. */
  readonly host: string;
  /** Of gateway and dashboard. */
  readonly port: number;
  /** The dashboard's address as people reach it; undefined: its own. */
  readonly publicUrl: string | undefined;
  /** Of ingest's health and metrics, on loopback. */
  readonly ingestPort: number;
  /** Of the shop's control, health and metrics, on loopback. */
  readonly shopPort: number;
  readonly kafkaPort: number;
  readonly clickHouseHttpPort: number;
  readonly clickHouseTcpPort: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute. */
  readonly catalog: string;
  readonly withShop: boolean;
  /** Time between audits while it runs, ms; undefined: none. */
  readonly auditEveryMs: number | undefined;
  /** Brokers of the user's own Kafka; undefined means the embedded one. */
  readonly ownBrokers: string | undefined;
  /** The user's own ClickHouse; undefined means the embedded one. */
  readonly ownClickHouse: ClickHouseConnection | undefined;
}

/** Reads the environment; throws MissingPrerequisite that names each variable that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): CliConfig {
  // An empty variable is one that is not set, as in `KAFKA_BROKERS= npm start`.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const read = schema.safeParse(given);
  const store = ownClickHouse(given);
  const wrong = (read.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0]);
    return `${name} is "${given[name] ?? ''}": ${message}`;
  });
  if (typeof store === 'string') wrong.push(store);
  if (!read.success || typeof store === 'string') throw new MissingPrerequisite(wrong.join('\n'));
  const values = read.data;
  return {
    host: values.FRESHET_HOST,
    port: values.FRESHET_PORT,
    publicUrl: values.FRESHET_PUBLIC_URL?.replace(/\/$/, ''),
    ingestPort: values.FRESHET_PORT + 1,
    shopPort: values.FRESHET_PORT + 2,
    kafkaPort: values.FRESHET_KAFKA_PORT,
    clickHouseHttpPort: values.FRESHET_CLICKHOUSE_HTTP_PORT,
    clickHouseTcpPort: values.FRESHET_CLICKHOUSE_TCP_PORT,
    dataDir: resolve(values.FRESHET_DATA_DIR ?? `${workspaceRoot}/.freshet`),
    catalog: resolve(values.FRESHET_CATALOG ?? `${workspaceRoot}/catalog`),
    withShop: values.FRESHET_SHOP ? values.FRESHET_SHOP === 'true' : values.KAFKA_BROKERS === undefined,
    auditEveryMs: values.FRESHET_AUDIT_EVERY,
    ownBrokers: values.KAFKA_BROKERS,
    ownClickHouse: store,
  };
}

/** Undefined: the embedded one; a text: what is wrong. */
function ownClickHouse(env: NodeJS.ProcessEnv): ClickHouseConnection | string | undefined {
  const { CLICKHOUSE_URL: url } = env;
  if (url === undefined) return undefined;
  try {
    return clickHouseSettingsFromEnv(env, { url, user: 'default' });
  } catch (error) {
    return (error as Error).message;
  }
}

/** An address that a client on this machine can use, also when everything is listened on. */
export function reachable(host: string): string {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return address.includes(':') ? `[${address}]` : address;
}
