import kafkajs, { type Kafka } from 'kafkajs';

import { registerCodecs } from './codecs.js';
import { rereadingSocket } from './in-place/whole-answers.js';
import { bridgeLogs, silentLogger, type KafkaLogger } from './logging.js';
import type { KafkaSettings } from './settings.js';

/** A kafkajs client with all of Kafka's codecs, its logs in `logger`'s levels. Connects to nothing yet. */
export function createKafka(settings: KafkaSettings, logger: KafkaLogger = silentLogger): Kafka {
  registerCodecs();
  const { sasl } = settings;
  return new kafkajs.Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 8 },
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => bridgeLogs(logger),
    ...(settings.tls
      ? { ssl: settings.tlsAuthority ? { ca: [settings.tlsAuthority] } : true }
      : { socketFactory: rereadingSocket }),
    // kafkajs types each mechanism apart; the fields are the same for these three.
    ...(sasl ? { sasl: { ...sasl } as { mechanism: 'plain'; username: string; password: string } } : {}),
  });
}
