import { readFileSync } from 'node:fs';
import { quantiles, type Quantiles } from './latency.js';

const WINDOW_MS = 60_000;

/** The count of a window that ends at `windowEndMs`, as it was seen at `atMs`. */
export type Sample = readonly [atMs: number, windowEndMs: number, count: number];

/** Scheduled times in the order of sending, by the end of the minute that an order counts in. */
export type OrdersByWindow = ReadonlyMap<number, readonly number[]>;

/** @param file of produce-live */
export function ordersByWindow(file: string): OrdersByWindow {
  const windows = new Map<number, number[]>();
  for (const line of readFileSync(`${file}.orders`, 'utf8').split('\n').filter(Boolean)) {
    const [eventMs = 0, scheduledMs = 0] = line.split(' ').map(Number);
    const end = (Math.floor(eventMs / WINDOW_MS) + 1) * WINDOW_MS;
    const times = windows.get(end);
    if (times === undefined) windows.set(end, [scheduledMs]);
    else times.push(scheduledMs);
  }
  return windows;
}

/**
 * Milliseconds from the scheduled send of each order to the first sample whose count includes it: the n-th of a window
 * is in it when the window's count is at least n. Orders of windows that no sample is of, and those of the first
 * `warmUpMs`, are left out.
 */
export function untilCounted(
  windows: OrdersByWindow,
  samples: readonly Sample[],
  warmUpMs: number,
): Quantiles {
  const startMs = Math.min(...[...windows.values()].map((times) => Math.min(...times)));
  const counted = new Map<number, number>();
  const latencies: number[] = [];
  for (const [atMs, end, count] of samples) {
    const times = windows.get(end) ?? [];
    const before = counted.get(end) ?? 0;
    for (const scheduledMs of times.slice(before, count))
      if (scheduledMs >= startMs + warmUpMs) latencies.push(atMs - scheduledMs);
    counted.set(end, Math.max(before, count));
  }
  return quantiles(latencies);
}
