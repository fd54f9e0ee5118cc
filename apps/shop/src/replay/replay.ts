import { Random } from '../random/random.js';
import type { ClockSource, SourceEvent } from '../stream/clock-source.js';
import { cloudEvent, orderData } from '../stream/cloud-event.js';
import { WEEK_MS, type Invoice } from './slice.js';

/** An invoice as it is played this time. */
export interface PlayedInvoice {
  readonly invoice: Invoice;
  readonly timeMs: number;
  /** The invoice's number, another one in every loop. */
  readonly orderId: string;
  readonly value: string;
  readonly random: Random;
}

/**
 * Recorded invoices in an endless loop. What is played when is a function of the time alone: loop number and place in
 * the week come from the epoch, so a restart goes on where time is, and repeats get the same ids.
 */
export class Replay implements ClockSource {
  readonly #speed: number;
  readonly #loopMs: number;
  /** Invoice and its offset within a loop, ascending. */
  readonly #plan: readonly { readonly atMs: number; readonly invoice: Invoice; readonly data: string }[];
  #loop = 0;
  #next = 0;

  /** `speed` 21 plays the week in eight hours; only invoices that `plays` is true of are played, at their usual times. */
  constructor(
    invoices: readonly Invoice[],
    speed: number,
    seed: number,
    plays: (invoice: Invoice) => boolean = () => true,
  ) {
    this.#speed = speed;
    this.#loopMs = Math.round(WEEK_MS / speed);
    this.#plan = invoices
      .map((invoice, index) => {
        // The recording has whole minutes; invoices of one minute are spread over it.
        const withinMinuteMs = new Random(seed ^ 0x7265706c, index).unit() * 60_000;
        const atMs = Math.floor((invoice.offsetMs + withinMinuteMs) / speed);
        return { atMs, invoice, data: orderData(invoice.order).slice(1) };
      })
      .filter(({ invoice }) => plays(invoice))
      .sort((a, b) => a.atMs - b.atMs);
  }

  /** Goes to the first order at this time or later. */
  seek(timeMs: number): void {
    this.#loop = Math.floor(timeMs / this.#loopMs);
    const within = timeMs - this.#loop * this.#loopMs;
    this.#next = this.#plan.findIndex(({ atMs }) => atMs >= within);
    if (this.#next < 0) {
      this.#loop++;
      this.#next = 0;
    }
  }

  /** Time of the next order, epoch ms; infinite when there is nothing to play. */
  nextMs(): number {
    const entry = this.#plan[this.#next];
    return entry === undefined ? Infinity : this.#loop * this.#loopMs + entry.atMs;
  }

  take(): SourceEvent {
    const { invoice, orderId, value, random } = this.takeInvoice();
    return { topic: 'orders', key: invoice.order.customerId ?? orderId, value, random };
  }

  /** The next order with the invoice that it plays. */
  takeInvoice(): PlayedInvoice {
    const entry = this.#plan[this.#next];
    if (entry === undefined) throw new Error('Nothing is recorded: there is no order to take');
    const timeMs = this.nextMs();
    const { order, cancelled } = entry.invoice;
    const orderId = `${order.orderId}.${this.#loop.toString(36)}`;
    const value = cloudEvent(
      `retail-${this.#speed}-${this.#loop.toString(36)}-${order.orderId}`,
      '/retail/replay',
      cancelled ? 'orders.order_cancelled' : 'orders.order_placed',
      timeMs,
      `{"orderId":"${orderId}",${entry.data.slice(entry.data.indexOf(',') + 1)}`,
    );
    const random = new Random(this.#loop, this.#next);
    if (++this.#next === this.#plan.length) {
      this.#loop++;
      this.#next = 0;
    }
    return { invoice: entry.invoice, timeMs, orderId, value, random };
  }
}
