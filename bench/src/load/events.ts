import { seededRandom } from './random.js';

export const TOPICS = ['orders', 'payments', 'clickstream'] as const;
export type Topic = (typeof TOPICS)[number];

/** Partitions of each topic. */
export const PARTITIONS = 4;

export interface GeneratedEvent {
  readonly topic: Topic;
  readonly partition: number;
  /** CloudEvents JSON, some 350 bytes on average. */
  readonly value: string;
}

const regions = ['UK & Ireland', 'DACH', 'Nordics', 'Benelux', 'France', 'Southern Europe', 'Rest of world'];
const countries = ['United Kingdom', 'Germany', 'Sweden', 'Netherlands', 'France', 'Spain', 'Australia'];
const channels = ['web', 'app', 'marketplace', 'wholesale'];
const providers = ['Adyen', 'PayPal', 'Klarna', 'Apple Pay'];
const reasons = ['card_declined', 'insufficient_funds', 'timeout', 'fraud_suspected'];
const pages = ['/', '/search', '/product', '/basket', '/checkout', '/confirmation'];
const campaigns = ['autumn-sale', 'newsletter', 'search-ads', 'social', null, null];
const devices = ['desktop', 'mobile', 'tablet'];
const referrers = ['https://search.example', 'https://news.example', null];

const USERS = 50_000;
const ARTICLES = 4_000;
const LATE_SHARE = 0.02;
const MINUTE_MS = 60_000;

/**
 * The shop's events for a seed: 70 % clickstream, 20 % orders, 10 % payments. Two per cent are one to eight
 * minutes older than those around them: less than the ten minutes of grace that every contestant is given. Event
 * ids are unique.
 */
export class EventSource {
  readonly #random: () => number;
  #count = 0;

  constructor(private readonly seed: number) {
    this.#random = seededRandom(seed);
  }

  /** The next event, as of `timeMs`. */
  next(timeMs: number): GeneratedEvent {
    const index = this.#count++;
    const late = this.#random() < LATE_SHARE;
    const atMs = late ? timeMs - MINUTE_MS - Math.floor(this.#random() * 7 * MINUTE_MS) : timeMs;
    const kind = this.#random();
    if (kind < 0.7) return this.#click(index, atMs);
    return kind < 0.9 ? this.#order(index, atMs) : this.#payment(index, atMs);
  }

  #click(index: number, timeMs: number): GeneratedEvent {
    const user = this.#below(USERS);
    const chance = this.#random();
    const type =
      chance < 0.8
        ? 'page_viewed'
        : chance < 0.92
          ? 'session_started'
          : chance < 0.97
            ? 'checkout_started'
            : 'order_completed';
    return this.#event('clickstream', user, index, type, timeMs, {
      sessionId: `s-${user}-${Math.floor(timeMs / 1_800_000)}`,
      userId: `u-${user}`,
      page: this.#pick(pages),
      region: regions[user % regions.length],
      campaign: this.#pick(campaigns),
      device: devices[user % devices.length],
      referrer: this.#pick(referrers),
    });
  }

  #order(index: number, timeMs: number): GeneratedEvent {
    const user = this.#below(USERS);
    const isCancelled = this.#random() < 0.03;
    const sign = isCancelled ? -1 : 1;
    const lines = Array.from({ length: 1 + this.#below(3) }, () => ({
      sku: `A${10_000 + this.#below(ARTICLES)}`,
      description: 'Lamp, brass',
      quantity: sign * (1 + this.#below(4)),
      unitPriceMinor: 195 + 10 * this.#below(900),
    }));
    return this.#event('orders', user, index, isCancelled ? 'order_cancelled' : 'order_placed', timeMs, {
      orderId: `o-${index}`,
      customerId: user % 5 === 0 ? null : `c-${user}`,
      country: countries[user % countries.length],
      region: regions[user % regions.length],
      channel: this.#pick(channels),
      currency: user % regions.length === 0 ? 'GBP' : 'EUR',
      totalMinor: lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0),
      items: lines.length,
      quantity: lines.reduce((sum, line) => sum + line.quantity, 0),
      lines,
    });
  }

  #payment(index: number, timeMs: number): GeneratedEvent {
    const user = this.#below(USERS);
    const isFailed = this.#random() < 0.06;
    return this.#event('payments', user, index, 'payment_attempted', timeMs, {
      paymentId: `p-${index}`,
      orderId: `o-${this.#below(index + 1)}`,
      customerId: user % 5 === 0 ? null : `c-${user}`,
      provider: this.#pick(providers),
      region: regions[user % regions.length],
      currency: user % regions.length === 0 ? 'GBP' : 'EUR',
      amountMinor: 195 + this.#below(40_000),
      status: isFailed ? 'failed' : 'succeeded',
      failureReason: isFailed ? this.#pick(reasons) : null,
      latencyMs: 60 + Math.floor(-Math.log(1 - this.#random()) * 350),
    });
  }

  #event(
    topic: Topic,
    user: number,
    index: number,
    type: string,
    timeMs: number,
    data: object,
  ): GeneratedEvent {
    const value = JSON.stringify({
      specversion: '1.0',
      id: `${this.seed.toString(36)}-${index.toString(36).padStart(8, '0')}`,
      source: '/shop/web',
      type: `${topic}.${type}`,
      time: new Date(timeMs).toISOString(),
      data,
    });
    return { topic, partition: user % PARTITIONS, value };
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  #pick<T>(of: readonly T[]): T {
    return of[this.#below(of.length)] as T;
  }
}
