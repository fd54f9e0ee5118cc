/** What there is to flush. */
export interface FlushLoad {
  readonly nowMs: number;
  /** Topics of which panes, proofs or anything else but facts wait. */
  readonly dirty: ReadonlySet<string>;
  readonly factRows: number;
  /** Records known to be in the log and not yet read. */
  readonly backlogRecords: number;
  /** Fullest buffer, 0..1. */
  readonly pressure: number;
}

/** What is stored now. */
export interface FlushDecision {
  readonly withFacts: boolean;
  /** Absent: all there is. */
  readonly topics?: ReadonlySet<string>;
}

export interface CadenceRule {
  /** Longest that panes wait, ms: from the freshness target. */
  readonly panesEveryMs: number;
  /** The broker may collect records for so long, or so many bytes, before it answers. */
  readonly fetch: { readonly maxWaitMs: number; readonly minBytes: number };
  /** The log's end is asked for so long before a flush: what was appended by then is read until the flush. */
  readonly askEndsBeforeMs: number;
  readonly factsEveryMs: number;
  /** Or as long as this, where `factRows` of them wait: fewer inserts cost less, and so do the merges that follow. */
  readonly manyFactsEveryMs: number;
  readonly factRows: number;
  /** More unread records than this mean a backlog: then flushes are larger and rarer, until it is read. */
  readonly behindRecords: number;
  /** No more unread records than this: flushes have their usual pace again, even if the rest cannot be read yet. */
  readonly caughtUpRecords: number;
  /** So much longer may panes wait for each record behind, ms, within the bounds below. */
  readonly behindMsPerRecord: number;
  readonly behindPanesEveryMs: { readonly atLeast: number; readonly atMost: number };
  readonly behindFactsEveryMs: number;
  readonly behindFactRows: number;
  /** Fullness of a buffer that makes a flush, half otherwise. What is read during a flush fills it anew. */
  readonly behindPressure: number;
}

/** What comes after a flush takes about so long at most, whatever the target: storing, noticing, reading, painting. */
const AFTERWARDS_MS = 1_000;
/** Targets from here on leave time to collect. */
const PATIENT_TARGET_MS = 1_000;

/**
 * As rarely as a target allows: a second before it, or at a quarter of it where that is more, between 50 ms and a second.
 * An eighth of it the broker may collect, since each small fetch costs as much as a large one.
 */
export function cadenceFor(targetMs: number): CadenceRule {
  const isPatient = targetMs >= PATIENT_TARGET_MS;
  const maxWaitMs = Math.min(250, Math.ceil(targetMs / 8));
  return {
    panesEveryMs: Math.min(1_000, Math.max(50, targetMs / 4, targetMs - AFTERWARDS_MS)),
    fetch: { maxWaitMs, minBytes: 131_072 },
    askEndsBeforeMs: maxWaitMs + (isPatient ? 50 : 20),
    factsEveryMs: isPatient ? 5_000 : 2_000,
    manyFactsEveryMs: 2_000,
    factRows: 40_000,
    behindRecords: 20_000,
    caughtUpRecords: 1_000,
    behindMsPerRecord: 0.1,
    behindPanesEveryMs: { atLeast: 2_000, atMost: 10_000 },
    behindFactsEveryMs: 10_000,
    behindFactRows: 350_000,
    behindPressure: 0.9,
  };
}

/** How many durations are averaged, the later ones counting more. */
const DURATIONS = 8;

/** What takes about so long of late, when it has just taken `durationMs`: one that took long is soon forgotten. */
export function averageOfLate(averageMs: number, durationMs: number): number {
  return averageMs + (durationMs - averageMs) / DURATIONS;
}

/** A clock that was set back does not tell how long ago something was: it may have been any time. */
function sinceMs(thenMs: number, nowMs: number): number {
  return thenMs > nowMs ? Number.POSITIVE_INFINITY : nowMs - thenMs;
}

const EVERYTHING: FlushDecision = { withFacts: true };

/**
 * Decides when to flush what: each topic as rarely as the targets of its metrics allow, and never faster than half of the
 * store's time. Behind, and with facts, everything is stored together.
 */
export class FlushCadence {
  /** Of the topic whose metrics ask for the most. */
  private readonly rule: CadenceRule;
  /** When a topic was last stored, epoch ms. */
  private readonly storedMs = new Map<string, number>();
  private lastPanesMs = Number.NEGATIVE_INFINITY;
  private lastFactsMs = Number.NEGATIVE_INFINITY;
  /** How long a flush takes of late: one that stores facts or all topics, too, is not to hold up those after it. */
  private durationMs = 0;
  private lastAskedMs = Number.NEGATIVE_INFINITY;
  private isBehind = false;
  /** A backlog was seen, and the flush that stores the end of it has not been decided. */
  private hasBacklog = false;

  /** @param rules by topic, one at least */
  constructor(private readonly rules: ReadonlyMap<string, CadenceRule>) {
    this.rule = [...rules.values()].reduce((a, b) => (b.panesEveryMs < a.panesEveryMs ? b : a));
  }

  /** How often to ask, ms: each time costs something, too, and late by so much is every flush. */
  get lookEveryMs(): number {
    return Math.min(20, this.rule.panesEveryMs / 5);
  }

  /** Undefined: nothing is to be stored now. */
  decide(load: FlushLoad): FlushDecision | undefined {
    const { rule } = this;
    const behind = load.backlogRecords > (this.isBehind ? rule.caughtUpRecords : rule.behindRecords);
    this.isBehind = behind;
    this.hasBacklog ||= behind;
    if (load.pressure >= (behind ? rule.behindPressure : 0.5)) return EVERYTHING;
    if (behind && load.factRows >= rule.behindFactRows) return EVERYTHING;
    const sinceFacts = sinceMs(this.lastFactsMs, load.nowMs);
    const sincePanes = sinceMs(this.lastPanesMs, load.nowMs);
    if (!behind && sinceFacts >= rule.manyFactsEveryMs) {
      const isRead = this.hasBacklog && load.backlogRecords === 0;
      if (isRead) this.hasBacklog = false;
      if (isRead || load.factRows >= rule.factRows) return EVERYTHING;
    }
    if (sincePanes < this.panesEveryMs(load.backlogRecords)) return undefined;
    if (load.factRows > 0 && sinceFacts >= (behind ? rule.behindFactsEveryMs : rule.factsEveryMs))
      return EVERYTHING;
    const topics = behind
      ? load.dirty
      : new Set([...load.dirty].filter((topic) => this.isDue(topic, load.nowMs)));
    return topics.size > 0 ? { withFacts: false, topics } : undefined;
  }

  private isDue(topic: string, nowMs: number): boolean {
    const { panesEveryMs } = this.rules.get(topic) ?? this.rule;
    return sinceMs(this.storedMs.get(topic) ?? Number.NEGATIVE_INFINITY, nowMs) >= panesEveryMs;
  }

  /** Whether the log's end is to be asked for now, so that the next flush knows of it. */
  asksEnds(load: Pick<FlushLoad, 'nowMs' | 'backlogRecords'>): boolean {
    const { panesEveryMs, askEndsBeforeMs } = this.rule;
    const afterPanesMs = this.panesEveryMs(load.backlogRecords) - askEndsBeforeMs;
    if (sinceMs(this.lastPanesMs, load.nowMs) < afterPanesMs) return false;
    if (sinceMs(this.lastAskedMs, load.nowMs) < panesEveryMs / 2) return false;
    this.lastAskedMs = load.nowMs;
    return true;
  }

  flushed(nowMs: number, durationMs: number, { withFacts, topics }: FlushDecision): void {
    // Below 0 where the clock was set back meanwhile.
    const tookMs = Math.max(0, durationMs);
    this.lastPanesMs = nowMs - tookMs;
    if (withFacts) this.lastFactsMs = nowMs - tookMs;
    for (const topic of topics ?? this.rules.keys()) this.storedMs.set(topic, nowMs - tookMs);
    const counted = Math.min(tookMs, this.rule.behindPanesEveryMs.atLeast);
    this.durationMs = averageOfLate(this.durationMs, counted);
  }

  private panesEveryMs(backlogRecords: number): number {
    const { rule, durationMs } = this;
    const everyMs = this.isBehind ? this.behindPanesEveryMs(backlogRecords) : rule.panesEveryMs;
    return Math.max(everyMs, 2 * durationMs);
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
