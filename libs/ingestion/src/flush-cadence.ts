/** What there is to flush. */
export interface FlushLoad {
  readonly nowMs: number;
  /** Panes, proofs or anything else but facts wait. */
  readonly dirty: boolean;
  readonly factRows: number;
  /** Records known to be in the log and not yet read. */
  readonly backlogRecords: number;
  /** Fullest buffer, 0..1. */
  readonly pressure: number;
}

export type FlushDecision = 'nothing' | 'panes' | 'panes and facts';

export interface CadenceRule {
  /** Longest that panes wait, ms: from the smallest freshness target. */
  readonly panesEveryMs: number;
  readonly factsEveryMs: number;
  readonly factRows: number;
  /** More unread records than this mean a backlog: then flushes are larger and rarer. */
  readonly behindRecords: number;
  /** So much longer may panes wait for each record behind, ms, within the bounds below. */
  readonly behindMsPerRecord: number;
  readonly behindPanesEveryMs: { readonly atLeast: number; readonly atMost: number };
  readonly behindFactsEveryMs: number;
  readonly behindFactRows: number;
}

/** A quarter of the smallest target, between 50 and 500 ms, leaves the rest to the broker, the store and the page. */
export function cadenceFor(smallestTargetMs: number): CadenceRule {
  return {
    panesEveryMs: Math.min(500, Math.max(50, smallestTargetMs / 4)),
    factsEveryMs: 2_000,
    factRows: 60_000,
    behindRecords: 20_000,
    behindMsPerRecord: 0.1,
    behindPanesEveryMs: { atLeast: 2_000, atMost: 10_000 },
    behindFactsEveryMs: 10_000,
    behindFactRows: 250_000,
  };
}

/** Decides when to flush: as rarely as the targets allow, and never faster than half of the store's time. */
export class FlushCadence {
  private lastPanesMs = Number.NEGATIVE_INFINITY;
  private lastFactsMs = Number.NEGATIVE_INFINITY;
  private lastDurationMs = 0;

  constructor(private readonly rule: CadenceRule) {}

  decide(load: FlushLoad): FlushDecision {
    const { rule } = this;
    const behind = load.backlogRecords > rule.behindRecords;
    if (load.pressure >= 0.5) return 'panes and facts';
    if (load.factRows >= (behind ? rule.behindFactRows : rule.factRows)) return 'panes and facts';
    const sinceFacts = load.nowMs - this.lastFactsMs;
    const sincePanes = load.nowMs - this.lastPanesMs;
    const panesEvery = Math.max(
      behind ? this.behindPanesEveryMs(load.backlogRecords) : rule.panesEveryMs,
      2 * this.lastDurationMs,
    );
    if (sincePanes < panesEvery) return 'nothing';
    if (load.factRows > 0 && sinceFacts >= (behind ? rule.behindFactsEveryMs : rule.factsEveryMs))
      return 'panes and facts';
    return load.dirty ? 'panes' : 'nothing';
  }

  flushed(nowMs: number, durationMs: number, withFacts: boolean): void {
    this.lastPanesMs = nowMs - durationMs;
    if (withFacts) this.lastFactsMs = nowMs - durationMs;
    this.lastDurationMs = Math.min(durationMs, this.rule.behindPanesEveryMs.atLeast);
  }

  /** The further behind, the longer until readers see the present in any case, and the less an early look is worth. */
  private behindPanesEveryMs(records: number): number {
    const { behindMsPerRecord, behindPanesEveryMs } = this.rule;
    return Math.min(
      behindPanesEveryMs.atMost,
      Math.max(behindPanesEveryMs.atLeast, records * behindMsPerRecord),
    );
  }
}
