/** How long a metric waits: its slices, and for how long after the end of one its events are not late. */
export interface Patience {
  readonly everyMs: number;
  /** Watermark delay and allowed lateness together. */
  readonly waitMs: number;
}

/** The shortest of several; undefined of none. */
export function shortestPatience(all: readonly Patience[]): Patience | undefined {
  return [...all].sort((a, b) => a.everyMs + a.waitMs - b.everyMs - b.waitMs)[0];
}

/** True when the slice that the event falls into was final before it came: it is counted, and revises a number. */
export function cameTooLate({ everyMs, waitMs }: Patience, eventTimeMs: number, frontierMs: number): boolean {
  const untilMs = frontierMs - waitMs;
  // Nearly all events end here.
  if (eventTimeMs >= untilMs) return false;
  const endMs = (Math.floor(eventTimeMs / everyMs) + 1) * everyMs;
  return endMs <= untilMs;
}
