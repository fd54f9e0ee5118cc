import type { Births, Life } from '../lives/lives.js';
import { Random } from '../random/random.js';
import { Replay } from '../replay/replay.js';
import type { Invoice } from '../replay/slice.js';
import { cloudEvent, orderData, totalMinor } from '../stream/cloud-event.js';

const DAY_MS = 86_400_000;
/** From the order to its payment, in the recording's own time: most after two to three weeks. */
const MEDIAN_TERM_MS = 16 * DAY_MS;
const TERM_SIGMA = 0.45;
const SHORTEST_TERM_MS = DAY_MS;
const LONGEST_TERM_MS = 45 * DAY_MS;

/** No order on account stays open for longer when the recording is played at this speed, ms. */
export function longestTermMs(speed: number): number {
  return Math.ceil(LONGEST_TERM_MS / speed);
}

/** Wholesale is bought on account by known customers, cancellations of it included: they are credits. */
function isOnAccount({ order }: Invoice): boolean {
  return order.channel === 'wholesale' && order.customerId !== null;
}

/**
 * Payments of recorded wholesale orders: each is settled once, some time after it was placed. The order itself is told
 * by the replay; this one has a replay of its own that runs ahead.
 */
export class Accounts implements Births {
  readonly areSilent = true;
  readonly #replay: Replay;
  readonly #speed: number;

  constructor(invoices: readonly Invoice[], speed: number, seed: number) {
    this.#replay = new Replay(invoices, speed, seed, isOnAccount);
    this.#speed = speed;
  }

  seek(timeMs: number): void {
    this.#replay.seek(timeMs);
  }

  nextMs(): number {
    return this.#replay.nextMs();
  }

  take(): Life {
    const { invoice, timeMs, orderId, random: placed } = this.#replay.takeInvoice();
    const random = new Random(placed.uint32() | 0, 0x7061);
    const termMs = Math.min(
      LONGEST_TERM_MS,
      Math.max(SHORTEST_TERM_MS, random.logNormal(MEDIAN_TERM_MS, TERM_SIGMA)),
    );
    const { order } = invoice;
    // What was sold is in the order; a settlement moves no goods.
    const data = orderData({ ...order, orderId, lines: [] }, totalMinor(order.lines));
    return {
      beginMs: timeMs,
      endMs: timeMs + Math.max(1, Math.round(termMs / this.#speed)),
      end: (atMs) => ({
        topic: 'orders',
        key: order.customerId ?? orderId,
        value: cloudEvent(`${orderId}-settled`, '/shop/accounts', 'orders.order_settled', atMs, data),
        random,
      }),
    };
  }
}
