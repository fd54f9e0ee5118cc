import { parseArgs } from 'node:util';

import { kafkaSettingsFromEnv, type KafkaSettings } from '@freshet/kafka';
import { z } from 'zod';

import { DIRT_LEVELS } from './dirt/dirt.js';

/** Recorded purchases, simulated visitors, and the house itself: support desk and warehouses. */
const SOURCES = ['replay', 'simulation', 'house'] as const;

/** What the shop can be told: by flag, else by environment, else by default. */
const schema = z.strictObject({
  /** Simulated events a second, on average over a week's rhythm. */
  rate: z.coerce.number().positive().max(50_000).default(10),
  seed: z.coerce.number().int().min(0).max(4_294_967_295).default(1),
  dirt: z.enum(DIRT_LEVELS).default('default'),
  /** Recorded purchases are played so many times faster than they were made. */
  speed: z.coerce.number().positive().max(10_000).default(21),
  /** Hours of the past that are produced first when the topics are empty. */
  backfillHours: z.coerce.number().min(0).max(168).default(48),
  sources: z
    .string()
    .default(SOURCES.join(','))
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(SOURCES)).min(1)),
  /** The same rate by day and night, for measurements. */
  flat: z.stringbool().default(false),
  /** Partitions and retention of topics that the shop creates. */
  partitions: z.coerce.number().int().min(4).max(1_000).default(4),
  retentionDays: z.coerce.number().positive().max(3_650).default(7),
  timeZone: z.string().refine(isTimeZone, 'is not an IANA time zone').default('Europe/London'),
  controlPort: z.coerce.number().int().min(0).max(65_535).default(8082),
  dataDir: z.string().min(1).default('.freshet'),
  supervised: z.stringbool().default(false),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
type ShopSettings = z.output<typeof schema>;
export type ShopConfig = ShopSettings & {
  readonly kafka: KafkaSettings;
  /** Whether the sources were chosen, and not left to the default. */
  readonly sourcesChosen: boolean;
};

/** Setting, its flag (if any) and its environment variable. */
const NAMES: readonly (readonly [setting: keyof ShopSettings, flag: string | undefined, variable: string])[] =
  [
    ['rate', 'rate', 'FRESHET_SHOP_RATE'],
    ['seed', 'seed', 'FRESHET_SHOP_SEED'],
    ['dirt', 'dirt', 'FRESHET_SHOP_DIRT'],
    ['speed', 'speed', 'FRESHET_SHOP_SPEED'],
    ['backfillHours', 'backfill-hours', 'FRESHET_SHOP_BACKFILL_HOURS'],
    ['sources', 'sources', 'FRESHET_SHOP_SOURCES'],
    ['flat', 'flat', 'FRESHET_SHOP_FLAT'],
    ['partitions', 'partitions', 'FRESHET_SHOP_PARTITIONS'],
    ['retentionDays', 'retention-days', 'FRESHET_TOPIC_RETENTION_DAYS'],
    ['timeZone', 'time-zone', 'FRESHET_SHOP_TIME_ZONE'],
    ['controlPort', undefined, 'FRESHET_METRICS_PORT'],
    ['dataDir', undefined, 'FRESHET_DATA_DIR'],
    ['supervised', undefined, 'FRESHET_SUPERVISED'],
    ['logLevel', undefined, 'FRESHET_LOG_LEVEL'],
  ];

export const USAGE = `freshet shop [options]             produce events until stopped
freshet shop incident <kind> …     trigger an incident in the running shop

  --rate <events/s>        simulated events a second on average (10)
  --seed <integer>         the same seed gives the same visitors (1)
  --dirt <level>           none, low, default or high
  --speed <factor>         recorded purchases so many times faster (21: a week in eight hours)
  --backfill-hours <h>     past produced first when the topics are empty (48)
  --sources <list>         replay,simulation,house
  --no-replay              without recorded purchases
  --no-simulation          without simulated visitors
  --no-house               without support desk and warehouses
  --flat                   the same rate by day and night
  --partitions <n>         of topics that are created (4)
  --retention-days <d>     of topics that are created (7)
  --time-zone <name>       whose day it is (Europe/London)

  incident provider-outage --provider <Adyen|PayPal|Klarna|"Apple Pay"> [--minutes 3]
  incident late-wave --topic <topic> [--minutes 3]
  incident silence --topic <topic> [--minutes 3]
  incident list | incident end`;

/** What was typed or set cannot be used; the message says what and what would do. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

/** Reads flags and environment. Throws BadSetting with every problem, by the name under which it was given. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ShopConfig {
  const flags = parseFlags(args);
  const given: Record<string, unknown> = {};
  const nameOf = new Map<string, string>();
  for (const [setting, flag, variable] of NAMES) {
    const byFlag = flag === undefined ? undefined : flags[flag];
    const value = byFlag ?? (env[variable] === '' ? undefined : env[variable]);
    nameOf.set(setting, byFlag !== undefined ? `--${flag}` : variable);
    if (value !== undefined) given[setting] = typeof value === 'boolean' ? String(value) : value;
  }
  if (given['controlPort'] === undefined && env['FRESHET_PORT'])
    given['controlPort'] = Number(env['FRESHET_PORT']) + 2;
  const dropped = SOURCES.filter((source) => flags[`no-${source}`] === true);
  const sourcesChosen = given['sources'] !== undefined || dropped.length > 0;
  const read = schema.safeParse(given);
  if (!read.success) {
    throw new BadSetting(
      read.error.issues
        .map(({ path, message }) => {
          const setting = String(path[0]);
          return `${nameOf.get(setting) ?? setting} "${String(given[setting])}": ${message}`;
        })
        .join('\n'),
    );
  }
  const sources = read.data.sources.filter((source) => !dropped.includes(source));
  if (sources.length === 0) throw new BadSetting('Nothing is left to produce: all sources are switched off.');
  try {
    const withBrokers = { KAFKA_BROKERS: `127.0.0.1:${env['FRESHET_KAFKA_PORT'] ?? '9092'}`, ...env };
    const kafka = kafkaSettingsFromEnv(withBrokers, 'freshet-shop');
    return { ...read.data, sources, sourcesChosen, kafka };
  } catch (error) {
    throw new BadSetting((error as Error).message);
  }
}

/** For the log: passwords and certificates are not shown. */
export function masked(config: ShopConfig): object {
  const { sasl, tlsAuthority, ...kafka } = config.kafka;
  return {
    ...config,
    kafka: {
      ...kafka,
      ...(tlsAuthority ? { tlsAuthority: '(set)' } : {}),
      ...(sasl ? { sasl: { ...sasl, password: '***' } } : {}),
    },
  };
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const text = NAMES.flatMap(([setting, flag]) => (flag === undefined || setting === 'flat' ? [] : [flag]));
  const options: Record<string, { type: 'string' | 'boolean' }> = {
    ...Object.fromEntries(text.map((flag) => [flag, { type: 'string' as const }])),
    flat: { type: 'boolean' },
    'no-replay': { type: 'boolean' },
    'no-simulation': { type: 'boolean' },
    'no-house': { type: 'boolean' },
  };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as Record<
      string,
      string | boolean | undefined
    >;
  } catch (error) {
    throw new BadSetting(`${(error as Error).message.split('. To specify')[0]}\n\n${USAGE}`);
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
