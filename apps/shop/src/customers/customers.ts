import { Random } from '../random/random.js';
import type { Invoice } from '../replay/slice.js';
import type { ClockSource, SourceEvent } from '../stream/clock-source.js';
import { cloudEvent, totalMinor } from '../stream/cloud-event.js';

export const SEGMENTS = ['Key account', 'Trade', 'Small business'] as const;
/** Bought within the recorded week, pence: from here on a customer is of the first and of the second segment. */
const LEAST_MINOR = [150_000, 50_000] as const;
/** One customer is reviewed so often. */
const REVIEW_EVERY_MS = 15 * 60_000;
/** Share of the reviews that find a customer in the segment next to the one that the purchases say. */
const MOVED_SHARE = 0.3;
/** Customers are told one after the other when the shop opens. */
const APART_MS = 5;
/** By then all are told. */
const ALL_TOLD_MS = 60_000;

interface Customer {
  readonly id: string;
  readonly country: string;
  /** Index of the segment. */
  readonly segment: number;
}

/** Who may buy on account and in which segment: the recording's customers, told at the opening, then reviewed one by one. */
export class Customers implements ClockSource {
  readonly #customers: readonly Customer[];
  readonly #openedMs: number;
  readonly #seed: number;
  #at = 0;

  constructor(invoices: readonly Invoice[], seed: number, openedMs: number) {
    this.#customers = customersOf(invoices);
    this.#seed = seed;
    this.#openedMs = openedMs;
  }

  seek(timeMs: number): void {
    const count = this.#customers.length;
    const told = Math.ceil((timeMs - this.#openedMs) / APART_MS);
    const reviews = Math.ceil((timeMs - this.#reviewMs(0)) / REVIEW_EVERY_MS);
    this.#at = told < count ? Math.max(0, told) : count + Math.max(0, reviews);
  }

  nextMs(): number {
    const count = this.#customers.length;
    if (count === 0) return Infinity;
    return this.#at < count ? this.#openedMs + this.#at * APART_MS : this.#reviewMs(this.#at - count);
  }

  take(): SourceEvent {
    const atMs = this.nextMs();
    const random = new Random(this.#seed ^ 0x63757374, Math.floor(atMs / APART_MS));
    const count = this.#customers.length;
    const isReview = this.#at >= count;
    const { id, country, segment } = this.#customers[isReview ? random.below(count) : this.#at]!;
    this.#at++;
    const moved =
      isReview && random.unit() < MOVED_SHARE ? segment + (random.unit() < 0.5 ? 1 : -1) : segment;
    const name = SEGMENTS[Math.min(SEGMENTS.length - 1, Math.max(0, moved))]!;
    const data = JSON.stringify({ customerId: id, segment: name, country });
    const eventId = `customer-${id}-${Math.floor(atMs).toString(36)}`;
    return {
      topic: 'customers',
      key: id,
      value: cloudEvent(eventId, '/shop/accounts', 'customers.customer_described', atMs, data),
      random,
    };
  }

  #reviewMs(index: number): number {
    const first = Math.floor((this.#openedMs + ALL_TOLD_MS) / REVIEW_EVERY_MS) + 1;
    return (first + index) * REVIEW_EVERY_MS;
  }
}

function customersOf(invoices: readonly Invoice[]): Customer[] {
  const known = new Map<string, { country: string; boughtMinor: number }>();
  for (const { order } of invoices) {
    if (order.customerId === null) continue;
    const before = known.get(order.customerId)?.boughtMinor ?? 0;
    known.set(order.customerId, {
      country: order.country,
      boughtMinor: before + totalMinor(order.lines),
    });
  }
  return [...known].map(([id, { country, boughtMinor }]) => {
    const found = LEAST_MINOR.findIndex((least) => boughtMinor >= least);
    return { id, country, segment: found < 0 ? SEGMENTS.length - 1 : found };
  });
}
