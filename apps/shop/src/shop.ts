import type { KafkaLogger } from '@freshet/kafka';

import type { ShopConfig } from './config.js';
import { Incidents } from './incidents/incidents.js';
import type { Sender } from './kafka/sender.js';
import { newOpening, rateAt, type Beginning, type Opening } from './opening.js';
import type { Invoice } from './replay/slice.js';
import { Rhythm } from './rhythm/rhythm.js';
import { sourcesOf } from './sources.js';
import { TOPICS, type Message, type Topic } from './stream/message.js';
import { MEMORY_MS, ShopStream } from './stream/shop-stream.js';

/** Messages taken at once; two such batches are in memory. */
const BATCH = 5_000;
/** Live, the shop looks so often at what is due: as a producer that lingers. */
const TICK_MS = 100;
const SAVE_EVERY_MS = 500;
/** Going on after a break means to generate again what was under way: at most about so many events. */
const MOST_REGENERATED = 3_000_000;
/** A live shop that is further behind, while the broker answers, had stopped (a suspended machine): it opens again. */
const STOPPED_MS = 5 * 60_000;
const LIVE_WITHIN_MS = 2_000;

export interface ShopPorts {
  nowMs(): number;
  wait(ms: number): Promise<void>;
  save(opening: Opening): void;
}

/** Text that is the same where two openings would send the same messages. */
export function fingerprintOf({ rate, seed, dirt, speed, sources, flat, timeZone }: ShopConfig): string {
  return JSON.stringify({ topics: TOPICS, rate, seed, dirt, speed, sources, flat, timeZone });
}

export function canGoOn(config: ShopConfig): boolean {
  return (config.rate * MEMORY_MS) / 1000 <= MOST_REGENERATED;
}

/** The running shop: takes what is due from the stream, sends it, and remembers how far it is acknowledged. */
export class Shop {
  readonly incidents = new Incidents();
  readonly #config: ShopConfig;
  readonly #sender: Sender;
  readonly #ports: ShopPorts;
  readonly #logger: KafkaLogger;
  readonly #invoices: readonly Invoice[];
  readonly #rhythm: Rhythm;
  readonly #sent = new Map<Topic, number>(TOPICS.map((topic) => [topic, 0]));
  #opening: Opening;
  #stream: ShopStream;
  #savedMs = 0;
  #acknowledgedAtMs: number | undefined;
  #live = false;
  #stopping = false;

  constructor(
    config: ShopConfig,
    beginning: Beginning,
    invoices: readonly Invoice[],
    sender: Sender,
    ports: ShopPorts,
    logger: KafkaLogger,
  ) {
    this.#config = config;
    this.#sender = sender;
    this.#ports = ports;
    this.#logger = logger;
    this.#invoices = invoices;
    this.#rhythm = new Rhythm(config.timeZone);
    this.#opening = beginning.opening;
    this.#stream = this.#open(beginning.opening);
  }

  /** Messages acknowledged so far by topic. */
  get sent(): ReadonlyMap<Topic, number> {
    return this.#sent;
  }
  get stream(): ShopStream {
    return this.#stream;
  }
  /** Wall time of the newest acknowledgement, epoch ms. */
  get acknowledgedAtMs(): number | undefined {
    return this.#acknowledgedAtMs;
  }
  /** How far the newest message is behind the clock, ms: two days at first. */
  get behindMs(): number {
    return Math.max(0, this.#ports.nowMs() - this.#stream.positionMs);
  }
  /** Whether the past is produced and the shop is with the clock. */
  get live(): boolean {
    return this.#live;
  }

  /** Runs until `stop`; resolves when what was under way is acknowledged and saved. */
  async run(): Promise<void> {
    const { nowMs, wait, save } = this.#ports;
    save(this.#opening);
    let underWay: Promise<void> = Promise.resolve();
    while (!this.#stopping) {
      this.#reopenAfterStop();
      const messages = this.#stream.take(nowMs(), BATCH);
      const resumeMs = this.#stream.resumeMs;
      // The next batch was made while the last one was on its way.
      await underWay;
      underWay = messages.length > 0 ? this.#sender.send(messages) : Promise.resolve();
      underWay = underWay.then(() => this.#acknowledged(messages, resumeMs));
      underWay.catch(() => undefined);
      if (messages.length < BATCH) {
        await underWay;
        this.#comeLive();
        await wait(TICK_MS);
      }
    }
    await underWay;
    save({ ...this.#opening, savedAtMs: nowMs() });
  }

  stop(): void {
    this.#stopping = true;
  }

  #acknowledged(messages: readonly Message[], resumeMs: number): void {
    const nowMs = this.#ports.nowMs();
    for (const { topic } of messages) this.#sent.set(topic, this.#sent.get(topic)! + 1);
    if (messages.length > 0) this.#acknowledgedAtMs = nowMs;
    this.#opening = {
      ...this.#opening,
      positionMs: Math.max(this.#opening.openedMs, resumeMs),
      savedAtMs: nowMs,
    };
    if (nowMs - this.#savedMs >= SAVE_EVERY_MS) {
      this.#savedMs = nowMs;
      this.#ports.save(this.#opening);
    }
  }

  #comeLive(): void {
    if (this.behindMs > LIVE_WITHIN_MS) return;
    if (!this.#live) this.#logger.info({ sent: Object.fromEntries(this.#sent) }, 'The shop is live');
    this.#live = true;
    this.#sender.hadTrouble();
  }

  #reopenAfterStop(): void {
    if (!this.#live || this.behindMs < STOPPED_MS) return;
    this.#live = false;
    if (this.#sender.hadTrouble()) return;
    const nowMs = this.#ports.nowMs();
    this.#logger.warn(
      { closedMs: this.behindMs },
      'The shop had stopped: it opens again now, and what it missed stays empty',
    );
    this.#opening = newOpening(nowMs, nowMs, fingerprintOf(this.#config), this.#opening);
    this.#stream = this.#open(this.#opening);
  }

  #open(opening: Opening): ShopStream {
    const { openingId, openedMs, openedAtWallMs, positionMs } = opening;
    const { seed, rate, flat, sources, dirt } = this.#config;
    return new ShopStream({
      arrivals: {
        seed,
        openingId,
        rhythm: this.#rhythm,
        flat,
        ratePerSecond: (atMs) => rateAt(opening, rate, atMs),
      },
      simulate: sources.includes('simulation'),
      sources: sourcesOf(this.#config, opening, this.#rhythm, this.#invoices),
      dirt,
      incidents: this.incidents,
      openedMs,
      openedAtWallMs,
      positionMs,
    });
  }
}
