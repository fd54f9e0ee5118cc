import { join } from 'node:path';

import { stopOnRequest } from '@freshet/embedded/supervised';
import { createKafka } from '@freshet/kafka';
import { pino } from 'pino';

import { BadSetting, masked, readConfig, USAGE, type ShopConfig } from './config.js';
import { createControlServer, type Controlled } from './control/control-server.js';
import { runIncidentCommand } from './control/incident-command.js';
import { listen } from './control/listen.js';
import { shopMetrics } from './control/shop-metrics.js';
import { Sender } from './kafka/sender.js';
import { prepareTopics } from './kafka/topics.js';
import { begin, loadOpening, saveOpening } from './opening.js';
import { readInvoices, RECORDED_WEEK } from './replay/slice.js';
import { canGoOn, fingerprintOf, Shop } from './shop.js';

/** What is under way at a stop has so long to be acknowledged. */
const STOP_WITHIN_MS = 5_000;
const HOUR_MS = 3_600_000;

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
  } else if (args[0] === 'incident') {
    const { controlPort } = readConfig([], process.env);
    process.stdout.write(`${await runIncidentCommand(args.slice(1), controlPort)}\n`);
  } else {
    await runShop(readConfig(args, process.env));
  }
}

async function runShop(given: ShopConfig): Promise<void> {
  // Not pino's own writer, which retries a pipe that nobody reads until the end of days, and blocks meanwhile.
  const logger = pino({ name: 'shop', level: given.logLevel }, process.stdout);
  const controlled: Controlled = { shop: undefined, registry: undefined };
  const server = createControlServer(controlled);
  const { port, second } = await listen(server, given.controlPort);
  // A second shop brings more visitors; recorded purchases and the house are already the first one's.
  const config: ShopConfig = second && !given.sourcesChosen ? { ...given, sources: ['simulation'] } : given;
  logger.info(
    { config: masked(config), port, second },
    `The shop's control panel is at http://127.0.0.1:${port}`,
  );

  const kafka = createKafka(config.kafka, logger);
  const sender = new Sender(kafka, logger);
  let stop: () => void = () => process.exit(0);
  stopOnRequest(config.supervised, () => stop());

  const { empty } = await untilReached(() =>
    prepareTopics(kafka, {
      partitions: config.partitions,
      retentionMs: config.retentionDays * 24 * HOUR_MS,
    }),
  );
  const file = join(config.dataDir, 'shop', 'state.json');
  const beginning = begin({
    saved: second ? undefined : loadOpening(file),
    topicsEmpty: empty && !second,
    nowMs: Date.now(),
    fingerprint: fingerprintOf(config),
    backfillMs: config.backfillHours * HOUR_MS,
    canGoOn: canGoOn(config),
  });
  logger.info(beginning, 'The shop opens');

  const invoices = config.sources.includes('replay') ? readInvoices(RECORDED_WEEK) : [];
  const ports = {
    nowMs: () => Date.now(),
    wait: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    save: second
      ? () => undefined
      : (opening: Parameters<typeof saveOpening>[1]) => saveOpening(file, opening),
  };
  const shop = new Shop(config, beginning, invoices, sender, ports, logger);
  controlled.shop = shop;
  controlled.registry = shopMetrics(shop, sender);
  stop = () => {
    shop.stop();
    setTimeout(() => {
      logger.warn('Kafka does not answer: what was not acknowledged is sent again at the next start');
      process.exit(0);
    }, STOP_WITHIN_MS).unref();
  };
  await shop.run();
  await sender.close();
  logger.info({ sent: Object.fromEntries(shop.sent) }, 'The shop is closed');
  process.exit(0);

  async function untilReached<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        logger.warn({ brokers: config.kafka.brokers, error: String(error) }, 'Kafka is not reached yet');
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const known = error instanceof BadSetting;
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(known ? 2 : 1);
});
