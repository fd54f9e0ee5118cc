/** Delays between attempts to reconnect: doubling from `firstMs` up to `maxMs`, each with full jitter. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { firstMs: 250, maxMs: 10_000 };

/**
 * Milliseconds to wait before attempt `attempt` (1, 2, …): half of the exponential step fixed, half by
 * chance, so that many viewers of a restarted gateway do not return in the same instant.
 */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number): number {
  const step = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(step / 2 + (step / 2) * random());
}
