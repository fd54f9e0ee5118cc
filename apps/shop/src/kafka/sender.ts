import { writesInPlace, type KafkaLogger } from '@freshet/kafka';
import kafkajs, { type Kafka, type Producer, type TopicMessages } from 'kafkajs';

import { TOPICS, type Message } from '../stream/message.js';

/** A request holds no more, so that even all of it in one partition stays below a broker's 1 MB a batch. */
const REQUEST_MESSAGES = 1_000;
const REQUEST_CHARACTERS = 700_000;
/** kafkajs repeats a request by itself for so long; then the producer is given up for a new one. */
const PRODUCER_GIVEN_UP_MS = 60_000;
/** A send that takes longer is trouble on the broker's side. */
const SLOW_SEND_MS = 5_000;

/**
 * Sends messages in order and does not give up: an idempotent producer that waits for all replicas and, when it can
 * not be used any more, is followed by another one with the same messages (ingest drops those that come twice).
 */
export class Sender {
  readonly #kafka: Kafka;
  readonly #logger: KafkaLogger;
  #producer: Producer | undefined;
  #closed = false;
  #retries = 0;
  #slow = false;

  constructor(kafka: Kafka, logger: KafkaLogger) {
    this.#kafka = writesInPlace(kafka);
    this.#logger = logger;
  }

  /** Times that a producer was replaced. */
  get retries(): number {
    return this.#retries;
  }

  /** Whether a send was slow or repeated since this was last asked. */
  hadTrouble(): boolean {
    const slow = this.#slow;
    this.#slow = false;
    return slow;
  }

  /** Resolves when all of them are acknowledged; rejects only after `close`. */
  async send(messages: readonly Message[]): Promise<void> {
    const startedMs = performance.now();
    for (const request of requests(messages)) await this.#sendRequest(request);
    if (performance.now() - startedMs > SLOW_SEND_MS) this.#slow = true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#producer?.disconnect().catch(() => undefined);
  }

  async #sendRequest(topicMessages: TopicMessages[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const producer = (this.#producer ??= await this.#connect());
        await within(PRODUCER_GIVEN_UP_MS, producer.sendBatch({ topicMessages, acks: -1 }));
        return;
      } catch (error) {
        if (this.#closed) throw error;
        this.#retries++;
        this.#slow = true;
        this.#logger.warn(
          { attempt, error: String(error) },
          'Kafka refused a batch: it is sent again by a new producer',
        );
        this.#producer?.disconnect().catch(() => undefined);
        this.#producer = undefined;
        await pause(Math.min(5_000, 200 * 2 ** Math.min(attempt, 5)));
      }
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: Number.MAX_SAFE_INTEGER },
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }
}

function* requests(messages: readonly Message[]): Generator<TopicMessages[]> {
  let from = 0;
  let characters = 0;
  for (let at = 0; at < messages.length; at++) {
    const size = messages[at]!.value.length + messages[at]!.key.length + 40;
    if (at > from && (at - from >= REQUEST_MESSAGES || characters + size > REQUEST_CHARACTERS)) {
      yield byTopic(messages.slice(from, at));
      from = at;
      characters = 0;
    }
    characters += size;
  }
  if (from < messages.length) yield byTopic(messages.slice(from));
}

function byTopic(messages: readonly Message[]): TopicMessages[] {
  return TOPICS.map((topic) => ({
    topic,
    messages: messages.filter((message) => message.topic === topic).map(({ key, value }) => ({ key, value })),
  })).filter(({ messages: some }) => some.length > 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Rejects when `work` has not ended in time; it is then left to itself. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no acknowledgement within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
