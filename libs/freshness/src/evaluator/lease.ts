/** A row that an evaluator wrote, its time by the store's clock. */
export interface LeaseRow {
  /** Counts up with each takeover. */
  readonly claim: number;
  readonly holder: string;
  /** When it was written last, epoch ms. */
  readonly atMs: number;
  /** It stopped in good order: the next may begin at once. */
  readonly isReleased: boolean;
}

/** One that has not written for this long has lost its place; with a look and an evaluation another works within 15 s. */
export const LEASE_MS = 9_000;
/** The holder writes, and hears what was decided elsewhere, this often. */
export const RENEW_MS = 4_000;
/** Others look this often. */
export const WATCH_LEASE_MS = 2_000;

export type LeaseStep =
  /** Evaluate, and write the row again. */
  | { readonly kind: 'hold'; readonly claim: number }
  /** Write this claim, then look again. */
  | { readonly kind: 'claim'; readonly claim: number }
  | { readonly kind: 'wait'; readonly holder: LeaseRow };

/**
 * What an evaluator does next. The highest claim holds, ties go to the smaller name, so that all agree once they have
 * read the same rows; two at work for a moment do no harm, because the same cause has the same key.
 * @param nowMs the store's clock at the time of reading
 */
export function nextLeaseStep(me: string, rows: readonly LeaseRow[], nowMs: number): LeaseStep {
  const holder = currentHolder(rows);
  if (holder === undefined) return { kind: 'claim', claim: 1 };
  if (holder.holder === me && !holder.isReleased) return { kind: 'hold', claim: holder.claim };
  // One of later than now is from before the clock was set back.
  if (!holder.isReleased && Math.abs(nowMs - holder.atMs) <= LEASE_MS) return { kind: 'wait', holder };
  return { kind: 'claim', claim: holder.claim + 1 };
}

/** The row that counts. */
export function currentHolder(rows: readonly LeaseRow[]): LeaseRow | undefined {
  return [...rows].sort((a, b) => b.claim - a.claim || (a.holder < b.holder ? -1 : 1))[0];
}
