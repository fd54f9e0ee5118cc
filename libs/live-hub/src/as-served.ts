import type { Freshness } from '@freshet/live-protocol';

/**
 * What may be said of a metric to those who look at it: the ledger is read before the panes, so that after an outage
 * it has everything a moment before the screens have. Until then a metric is not fresh.
 * @param servedAsOfMs everything appended by then has been delivered, epoch ms; null: nothing yet
 */
export function asServed(entry: Freshness, servedAsOfMs: number | null, nowMs: number): Freshness {
  if (entry.status !== 'fresh' || entry.asOfMs === null) return entry;
  if (servedAsOfMs !== null && entry.asOfMs - servedAsOfMs <= entry.targetMs) return entry;
  return {
    ...entry,
    status: 'catching_up',
    asOfMs: servedAsOfMs,
    behindMs: servedAsOfMs === null ? null : Math.max(0, nowMs - servedAsOfMs),
    stage: 'serve',
    reason: 'the newest values are being read',
  };
}
