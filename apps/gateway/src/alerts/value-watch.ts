import { valueFinding, type Finding, type ValueRule, type ValueSeen } from '@freshet/freshness';
import type { Clock, LiveHub } from '@freshet/live-hub';
import type { Freshness } from '@freshet/live-protocol';
import type { MetricOutline } from '@freshet/metrics';
import { calendarStep } from '@freshet/windowing';
import { NoAnswer, within } from '../watch/within.js';

const EVERY_MS = 10_000;
const TIMEOUT_MS = 5_000;

export interface ValueRules {
  readonly metric: MetricOutline;
  readonly rules: readonly ValueRule[];
}

/** Reads the newest closed window of every metric that has value alerts, each ten seconds, one after the other. */
export class ValueWatch {
  #findings: Finding[] = [];
  #startedMs = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly rules: () => readonly ValueRules[],
    private readonly freshness: () => readonly Freshness[],
    private readonly read: LiveHub['read'],
  ) {}

  /** Findings of the newest reading; begins another when it is time. Never waits. */
  findings(): readonly Finding[] {
    const nowMs = this.clock.nowMs();
    if (this.#reading === undefined && nowMs - this.#startedMs >= EVERY_MS) {
      this.#startedMs = nowMs;
      this.#reading = this.#readAll(nowMs).finally(() => (this.#reading = undefined));
    }
    return this.#findings;
  }

  async #readAll(nowMs: number): Promise<void> {
    const findings: Finding[] = [];
    for (const { metric, rules } of this.rules()) {
      for (const rule of rules) findings.push(valueFinding(rule, await this.#seen(metric, rule, nowMs)));
    }
    this.#findings = findings;
  }

  async #seen(metric: MetricOutline, rule: ValueRule, nowMs: number): Promise<ValueSeen> {
    const freshness = this.freshness().find((entry) => entry.metric === metric.name);
    if (freshness?.status !== 'fresh') {
      return { kind: 'read', value: null, doubt: `the metric is ${freshness?.status ?? 'unknown'}` };
    }
    const { everyMs, calendar } = metric.window;
    const closedMs = (freshness.asOfMs ?? nowMs) - metric.lateness.watermarkDelayMs;
    const ended = (atMs: number): number =>
      calendar === undefined ? Math.floor(atMs / everyMs) * everyMs : calendarStep(calendar, atMs).startMs;
    const endMs = ended(closedMs);
    try {
      const now = await this.#window(metric, endMs);
      if (rule.againstMs === undefined) return { kind: 'read', ...now };
      const before = await this.#window(metric, ended(endMs - rule.againstMs));
      return { kind: 'read', value: now.value, before: before.value, doubt: now.doubt ?? before.doubt };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', outcome: error instanceof NoAnswer ? 'timeout' : 'error', message };
    }
  }

  /** Value over all series of the window that ends then; amounts in several currencies have none. */
  async #window(
    metric: MetricOutline,
    endMs: number,
  ): Promise<{ readonly value: number | null; readonly doubt: string | undefined }> {
    const { calendar, everyMs } = metric.window;
    const fromMs = calendar === undefined ? endMs - everyMs : calendarStep(calendar, endMs - 1).startMs;
    const range = { kind: 'fixed', fromMs, toMs: endMs } as const;
    const read = await within(TIMEOUT_MS, this.read({ metric: metric.name, filter: {}, groupBy: [], range }));
    if (!read.ok) throw new Error(read.message);
    const points = read.points.filter(({ end }) => end === endMs);
    if (points.some(({ incomplete }) => incomplete))
      return { value: null, doubt: 'the window is incomplete' };
    if (points.length > 1) return { value: null, doubt: 'there is more than one currency' };
    // Nothing counted is zero; nothing measured is no value.
    const none = metric.unit === 'count' || metric.unit === 'users' ? 0 : null;
    return { value: points[0]?.value ?? none, doubt: undefined };
  }
}
