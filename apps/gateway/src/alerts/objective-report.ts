import {
  budgetSeconds,
  type AlertedMetric,
  type FreshnessObjective,
  type FreshnessStore,
  type SliceDays,
} from '@freshet/freshness';
import type { Clock } from '@freshet/live-hub';
import type { Exclusion, Objective } from '@freshet/live-protocol';
import type { AlertEvaluator } from './evaluator.js';

const KEEP_MS = 10_000;
const MINUTE_MS = 60_000;

type Metric = AlertedMetric & FreshnessObjective;

/** How objectives have been kept, out of what is stored: the same after a restart, at every gateway, and in SQL. */
export class ObjectiveReport {
  #last: { readonly atMs: number; readonly report: Promise<Objective[]> } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly store: FreshnessStore,
    private readonly metrics: () => readonly Metric[],
    private readonly timeZone: () => string,
    private readonly evaluator: AlertEvaluator,
  ) {}

  #newest: Objective[] | undefined;

  /** The last report that was read, and has another read when it is old. Never waits. */
  newest(): readonly Objective[] | undefined {
    this.read().catch(() => undefined);
    return this.#newest;
  }

  /** At most 10 s old. Rejects when the store does not answer. */
  read(): Promise<Objective[]> {
    const nowMs = this.clock.nowMs();
    if (this.#last !== undefined && nowMs - this.#last.atMs < KEEP_MS) return this.#last.report;
    const report = this.#read(nowMs);
    this.#last = { atMs: nowMs, report };
    report.then(
      (objectives) => (this.#newest = objectives),
      () => (this.#last = undefined),
    );
    return report;
  }

  async #read(nowMs: number): Promise<Objective[]> {
    // Seconds are stored every five: by then the last full minute is whole.
    const throughMs = Math.floor((nowMs - KEEP_MS) / MINUTE_MS) * MINUTE_MS;
    const metrics = this.metrics();
    const longest = Math.max(MINUTE_MS, ...metrics.map(({ overMs }) => overMs));
    const [begun, exclusions] = await Promise.all([
      this.store.readBegun(),
      this.store.readExclusions(throughMs - longest),
    ]);
    const periods = new Map<number, SliceDays>();
    for (const overMs of new Set(metrics.map((metric) => metric.overMs))) {
      periods.set(overMs, await this.store.readDays(throughMs - overMs, throughMs, this.timeZone()));
    }
    return metrics.map((metric) => {
      const own = exclusions.filter(({ metrics: of }) => of.length === 0 || of.includes(metric.metric));
      const days = periods.get(metric.overMs) as SliceDays;
      return this.#of(metric, begun.get(metric.metric), days, own, throughMs);
    });
  }

  #of(
    metric: Metric,
    beganAtMs: number | undefined,
    { days, good }: SliceDays,
    exclusions: readonly Exclusion[],
    throughMs: number,
  ): Objective {
    const { targetMs, objective, overMs } = metric;
    const startMs = Math.max(beganAtMs ?? Infinity, throughMs - overMs);
    const goodOf = new Map(
      good.filter((each) => each.metric === metric.metric).map(({ day, seconds }) => [day, seconds]),
    );
    const strip = days.flatMap(({ day, fromMs }, index) => {
      const untilMs = Math.min(throughMs, days[index + 1]?.fromMs ?? Infinity);
      const beginMs = Math.max(startMs, fromMs);
      if (beginMs >= untilMs) return [];
      const excluded = unionSeconds(exclusions, beginMs / 1000, untilMs / 1000);
      const kept = goodOf.get(day) ?? 0;
      const bad = Math.max(0, (untilMs - beginMs) / 1000 - excluded - kept);
      return [{ day, good: kept, bad, excluded }];
    });
    const sum = (of: 'good' | 'bad' | 'excluded'): number => strip.reduce((all, each) => all + each[of], 0);
    const seconds = { good: sum('good'), bad: sum('bad'), excluded: sum('excluded') };
    const counted = seconds.good + seconds.bad;
    const budget = budgetSeconds(metric);
    return {
      metric: metric.metric,
      ...{ targetMs, objective, overMs },
      beganAtMs: beganAtMs ?? null,
      throughMs: beganAtMs === undefined ? null : throughMs,
      seconds,
      compliance: counted === 0 ? null : seconds.good / counted,
      budgetSeconds: budget,
      budgetLeft: budget === 0 ? (seconds.bad === 0 ? 1 : -1) : 1 - seconds.bad / budget,
      burn: (this.evaluator.objectives()?.burns(metric.metric) ?? []).map(
        ({ rule, threshold, longRate, shortRate }) => ({
          rule: rule.name,
          severity: rule.severity,
          ...{ longMs: rule.longMs, shortMs: rule.shortMs, threshold, longRate, shortRate },
        }),
      ),
      days: strip,
    };
  }
}

/** Seconds of [from, until) that any of them touches; bounds are whole epoch seconds. */
function unionSeconds(exclusions: readonly Exclusion[], from: number, until: number): number {
  const spans = exclusions
    .map(({ fromMs, untilMs }) => ({
      from: Math.max(from, Math.floor(fromMs / 1000)),
      until: Math.min(until, untilMs === null ? Infinity : Math.ceil(untilMs / 1000)),
    }))
    .filter((span) => span.from < span.until)
    .sort((a, b) => a.from - b.from);
  let seconds = 0;
  let reached = -Infinity;
  for (const span of spans) {
    seconds += Math.max(0, span.until - Math.max(span.from, reached));
    reached = Math.max(reached, span.until);
  }
  return seconds;
}
