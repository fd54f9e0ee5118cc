import { cloudEvent, type CloudEvent, type EventOptions } from './cloud-event.js';

/** Data of an event of topic `orders`. */
export interface OrderData {
  readonly orderId: string;
  readonly customerId: string | null;
  readonly country: string;
  readonly region: string;
  readonly channel: 'web' | 'app' | 'marketplace' | 'wholesale';
  readonly currency: 'GBP' | 'EUR';
  readonly totalMinor: number;
  readonly items: number;
  readonly quantity: number;
  readonly lines: readonly {
    readonly sku: string;
    readonly description: string;
    readonly quantity: number;
    readonly unitPriceMinor: number;
  }[];
}

/** An order of one line over 10 GBP, unless told otherwise. */
export function orderPlaced(options: EventOptions, data: Partial<OrderData> = {}): CloudEvent<OrderData> {
  return cloudEvent(options, '/shop/web', 'orders.order_placed', order(options.id, data));
}

/** A cancellation of 10 GBP, unless told otherwise. */
export function orderCancelled(options: EventOptions, data: Partial<OrderData> = {}): CloudEvent<OrderData> {
  const negative = { totalMinor: -1_000, quantity: -1 };
  return cloudEvent(
    options,
    '/shop/web',
    'orders.order_cancelled',
    order(options.id, { ...negative, ...data }),
  );
}

function order(id: string, data: Partial<OrderData>): OrderData {
  return {
    orderId: id,
    customerId: null,
    country: 'United Kingdom',
    region: 'UK & Ireland',
    channel: 'web',
    currency: 'GBP',
    totalMinor: 1_000,
    items: 1,
    quantity: 1,
    lines: [{ sku: '85123A', description: 'LIGHT HOLDER', quantity: 1, unitPriceMinor: 1_000 }],
    ...data,
  };
}

/** Data of an event of topic `payments`. */
export interface PaymentData {
  readonly paymentId: string;
  readonly orderId: string;
  readonly customerId: string | null;
  readonly provider: 'Adyen' | 'PayPal' | 'Klarna' | 'Apple Pay';
  readonly region: string;
  readonly currency: 'GBP' | 'EUR';
  readonly amountMinor: number;
  readonly status: 'succeeded' | 'failed';
  readonly failureReason: string | null;
  readonly latencyMs: number;
}

/** A payment of 10 GBP by Adyen that succeeded in 200 ms, unless told otherwise. */
export function paymentAttempted(
  options: EventOptions,
  data: Partial<PaymentData> = {},
): CloudEvent<PaymentData> {
  return cloudEvent(options, '/shop/web', 'payments.payment_attempted', {
    paymentId: options.id,
    orderId: `order-${options.id}`,
    customerId: null,
    provider: 'Adyen',
    region: 'UK & Ireland',
    currency: 'GBP',
    amountMinor: 1_000,
    status: 'succeeded',
    failureReason: null,
    latencyMs: 200,
    ...data,
  });
}

export type ClickType = 'session_started' | 'page_viewed' | 'checkout_started' | 'order_completed';

/** Data of an event of topic `clickstream`. */
export interface ClickData {
  readonly sessionId: string;
  readonly userId: string;
  readonly page: string;
  readonly region: string;
  readonly campaign: string | null;
  readonly device: 'desktop' | 'mobile' | 'tablet';
  readonly referrer: string | null;
}

/** A step of a visit of the start page without a campaign, unless told otherwise. */
export function click(
  type: ClickType,
  options: EventOptions,
  data: Partial<ClickData> = {},
): CloudEvent<ClickData> {
  return cloudEvent(options, '/shop/web', `clickstream.${type}`, {
    sessionId: `session-${options.id}`,
    userId: `user-${options.id}`,
    page: '/',
    region: 'UK & Ireland',
    campaign: null,
    device: 'mobile',
    referrer: null,
    ...data,
  });
}
