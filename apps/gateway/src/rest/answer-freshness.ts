import type { Freshness } from '@freshet/live-protocol';

/**
 * Freshness of an answer. What is known when its values have come may be newer than they are, so it claims no later
 * time than was known before they were read, and to be fresh only if that is within the target now.
 */
export function freshnessOfAnswer(
  before: Freshness,
  after: Freshness,
  nowMs: number,
  /** Team that answers for the gateway. */
  owner: string,
): Freshness {
  if (before.asOfMs === null || after.asOfMs === null) return before.asOfMs === null ? before : after;
  const asOfMs = Math.min(before.asOfMs, after.asOfMs);
  const behindMs = Math.max(0, nowMs - asOfMs);
  const known = { ...after, asOfMs, behindMs };
  if (after.status !== 'fresh' || behindMs <= after.targetMs) return known;
  const reason = 'the values of this answer took long to read';
  return { ...known, status: 'stale', stage: 'serve', owner, reason, quiet: false };
}
