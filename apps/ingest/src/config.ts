import { clickHouseSettingsFromEnv, maskedClickHouse, type ClickHouseConnection } from '@freshet/clickhouse';
import { kafkaSettingsFromEnv, type KafkaSettings } from '@freshet/kafka';
import {
  maskedNotifications,
  notificationSettingsFromEnv,
  type NotificationSettings,
} from '@freshet/notifications';
import { LEAST_ARCHIVE_AGE_MS } from '@freshet/metrics';
import { z } from 'zod';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const STORE = { url: 'http://127.0.0.1:8123', user: 'freshet' };

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const days = z.coerce.number().positive().max(3_650);

const environment = z.object({
  FRESHET_HOST: z.string().min(1).default('127.0.0.1'),
  FRESHET_PORT: port.default(8080),
  FRESHET_METRICS_PORT: port.default(8081),
  FRESHET_CATALOG: z.string().min(1).default('./catalog'),
  FRESHET_SUPERVISED: flag.default(false),
  FRESHET_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  FRESHET_GROUP: z
    .string()
    .regex(/^[\w.-]{1,100}$/)
    .default('freshet'),
  FRESHET_DLQ_RETENTION_DAYS: days.default(14),
  FRESHET_FACT_RETENTION_DAYS: days.default(35),
  FRESHET_PANE_RETENTION_DAYS: days.default(400),
  FRESHET_ARCHIVE_AFTER_HOURS: z
    .union([
      z.literal('off'),
      z.coerce
        .number()
        .min(LEAST_ARCHIVE_AGE_MS / HOUR_MS)
        .max(87_600),
    ])
    .default(48),
});

/** Everything that ingest can be told, read once from the environment. */
export interface IngestConfig {
  readonly host: string;
  /** Port of /metrics and /health. */
  readonly metricsPort: number;
  readonly catalogueDir: string;
  /** A launcher holds the other end of stdin: exit when it ends. */
  readonly supervised: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Each topic is read by the consumer group `<group>.<topic>`. */
  readonly group: string;
  readonly retention: {
    readonly deadLettersMs: number;
    readonly factsDays: number;
    readonly panesDays: number;
  };
  /** Windows are archived so long after they are final, ms; undefined: never. */
  readonly archiveAfterMs: number | undefined;
  /** How the gateways' owner is told that nobody evaluates. */
  readonly notifications: NotificationSettings;
  readonly kafka: KafkaSettings;
  readonly clickhouse: ClickHouseConnection;
}

/** A setting or a file is wrong; the message names it and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads and checks the environment. @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv): IngestConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = environment.safeParse(set);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new ConfigError(`${issue?.path.join('.') ?? 'environment'}: ${issue?.message ?? 'is wrong'}.`);
  }
  const read = result.data;
  return {
    host: read.FRESHET_HOST,
    metricsPort: read.FRESHET_METRICS_PORT,
    catalogueDir: read.FRESHET_CATALOG,
    supervised: read.FRESHET_SUPERVISED,
    logLevel: read.FRESHET_LOG_LEVEL,
    group: read.FRESHET_GROUP,
    retention: {
      deadLettersMs: read.FRESHET_DLQ_RETENTION_DAYS * DAY_MS,
      factsDays: read.FRESHET_FACT_RETENTION_DAYS,
      panesDays: read.FRESHET_PANE_RETENTION_DAYS,
    },
    archiveAfterMs:
      read.FRESHET_ARCHIVE_AFTER_HOURS === 'off' ? undefined : read.FRESHET_ARCHIVE_AFTER_HOURS * HOUR_MS,
    notifications: named(() => withGateway(notificationSettingsFromEnv(env), read)),
    kafka: named(() => kafkaSettingsFromEnv(env, 'freshet-ingest')),
    clickhouse: named(() => clickHouseSettingsFromEnv(env, STORE)),
  };
}

/** The configuration as it may be shown: secrets masked. */
export function maskedConfig(config: IngestConfig): object {
  const { clickhouse, kafka, notifications, ...rest } = config;
  const { sasl, tlsAuthority, ...openKafka } = kafka;
  return {
    ...rest,
    kafka: {
      ...openKafka,
      ...(tlsAuthority === undefined ? {} : { tlsAuthority: '(set)' }),
      ...(sasl === undefined ? {} : { sasl: { ...sasl, password: '***' } }),
    },
    notifications: maskedNotifications(notifications),
    clickhouse: maskedClickHouse(clickhouse),
  };
}

/** Where nothing else is said, the gateway is beside it. */
function withGateway(
  settings: NotificationSettings,
  { FRESHET_HOST, FRESHET_PORT }: { readonly FRESHET_HOST: string; readonly FRESHET_PORT: number },
): NotificationSettings {
  return { ...settings, publicUrl: settings.publicUrl ?? `http://${FRESHET_HOST}:${FRESHET_PORT}` };
}

/** Settings that the adapters read name what is wrong by themselves. */
function named<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}
