import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import type { DeadLetter, DeadLetterSink } from '@freshet/ingestion';

import { LETTER, letterName } from './letter-headers.js';

/**
 * Dead letters on Kafka: the original's value as it was, its origin in headers beside the original's own, the
 * origin as key, so that all letters of one record land in one partition. At least once: a repeat has the
 * same key. Written by an idempotent producer, acknowledged by all in-sync replicas.
 */
export class KafkaDeadLetterSink implements DeadLetterSink {
  readonly #producer: Producer;
  #connected: Promise<void> | undefined;

  constructor(kafka: Kafka) {
    this.#producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
  }

  /** `topic` is the dead-letter topic itself. Rejects when it is missing or a letter is too large for it. */
  async write(topic: string, letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    this.#connected ??= this.#producer.connect().catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    await this.#connected;
    await this.#producer.send({
      topic,
      acks: -1,
      compression: kafkajs.CompressionTypes.GZIP,
      messages: letters.map(toMessage),
    });
  }

  async close(): Promise<void> {
    await this.#connected?.catch(() => undefined);
    await this.#producer.disconnect();
  }
}

function toMessage(letter: DeadLetter): Message {
  const { topic, incarnation, partition } = letter.source;
  const headers: Record<string, (Buffer | string)[]> = {};
  for (const [name, value] of letter.headers) (headers[name] ??= []).push(toBuffer(value));
  const origin: Record<string, string | Buffer> = {
    [LETTER.topic]: topic,
    [LETTER.incarnation]: String(incarnation),
    [LETTER.partition]: String(partition),
    [LETTER.offset]: String(letter.offset),
    [LETTER.logTime]: new Date(letter.logTimeMs).toISOString(),
    [LETTER.reason]: letter.reason,
    [LETTER.detail]: letter.detail,
    [LETTER.contractVersion]: letter.contractVersion,
    ...(letter.key ? { [LETTER.key]: toBuffer(letter.key) } : {}),
  };
  return {
    key: letterName(letter.source, letter.offset),
    value: letter.value && toBuffer(letter.value),
    headers: { ...headers, ...origin },
  };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
