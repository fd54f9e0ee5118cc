import { setTimeout as pause } from 'node:timers/promises';
import type { Topic } from '../events.js';
import type { FalseClaims } from './false-claims.js';
import type { Load } from './load.js';
import type { Rig } from './rig.js';

const ASK_EVERY_MS = 400;
const MINUTE_MS = 60_000;

/** What the API says of one metric. */
interface Claim {
  readonly metric: string;
  readonly status: 'fresh' | 'stale' | 'catching_up' | 'unknown';
  readonly asOfMs: number | null;
  readonly targetMs: number;
}

interface Point {
  readonly value: number | null;
}

export interface Counted {
  readonly metric: string;
  readonly topic: Topic;
}

/**
 * Metrics whose values add up to events that the load has counted as they were acknowledged: tumbling windows, which
 * are shown from their first moment.
 */
export const COUNTS: readonly Counted[] = [
  { metric: 'orders', topic: 'orders' },
  { metric: 'page_views', topic: 'clickstream' },
];

/**
 * An observer from outside: it knows what the broker acknowledged and when, and asks the gateway what it shows. An
 * answer that claims to hold everything appended by T has to hold at least the events acknowledged with an earlier log
 * time; one that claims to be fresh has to have such a T no further back than its target.
 */
export class FreshnessWatch {
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly rig: Rig,
    private readonly load: Load,
    private readonly claims: FalseClaims,
  ) {
    this.running = this.run();
  }

  async end(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      await Promise.all([
        this.ask(() => this.list()),
        ...COUNTS.map((count) => this.ask(() => this.values(count))),
      ]);
      await pause(ASK_EVERY_MS);
    }
  }

  private async ask(question: () => Promise<void>): Promise<void> {
    try {
      await question();
    } catch {
      this.claims.noAnswer();
    }
  }

  private async list(): Promise<void> {
    const askedMs = Date.now();
    const { metrics } = await this.rig.ask<{ metrics: readonly Claim[] }>('freshness');
    for (const claim of metrics) this.checkFresh(claim, askedMs);
  }

  private async values({ metric, topic }: Counted): Promise<void> {
    const askedMs = Date.now();
    const from = this.load.startMs - 10 * MINUTE_MS;
    const to = Math.ceil(askedMs / MINUTE_MS) * MINUTE_MS + 10 * MINUTE_MS;
    const answer = await this.rig.ask<{ freshness: Claim; points: readonly Point[] }>(
      `metrics/${metric}/values?from=${from}&to=${to}&every=1m`,
    );
    const { asOfMs } = answer.freshness;
    this.checkFresh(answer.freshness, askedMs);
    if (asOfMs === null) return;
    this.claims.complete();
    const shown = answer.points.reduce((sum, { value }) => sum + (value ?? 0), 0);
    const known = this.load.knownBefore(topic, asOfMs);
    if (shown < known)
      this.claims.fail(
        `${metric} claims all by ${new Date(asOfMs).toISOString()}: ${known} events were acknowledged by then, it shows ${shown} (asked at ${new Date(askedMs).toISOString()})`,
      );
  }

  private checkFresh({ metric, status, asOfMs, targetMs }: Claim, askedMs: number): void {
    if (status !== 'fresh') return;
    this.claims.fresh();
    // Judged at a moment after the question, so its T is not further back than this.
    if (asOfMs === null || asOfMs < askedMs - targetMs)
      this.claims.fail(
        `${metric} claims to be fresh ${asOfMs === null ? 'without a time' : `as of ${askedMs - asOfMs} ms before it was asked`}`,
      );
  }
}
