import type { ClockSkew } from '@freshet/live-protocol';
import type { Finding } from './alerts/finding.js';

/** Clocks that certainly differ by more than this make stage times and slices of different machines disagree. */
export const ALLOWED_SKEW_MS = 1_000;

/**
 * Another machine's clock against ours, out of one question and answer: it was read there somewhere between our
 * sending and our receiving, so the middle is right up to half of that.
 * @param theirsMs what their clock said, epoch ms
 */
export function skewOf(machine: string, sentMs: number, theirsMs: number, receivedMs: number): ClockSkew {
  const skewMs = theirsMs - (sentMs + receivedMs) / 2;
  return { machine, skewMs, boundMs: Math.max(0, receivedMs - sentMs) / 2, atMs: receivedMs };
}

/** Of a row that they wrote with their own time, and the store stamped; `store`: the store's clock against ours. */
export function skewByStore(
  machine: string,
  theirsMs: number,
  storedMs: number,
  roundTripMs: number,
  store: ClockSkew,
): ClockSkew {
  // Between their look at the clock and the stamp lies at most what their last write took.
  const { skewMs, boundMs } = skewOf(machine, theirsMs, storedMs, theirsMs + roundTripMs);
  return { machine, skewMs: store.skewMs - skewMs, boundMs: boundMs + store.boundMs, atMs: store.atMs };
}

/** Bad only when even the nearest that the clocks can be is too far. */
export function skewFindings(clocks: readonly ClockSkew[], owner: string): Finding[] {
  return clocks.map(({ machine, skewMs, boundMs }) => ({
    subject: `clock_skew/${machine}`,
    group: `clock_skew/${machine}`,
    outcome: Math.abs(skewMs) - boundMs > ALLOWED_SKEW_MS ? 'bad' : 'ok',
    kind: 'clock_skew',
    severity: 'ticket',
    stage: machine.startsWith('ingest') ? 'ingest' : machine === 'broker' ? 'broker' : 'store',
    owner,
    detail: `the clock of ${machine} is ${(skewMs / 1000).toFixed(1)} s ± ${(boundMs / 1000).toFixed(1)} s from the gateway's; allowed is ${ALLOWED_SKEW_MS / 1000} s`,
    holdMs: 58_000,
    actionWindowMs: 60_000,
    clearMs: 30_000,
  }));
}
