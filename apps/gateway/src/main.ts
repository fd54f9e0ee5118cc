import 'reflect-metadata';
import { createFreshnessStore } from '@freshet/clickhouse';
import { stopOnRequest } from '@freshet/embedded/supervised';
import { createKafka, kafkaSettingsFromEnv } from '@freshet/kafka';
import { pino } from 'pino';
import { LocalAccess, readTokens } from './access/users.js';
import { DeadManPing } from './alerts/deadman.js';
import { kafkaCanary } from './canary/kafka-canary.js';
import { loadCatalogue } from './catalogue/catalogue.js';
import { ConfigError, maskedConfig, readConfig } from './config.js';
import { Notifier } from './notifications/notifier.js';
import { startGateway } from './start.js';
import { createGatewayClient, createRowReader } from './store/rows.js';
import { kafkaLogEnds } from './watch/kafka-log-ends.js';

const STOP_WITHIN_MS = 5_000;
/** A page does not wait longer for a store that hangs. */
const OUTBOX_WITHIN_MS = 2_000;

// Not pino's own writer, which retries a pipe that nobody reads until the end of days, and blocks meanwhile.
const log = pino({ name: 'gateway', level: process.env['FRESHET_LOG_LEVEL'] ?? 'info' }, process.stdout);

try {
  await run();
} catch (error) {
  if (error instanceof ConfigError) log.fatal(error.message);
  else if (isPortTaken(error)) {
    log.fatal(`Port ${error.port} is taken by another program: stop it, or set FRESHET_PORT to a free one.`);
  } else log.fatal({ err: error }, 'the gateway could not start');
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 100).unref();
}

async function run(): Promise<void> {
  const config = readConfig(process.env);
  log.info({ config: maskedConfig(config) }, 'starting');
  const catalogue = loadCatalogue(config.catalogueDir);
  const keeper = createGatewayClient(config.clickhouse);
  const kafka = config.watchesBroker
    ? createKafka(kafkaSettingsFromEnv(process.env, 'freshet-gateway'))
    : undefined;
  const deadMan = config.deadMan && new DeadManPing(config.deadMan.url, config.deadMan.everyMs, log);
  const outbox = createGatewayClient(config.clickhouse, OUTBOX_WITHIN_MS);
  const gateway = await startGateway(config, {
    catalogue,
    catalogueDir: config.catalogueDir,
    access: config.tokensFile === undefined ? new LocalAccess() : readTokens(config.tokensFile),
    store: createRowReader(config.clickhouse),
    kept: createFreshnessStore(keeper),
    notifier: (telemetry, clock) =>
      new Notifier({
        settings: config.notifications,
        teams: catalogue.teams,
        environment: process.env,
        ownUrl: `http://${config.host}:${config.port}`,
        client: outbox,
        clock,
        telemetry,
        log,
      }),
    logEnds: kafka && kafkaLogEnds(kafka),
    ...(kafka && config.sendsCanary ? { canary: kafkaCanary(kafka) } : {}),
    ...(deadMan === undefined ? {} : { evaluated: (nowMs: number) => deadMan.evaluated(nowMs) }),
    log,
  });
  log.info({ url: gateway.url }, 'listening');
  stopOnRequest(config.supervised, (why) => {
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    void gateway
      .stop()
      .finally(() => Promise.all([keeper.close(), outbox.close()]))
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed');
          process.exit(1);
        },
      );
  });
}

function isPortTaken(error: unknown): error is { readonly port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error;
}
