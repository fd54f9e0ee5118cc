import { setTimeout as delay } from 'node:timers/promises';

import type { LogHandlers, LogSubscription } from '@freshet/ingestion';
import type { Kafka } from 'kafkajs';

import { ConsumerLife, type ReaderSettings } from './consumer-life.js';
import type { KafkaLogger } from './logging.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3_000;
const START_LIMIT_MS = 20_000;

/** Membership of a group that survives its consumers: each that ends is followed by another one. */
export class GroupReader implements LogSubscription {
  readonly #newLife: () => ConsumerLife;
  readonly #logger: KafkaLogger;
  readonly #topic: string;
  readonly #stopping = new AbortController();
  #life: ConsumerLife;
  #running: Promise<void> | undefined;
  #onJoined: () => void = () => undefined;
  #lastReason: string | undefined;

  constructor(
    kafka: Kafka,
    topic: string,
    handlers: LogHandlers,
    settings: ReaderSettings,
    logger: KafkaLogger,
  ) {
    this.#topic = topic;
    this.#logger = logger;
    this.#newLife = () => new ConsumerLife(kafka, topic, handlers, settings);
    this.#life = this.#newLife();
  }

  /** Resolves once the group is joined; rejects when that takes longer than 20 s, and then nothing runs on. */
  async start(): Promise<void> {
    const joined = new Promise<'joined'>((resolve) => (this.#onJoined = () => resolve('joined')));
    this.#running = this.#keepAlive();
    const { signal } = this.#stopping;
    const late = delay(START_LIMIT_MS, 'late' as const, { signal, ref: false }).catch(() => 'late' as const);
    if ((await Promise.race([joined, late])) === 'joined') return;
    await this.stop();
    throw new Error(
      `cannot read ${this.#topic}: ${this.#lastReason ?? 'the group did not let this member in'}`,
    );
  }

  commit(positions: readonly { readonly partition: number; readonly position: number }[]): Promise<void> {
    return this.#life.commit(positions);
  }

  silentMs(): number {
    return this.#life.silentMs();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#life.stop();
    await this.#running;
  }

  async #keepAlive(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      void this.#life.joined.then(() => this.#onJoined());
      const reason = await this.#life.run();
      if (signal.aborted) return;
      this.#lastReason = reason.message;
      await this.#life.stop();
      // Broker and store were well: what ended it is another trouble than what ended the one before.
      if (this.#life.assigned) pauseMs = FIRST_PAUSE_MS;
      this.#logger.warn(
        { topic: this.#topic, reason: reason.message, pauseMs },
        'consumer ended, another one joins',
      );
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      this.#life = this.#newLife();
    }
  }
}
