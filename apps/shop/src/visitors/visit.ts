import { attemptPayment, chooseProvider, type Attempt, type Provider } from '../payments/providers.js';
import { mix32, type Random } from '../random/random.js';
import { Weighted } from '../random/weighted.js';
import { cancellationOf, cloudEvent, orderData, totalMinor, type Order } from '../stream/cloud-event.js';
import type { Topic } from '../stream/message.js';
import { warehouseOf } from '../warehouse/locations.js';
import { stockMoved, type MovementReason } from '../warehouse/stock-event.js';
import { euroPrice, PRODUCTS } from './products.js';
import { marketOf, type Market } from './regions.js';

export type Campaign = 'autumn-sale' | 'newsletter' | 'search-ads' | 'social';
type Device = 'desktop' | 'mobile' | 'tablet';

/** What a visit meets outside itself. */
export interface ShopFloor {
  isDown(provider: Provider, atMs: number): boolean;
  /** Whether the shop is open at this time: what was before is not sent, and so cannot be taken back. */
  isOpen(atMs: number): boolean;
  sendEvent(visit: Visit, topic: Topic, key: string, value: string): void;
}

const DEVICE = new Weighted<Device>([
  ['mobile', 55],
  ['desktop', 38],
  ['tablet', 7],
]);
const REFERRER = new Weighted<string | null>([
  [null, 45],
  ['google', 34],
  ['instagram', 9],
  ['bing', 6],
  ['pinterest', 6],
]);
const PAGE = new Weighted([
  ['/product', 50],
  ['/search', 18],
  ['/category', 20],
  ['/', 8],
  ['/help', 4],
]);
/** Share of the visits that begin a checkout, by what brought them. */
const CHECKOUT_SHARE: Readonly<Record<Campaign | 'none', number>> = {
  newsletter: 0.22,
  'autumn-sale': 0.2,
  'search-ads': 0.14,
  social: 0.09,
  none: 0.15,
};

/** A visitor who has not finished by then leaves. */
export const LONGEST_VISIT_MS = 20 * 60_000;
const LAST_PAGE_MS = 8 * 60_000;
const THINK_MS = 6_000;
const RETURNING_SHARE = 0.6;
const CANCELLED_SHARE = 0.03;
const MOST_ATTEMPTS = 3;

const START = 0;
const BROWSE = 1;
const BASKET = 2;
const CHECKOUT = 3;
const PAY = 4;
const ANSWER = 5;
const CONFIRM = 6;
const CANCEL = 7;
const GONE = 8;

/**
 * One visit, played step by step: every step happens at `atMs`, sends its events and sets the time of the next.
 * All chance comes from the visit's own random numbers; only a provider's outage reaches it from outside.
 */
export class Visit {
  atMs: number;
  readonly random: Random;
  readonly #startMs: number;
  readonly #session: string;
  readonly #user: string;
  readonly #market: Market;
  readonly #device: Device;
  readonly #data: string;
  readonly #buys: boolean;
  #pages: number;
  #step = START;
  #events = 0;
  #attempts = 0;
  #provider: Provider | undefined;
  #order: Order | undefined;
  #attempt: Attempt | undefined;

  /** `users` is the number of known customers that returning visitors are drawn from. */
  constructor(random: Random, session: string, startMs: number, campaign: Campaign | null, users: number) {
    this.random = random;
    this.atMs = startMs;
    this.#startMs = startMs;
    this.#session = session;
    if (random.unit() < RETURNING_SHARE) {
      const number = Math.floor(random.unit() ** 2 * users);
      this.#user = `u${number}`;
      this.#market = marketOf(mix32(number) / 4294967296);
    } else {
      this.#user = `u${session}`;
      this.#market = marketOf(random.unit());
    }
    this.#device = DEVICE.pick(random.unit());
    const referrer =
      campaign === null ? REFERRER.pick(random.unit()) : campaign === 'social' ? 'instagram' : null;
    this.#buys = random.unit() < CHECKOUT_SHARE[campaign ?? 'none'];
    this.#pages = Math.min(25, (this.#buys ? 2 : 1) + Math.floor(random.exponential(2.6)));
    this.#data =
      `,"region":"${this.#market.region}","campaign":${quoted(campaign)}` +
      `,"device":"${this.#device}","referrer":${quoted(referrer)}}`;
  }

  get gone(): boolean {
    return this.#step === GONE;
  }

  step(floor: ShopFloor): void {
    switch (this.#step) {
      case START:
        this.#click(floor, 'session_started', '/');
        this.#after(this.random.between(20, 400), BROWSE);
        break;
      case BROWSE:
        this.#click(floor, 'page_viewed', this.#pages === 0 ? '/' : PAGE.pick(this.random.unit()));
        if (--this.#pages > 0 && this.atMs - this.#startMs < LAST_PAGE_MS) this.#after(this.#think(), BROWSE);
        else if (this.#buys) this.#after(this.#think(), BASKET);
        else this.#step = GONE;
        break;
      case BASKET:
        this.#click(floor, 'page_viewed', '/basket');
        this.#after(this.#think(), CHECKOUT);
        break;
      case CHECKOUT:
        this.#click(floor, 'checkout_started', '/checkout');
        this.#order = this.#fillBasket();
        this.#provider = chooseProvider(this.random);
        if (this.random.unit() < 0.12) this.#step = GONE;
        else this.#after(this.random.between(4_000, 25_000), PAY);
        break;
      case PAY:
        this.#attempts++;
        this.#attempt = attemptPayment(
          this.random,
          this.#provider!,
          floor.isDown(this.#provider!, this.atMs),
        );
        this.#after(this.#attempt.latencyMs, ANSWER);
        break;
      case ANSWER:
        this.#answer(floor);
        break;
      case CONFIRM:
        this.#click(floor, 'order_completed', '/confirmation');
        this.#sendOrder(floor, 'orders.order_placed', this.#order!);
        this.#moveStock(floor, 'sale');
        if (this.random.unit() < CANCELLED_SHARE && floor.isOpen(this.atMs))
          this.#after(this.random.between(60_000, 480_000), CANCEL);
        else this.#step = GONE;
        break;
      case CANCEL:
        this.#sendOrder(floor, 'orders.order_cancelled', cancellationOf(this.#order!));
        this.#moveStock(floor, 'return');
        this.#step = GONE;
        break;
    }
  }

  /** The provider has answered: the attempt is known from now on. */
  #answer(floor: ShopFloor): void {
    const provider = this.#provider!;
    const order = this.#order!;
    const { failureReason, latencyMs } = this.#attempt!;
    floor.sendEvent(
      this,
      'payments',
      order.orderId,
      cloudEvent(
        this.#nextId(),
        '/shop/web',
        'payments.payment_attempted',
        this.atMs,
        `{"paymentId":"p${this.#session}-${this.#attempts}","orderId":"${order.orderId}","customerId":"${this.#user}"` +
          `,"provider":"${provider}","region":"${order.region}","currency":"${order.currency}"` +
          `,"amountMinor":${totalMinor(order.lines)},"status":"${failureReason === null ? 'succeeded' : 'failed'}"` +
          `,"failureReason":${quoted(failureReason)},"latencyMs":${latencyMs}}`,
      ),
    );
    if (failureReason === null) {
      this.#after(this.random.between(30, 300), CONFIRM);
    } else if (this.#attempts < MOST_ATTEMPTS && this.random.unit() < 0.7) {
      if (this.random.unit() < 0.4) this.#provider = chooseProvider(this.random);
      this.#after(this.random.between(5_000, 30_000), PAY);
    } else {
      this.#step = GONE;
    }
  }

  #fillBasket(): Order {
    const { random } = this;
    const lines = Array.from({ length: Math.min(12, 1 + Math.floor(random.exponential(1.8))) }, () => {
      const product = PRODUCTS[Math.floor(random.unit() ** 1.7 * PRODUCTS.length)]!;
      return {
        sku: product.sku,
        description: product.description,
        quantity: random.unit() < 0.7 ? 1 : 2 + random.below(4),
        unitPriceMinor: this.#market.currency === 'EUR' ? euroPrice(product.priceMinor) : product.priceMinor,
      };
    });
    return {
      orderId: `o${this.#session}`,
      customerId: this.#user,
      country: this.#market.country,
      region: this.#market.region,
      channel:
        random.unit() < 0.06
          ? 'marketplace'
          : this.#device === 'mobile' && random.unit() < 0.5
            ? 'app'
            : 'web',
      currency: this.#market.currency,
      lines,
    };
  }

  #sendOrder(floor: ShopFloor, type: string, order: Order): void {
    floor.sendEvent(
      this,
      'orders',
      this.#user,
      cloudEvent(this.#nextId(), '/shop/web', type, this.atMs, orderData(order)),
    );
  }

  /** The order's pieces leave the warehouse of its region, or come back. */
  #moveStock(floor: ShopFloor, reason: MovementReason): void {
    const { region, lines } = this.#order!;
    const location = warehouseOf(region);
    const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const quantity = reason === 'sale' ? -pieces : pieces;
    const value = stockMoved(this.#nextId(), this.atMs, location, reason, quantity);
    floor.sendEvent(this, 'inventory', location, value);
  }

  #click(floor: ShopFloor, type: string, page: string): void {
    floor.sendEvent(
      this,
      'clickstream',
      this.#session,
      cloudEvent(
        this.#nextId(),
        '/shop/web',
        `clickstream.${type}`,
        this.atMs,
        `{"sessionId":"${this.#session}","userId":"${this.#user}","page":"${page}"${this.#data}`,
      ),
    );
  }

  #nextId(): string {
    return `${this.#session}-${this.#events++}`;
  }

  #think(): number {
    return 400 + this.random.logNormal(THINK_MS, 0.8);
  }

  #after(delayMs: number, step: number): void {
    this.atMs += Math.round(delayMs);
    this.#step = step;
  }
}

function quoted(text: string | null): string {
  return text === null ? 'null' : `"${text}"`;
}
