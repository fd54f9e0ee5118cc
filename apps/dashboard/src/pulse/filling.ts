import { type Freshness, type MetricInfo, type Point } from '@freshet/live-protocol';
import { useState } from 'react';
import { useServerTime } from '../live/clock.js';

/** Windows of long ago that came or changed within this are taken for a past that is still being written. */
const STILL_FILLING_MS = 15_000;
/** How often it is looked whether it still goes on. */
const LOOK_EVERY_MS = 5_000;

/** The newest window that holds something, and since when it is the newest. Times in epoch ms. */
export interface NewestWindow {
  readonly endMs: number | undefined;
  readonly sinceMs: number;
}

/**
 * Whether the past of a metric is still being written: events come, but of windows long over. Everything in the log
 * is counted then, and still nothing is known of the windows since. @returns the end of the newest window so far;
 * undefined: what is missing after it is a true 0.
 * @param throughMs up to where windows would count as closed
 */
export function fillingUntil(
  metric: Pick<MetricInfo, 'lateness'>,
  newest: NewestWindow,
  throughMs: number,
  isQuiet: boolean,
  nowMs: number,
): number | undefined {
  const { endMs, sinceMs } = newest;
  if (endMs === undefined || isQuiet || endMs >= throughMs - metric.lateness.allowedMs) return undefined;
  return nowMs - sinceMs < STILL_FILLING_MS ? endMs : undefined;
}

/** {@link fillingUntil} of the points of a range that ends now. */
export function useFilling(
  metric: MetricInfo,
  points: readonly Point[],
  throughMs: number,
  freshness: Freshness | undefined,
): number | undefined {
  const nowMs = useServerTime(LOOK_EVERY_MS);
  const endMs = points.reduce<number | undefined>(
    (newest, { end }) => (newest === undefined || end > newest ? end : newest),
    undefined,
  );
  const [newest, setNewest] = useState<NewestWindow>({ endMs, sinceMs: nowMs });
  const now = newest.endMs === endMs ? newest : { endMs, sinceMs: nowMs };
  if (now !== newest) setNewest(now);
  return fillingUntil(metric, now, throughMs, freshness?.quiet ?? false, nowMs);
}
