import type { Region } from '../visitors/regions.js';
import { isoTime } from './iso-time.js';

/**
 * JSON of a CloudEvent in structured mode. `id`, `source` and `type` must need no escaping; `data` is JSON.
 * Built by hand because it is most of what the shop's CPU goes to.
 */
export function cloudEvent(id: string, source: string, type: string, timeMs: number, data: string): string {
  return `{"specversion":"1.0","id":"${id}","source":"${source}","type":"${type}","time":"${isoTime(timeMs)}","data":${data}}`;
}

export interface OrderLine {
  readonly sku: string;
  readonly description: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

export interface Order {
  readonly orderId: string;
  readonly customerId: string | null;
  readonly country: string;
  readonly region: Region;
  readonly channel: 'web' | 'app' | 'marketplace' | 'wholesale';
  readonly currency: 'GBP' | 'EUR';
  readonly lines: readonly OrderLine[];
}

/** Sum of quantity × price over the lines, minor units; exact: all are integers. */
export function totalMinor(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * line.unitPriceMinor, 0);
}

/**
 * `data` of an order event; every key that a contract names is always there, and null where empty.
 * @param total of its lines, unless said; minor units
 */
export function orderData(order: Order, total = totalMinor(order.lines)): string {
  const { orderId, customerId, country, region, channel, currency, lines } = order;
  return JSON.stringify({
    orderId,
    customerId,
    country,
    region,
    channel,
    currency,
    totalMinor: total,
    items: lines.length,
    quantity: lines.reduce((sum, line) => sum + line.quantity, 0),
    lines: lines.map(({ sku, description, quantity, unitPriceMinor }) => ({
      sku,
      description,
      quantity,
      unitPriceMinor,
    })),
  });
}

/** The order that takes another one back: an invoice of its own with every quantity negated. */
export function cancellationOf(order: Order): Order {
  return {
    ...order,
    orderId: `C${order.orderId}`,
    lines: order.lines.map((line) => ({ ...line, quantity: -line.quantity })),
  };
}
