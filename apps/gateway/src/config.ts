import { isIP } from 'node:net';
import { clickHouseSettingsFromEnv, maskedClickHouse, type ClickHouseConnection } from '@freshet/clickhouse';
import {
  maskedNotifications,
  notificationSettingsFromEnv,
  type NotificationSettings,
} from '@freshet/notifications';
import { z } from 'zod';

const STORE = { url: 'http://127.0.0.1:8123', user: 'gateway' };

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const list = z.string().transform((text) => text.split(',').flatMap((part) => part.trim() || []));

const environment = z.object({
  FRESHET_PORT: port.default(8080),
  FRESHET_HOST: z.string().min(1).default('127.0.0.1'),
  FRESHET_CATALOG: z.string().min(1).default('./catalog'),
  FRESHET_DASHBOARD_DIR: z.string().min(1).optional(),
  FRESHET_TOKENS_FILE: z.string().min(1).optional(),
  FRESHET_ORIGINS: list.default([]),
  FRESHET_SUPERVISED: flag.default(false),
  FRESHET_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  FRESHET_CANARY: flag.default(true),
  FRESHET_DEADMAN_URL: z.url({ protocol: /^https?$/ }).optional(),
  FRESHET_DEADMAN_SECONDS: z.coerce.number().int().min(5).max(3_600).default(60),
  KAFKA_BROKERS: z.string().optional(),
});

/** Everything that the gateway can be told, read once from the environment. */
export interface GatewayConfig {
  readonly port: number;
  readonly host: string;
  /** Only this machine can reach it: one built-in user, no tokens. */
  readonly isLoopback: boolean;
  readonly catalogueDir: string;
  /** Folder of the built dashboard; absent: the one beside this app. */
  readonly dashboardDir: string | undefined;
  readonly tokensFile: string | undefined;
  /** Pages that may open the socket, beside the gateway's own; exact origins. */
  readonly origins: readonly string[];
  /** A launcher holds the other end of stdin: exit when it ends. */
  readonly supervised: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Send a message through the whole way every second. */
  readonly sendsCanary: boolean;
  /** Watcher outside that is pinged after evaluations; absent: none. */
  readonly deadMan: { readonly url: string; readonly everyMs: number } | undefined;
  /** False: lag in messages stays unknown. */
  readonly watchesBroker: boolean;
  /** How teams are told of alerts. */
  readonly notifications: NotificationSettings;
  readonly clickhouse: ClickHouseConnection;
}

/** A setting is wrong; the message names it and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads and checks the environment. Throws `ConfigError`. */
export function readConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = environment.safeParse(set);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new ConfigError(`${issue?.path.join('.') ?? 'environment'}: ${issue?.message ?? 'is wrong'}.`);
  }
  const read = result.data;
  const isLoopback = isLoopbackHost(read.FRESHET_HOST);
  if (!isLoopback && read.FRESHET_TOKENS_FILE === undefined) {
    throw new ConfigError(
      `FRESHET_HOST is ${read.FRESHET_HOST}, which others can reach, and FRESHET_TOKENS_FILE is not set. ` +
        `Set it to a YAML or JSON file with a list "tokens" of { name, role: viewer|operator|admin, sha256 } ` +
        `(sha256 of the token in hex, e.g. from: printf %s "$TOKEN" | sha256sum), or listen on 127.0.0.1.`,
    );
  }
  return {
    port: read.FRESHET_PORT,
    host: read.FRESHET_HOST,
    isLoopback,
    catalogueDir: read.FRESHET_CATALOG,
    dashboardDir: read.FRESHET_DASHBOARD_DIR,
    tokensFile: read.FRESHET_TOKENS_FILE,
    origins: read.FRESHET_ORIGINS,
    supervised: read.FRESHET_SUPERVISED,
    logLevel: read.FRESHET_LOG_LEVEL,
    sendsCanary: read.FRESHET_CANARY && read.KAFKA_BROKERS !== undefined,
    deadMan:
      read.FRESHET_DEADMAN_URL === undefined
        ? undefined
        : { url: read.FRESHET_DEADMAN_URL, everyMs: read.FRESHET_DEADMAN_SECONDS * 1000 },
    watchesBroker: read.KAFKA_BROKERS !== undefined,
    notifications: named(() => notificationSettingsFromEnv(env)),
    clickhouse: named(() => clickHouseSettingsFromEnv(env, STORE)),
  };
}

/** The configuration as it may be shown: secrets masked. */
export function maskedConfig(config: GatewayConfig): object {
  const { clickhouse, deadMan, notifications, ...rest } = config;
  // Such addresses are secrets themselves.
  const masked = deadMan === undefined ? undefined : { ...deadMan, url: '***' };
  return {
    ...rest,
    deadMan: masked,
    notifications: maskedNotifications(notifications),
    clickhouse: maskedClickHouse(clickhouse),
  };
}

/** Settings that the adapters read name what is wrong by themselves. */
function named<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

function isLoopbackHost(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
