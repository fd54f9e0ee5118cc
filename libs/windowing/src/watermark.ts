/** Event time up to which a partition is believed complete: its frontier less the metric's delay, epoch ms. */
export function watermark(frontierMs: number, delayMs: number): number {
  return frontierMs - delayMs;
}

/** Lowest of the partitions' frontiers, epoch ms; -1 when there is none or one has none: nothing is complete. */
export function lowestFrontier(frontiersMs: Iterable<number>): number {
  let lowest = Infinity;
  for (const frontierMs of frontiersMs) lowest = Math.min(lowest, frontierMs);
  return Number.isFinite(lowest) ? lowest : -1;
}

/** True once nothing more is waited for: the watermark has passed the end and the allowed lateness. */
export function isClosed(endMs: number, allowedMs: number, watermarkMs: number): boolean {
  return endMs + allowedMs <= watermarkMs;
}

/**
 * Whether an event is late: the pane that it falls into had closed by the watermark that stood before it.
 * A late event is counted all the same.
 */
export function isLate(paneEndMs: number, allowedMs: number, watermarkMs: number): boolean {
  return isClosed(paneEndMs, allowedMs, watermarkMs);
}
