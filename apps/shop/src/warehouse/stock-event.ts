import { cloudEvent } from '../stream/cloud-event.js';
import type { Location } from './locations.js';

export type MovementReason = 'sale' | 'return' | 'delivery';

/** JSON of a movement: `quantity` pieces came in, or went out where it is negative. */
export function stockMoved(
  id: string,
  atMs: number,
  location: Location,
  reason: MovementReason,
  quantity: number,
): string {
  const data = `{"location":"${location}","reason":"${reason}","quantity":${quantity}}`;
  return cloudEvent(id, '/shop/warehouse', 'inventory.stock_moved', atMs, data);
}

/** JSON of a count: this many pieces are there. */
export function stockCounted(id: string, atMs: number, location: Location, counted: number): string {
  const data = `{"location":"${location}","counted":${counted}}`;
  return cloudEvent(id, '/shop/warehouse', 'inventory.stock_counted', atMs, data);
}
