import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  Archiver,
  cadenceFor,
  deadLetterTopic,
  FlushCadence,
  IngestEngine,
  RevisionFill,
  type Clock,
} from '@freshet/ingestion';
import { createKafka, ensureTopics, KafkaDeadLetterSink, KafkaEventLog } from '@freshet/kafka';
import type { Logger } from 'pino';
import { ArchiveLoop, type MetricArchiver } from './archive/archive-loop.js';
import { compileSources, proposalsOf, type Catalogue } from './catalogue/catalogue.js';
import type { IngestConfig } from './config.js';
import { BoundedLetters } from './dead-letters/bounded-letters.js';
import { EndsCall } from './reading/ends-call.js';
import { FlushLoop } from './reading/flush-loop.js';
import type { Pipeline } from './reading/running-pipeline.js';
import { TopicReader } from './reading/topic-reader.js';
import { RevisionLoop } from './revisions/revision-loop.js';
import type { OpenStore } from './store/open-store.js';
import type { Telemetry } from './telemetry/telemetry.js';
import { AlarmDelivery } from './watch/alarm-delivery.js';
import { EvaluatorWatch } from './watch/evaluator-watch.js';

/** A letter is its original plus some headers, so its topic takes larger batches than the default of 1 MiB. */
const DEAD_LETTER_BATCH_BYTES = 4 * 1024 * 1024;

/** Well within that, since what the topic counts is the batch with its frames. */
const LETTER_BOUNDS = { letterBytes: 3 * 1024 * 1024, batchBytes: 3 * 1024 * 1024 };

/** Rows that one step of archiving merges at most. */
const ARCHIVE_ROWS = 200_000;
const ARCHIVE_STEP_MS = 86_400_000;
/** No statement takes longer from its look at what is archived to its look at the tables. */
const ARCHIVE_SETTLE_MS = 60_000;
const ARCHIVE_GRACE_MS = 3_600_000;

const wallClock: Clock = { nowMs: () => Date.now() };

/** Puts log, engine and store together. Connects to nothing yet. */
export function wirePipeline(
  config: IngestConfig,
  catalogue: Catalogue,
  store: OpenStore,
  telemetry: Telemetry,
  logger: Logger,
): Pipeline {
  const kafka = createKafka(config.kafka, logger);
  const rules = new Map([...catalogue.targetsMs].map(([topic, targetMs]) => [topic, cadenceFor(targetMs)]));
  const log = new KafkaEventLog(kafka, {
    groupPrefix: config.group,
    logger,
    reading: (topic) => rules.get(topic)?.fetch ?? {},
  });
  const letterSink = new KafkaDeadLetterSink(kafka);
  const deadLetters = new BoundedLetters(letterSink, store.originals, LETTER_BOUNDS);
  const { contracts } = catalogue;
  const owner = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const engine = new IngestEngine({
    sources: compileSources(contracts, store.definitions),
    store: store.metrics,
    log,
    deadLetters,
    clock: wallClock,
    owner,
    events: telemetry,
  });
  const endsCall = new EndsCall();

  const ensureDeadLetters = async (topic: string): Promise<void> => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const created = await ensureTopics(admin, [
        {
          topic: deadLetterTopic(topic),
          partitions: 1,
          retentionMs: config.retention.deadLettersMs,
          maxBatchBytes: DEAD_LETTER_BATCH_BYTES,
        },
      ]);
      for (const name of created) logger.info({ topic: name }, 'created the dead-letter topic');
    } finally {
      await admin.disconnect();
    }
  };

  const readers = new Map(
    catalogue.contracts.map(({ topic }) => [
      topic,
      new TopicReader(topic, engine, log, () => ensureDeadLetters(topic), endsCall, logger),
    ]),
  );
  const fills = proposalsOf(contracts, store.definitions).map((proposal) => {
    const { topic } = proposal.contract;
    const logTime = async () => (await engine.register(topic)).logTime;
    return { topic, fill: new RevisionFill(store.past, proposal, owner, logTime) };
  });
  const alarms = new AlarmDelivery({
    teams: catalogue.teams,
    settings: config.notifications,
    environment: process.env,
    logger,
  });
  const archivers = archiversOf(config, catalogue, store);
  return {
    engine,
    log,
    readers,
    store,
    revisions: new RevisionLoop(engine, fills, store, logger),
    archive: new ArchiveLoop(engine, archivers, logger),
    evaluatorWatch: new EvaluatorWatch({
      store: store.freshness,
      logger,
      teller: alarms,
      told: (ms) => telemetry.evaluatorSilent(ms),
      arrivals: () => telemetry.arrivals(),
    }),
    followTeams: (teams) => alarms.follow(teams),
    logger,
    makeFlushLoop: (flushed) =>
      new FlushLoop(engine, new FlushCadence(rules), wallClock, logger, flushed, () => endsCall.call()),
    close: async () => {
      await Promise.allSettled([log.close(), letterSink.close(), store.close()]);
    },
  };
}

/** One for each definition that is read, now or after a promotion. */
function archiversOf(
  { archiveAfterMs }: IngestConfig,
  { contracts }: Catalogue,
  { archive, definitions: { active, proposed } }: OpenStore,
): MetricArchiver[] {
  if (archiveAfterMs === undefined) return [];
  const limits = {
    afterMs: archiveAfterMs,
    rows: ARCHIVE_ROWS,
    everyMs: ARCHIVE_STEP_MS,
    settleMs: ARCHIVE_SETTLE_MS,
    graceMs: ARCHIVE_GRACE_MS,
  };
  return [...active.map(({ definition }) => definition), ...proposed].flatMap((metric) => {
    const topic = contracts.find(({ name }) => name === metric.source)?.topic;
    if (topic === undefined) return [];
    const clock: Clock = { nowMs: () => performance.now() };
    const newAttempt = (): string => randomBytes(8).readBigUInt64BE().toString();
    const archiver = new Archiver({ store: archive, metric, topic, clock, newAttempt, limits });
    return [{ metric: metric.name, topic, archiver }];
  });
}
