/** Bounds of an axis, and since when narrower ones would have done. */
export interface CalmDomain {
  readonly min: number;
  readonly max: number;
  readonly narrowSinceMs: number | null;
}

const NARROW_AFTER_MS = 30_000;

/**
 * Bounds that widen at once and narrow only after 30 s of not being needed, so that a line does not breathe.
 * @returns `before` itself when nothing changes.
 */
export function calm(
  before: CalmDomain | undefined,
  wanted: { readonly min: number; readonly max: number },
  nowMs: number,
): CalmDomain {
  if (before === undefined) return { ...wanted, narrowSinceMs: null };
  if (wanted.min < before.min || wanted.max > before.max) {
    return {
      min: Math.min(wanted.min, before.min),
      max: Math.max(wanted.max, before.max),
      narrowSinceMs: null,
    };
  }
  if (wanted.min === before.min && wanted.max === before.max) {
    return before.narrowSinceMs === null ? before : { ...before, narrowSinceMs: null };
  }
  if (before.narrowSinceMs === null) return { ...before, narrowSinceMs: nowMs };
  if (nowMs - before.narrowSinceMs >= NARROW_AFTER_MS) return { ...wanted, narrowSinceMs: null };
  return before;
}
