import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { SchemaConflict } from '@freshet/clickhouse';
import { stopOnRequest } from '@freshet/embedded/supervised';
import { pino } from 'pino';
import { loadCatalogue, type Catalogue } from './catalogue/catalogue.js';
import { ConfigError, maskedConfig, readConfig } from './config.js';
import { IngestModule } from './ingest.module.js';
import { nestLogger } from './nest-logger.js';
import { wirePipeline } from './pipeline.js';
import { IngestService } from './reading/ingest.service.js';
import type { Pipeline } from './reading/running-pipeline.js';
import { openStore } from './store/open-store.js';
import { Telemetry } from './telemetry/telemetry.js';

/** From the request to stop to the end of the process, whatever still hangs. */
const STOP_WITHIN_MS = 4_800;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const catalogue = loadCatalogue(config.catalogueDir);
  // Not pino's own writer, which retries a pipe that nobody reads until the end of days, and blocks meanwhile.
  const logger = pino(
    { level: config.logLevel, base: { app: 'ingest' }, timestamp: pino.stdTimeFunctions.isoTime },
    process.stdout,
  );
  logger.info(maskedConfig(config), 'configuration');

  const starting = new AbortController();
  const running: { ingest?: IngestService } = {};
  stopOnRequest(config.supervised, (why) => {
    logger.info({ why }, 'stopping');
    starting.abort();
    setTimeout(() => {
      logger.error('stopping took too long; what was not stored will be read again');
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
    void (running.ingest?.stop() ?? Promise.resolve()).finally(() => process.exit(0));
  });

  const telemetry = new Telemetry(logger);
  const open = async (next: Catalogue, signal: AbortSignal): Promise<Pipeline | undefined> => {
    const store = await openStore(config, next, logger, signal);
    return store && wirePipeline(config, next, store, telemetry, logger);
  };
  const pipeline = await open(catalogue, starting.signal);
  if (pipeline === undefined) return;
  const ingest = new IngestService({ folder: config.catalogueDir, logger, open }, catalogue, pipeline);
  const app = await NestFactory.create(IngestModule.of(ingest, telemetry), { logger: nestLogger(logger) });
  await app.listen(config.metricsPort, config.host);
  running.ingest = ingest;
  ingest.start();
  logger.info({ address: await app.getUrl() }, 'ingest is up');
}

main().catch((error: unknown) => {
  const isForPeople = error instanceof ConfigError || error instanceof SchemaConflict;
  const message = isForPeople ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${message ?? 'ingest failed'}\n`);
  process.exit(1);
});
