import {
  AlertBook,
  EvaluationLog,
  LEASE_MS,
  RENEW_MS,
  SliceMinutes,
  WATCH_LEASE_MS,
  budgetFindings,
  nextLeaseStep,
  staleFindings,
  staleSubject,
  type AlertDecision,
  type AlertedMetric,
  type AlertTransition,
  type AlertTransitions,
  type Finding,
  type FreshnessObjective,
  type FreshnessStore,
  type KeptObjective,
} from '@freshet/freshness';
import type { Alert, Evaluator as EvaluatorState, Exclusion, Freshness } from '@freshet/live-protocol';
import type { Clock } from '@freshet/live-hub';
import type { Logger } from 'pino';
import { Objectives } from './objectives.js';

/** What is evaluated. */
interface EvaluatedWorld {
  metrics(): readonly (AlertedMetric & FreshnessObjective)[];
  freshness(): readonly Freshness[];
  /** Sources, canary, clocks, values: everything besides freshness itself. Must not wait. */
  findings(nowMs: number): readonly Finding[];
  /** False for what the catalogue has no more, or what has ended: nobody will ever see it well again. */
  isKnown(finding: Finding): boolean;
}

export interface EvaluatorParts {
  readonly clock: Clock;
  readonly store: FreshnessStore;
  readonly world: EvaluatedWorld;
  readonly transitions: AlertTransitions;
  readonly log: Logger;
  /** Names this process among all. */
  readonly me: string;
  /** Told after every evaluation that ended, while this gateway evaluates. */
  readonly evaluated?: (nowMs: number) => void;
}

const EVALUATE_EVERY_MS = 1_000;
const KEEP_EVERY_MS = 5_000;
/** A store that is silent for this long holds no lease: everybody evaluates alone, under the same keys. */
const ALONE_AFTER_MS = LEASE_MS + 3_000;
/** Decisions of other gateways are read again for so long; those made here are known at once. */
const DECIDED_LATELY_MS = 30_000;
const DAY_MS = 86_400_000;
const MOST_UNTOLD = 10_000;

/**
 * Evaluates alerts where it holds the lease. `step` is called several times a second and never waits; what has to be
 * read or written goes on beside it. While the store is away the holder goes on, and after 12 s everybody else begins:
 * a dead store must not be a silent one.
 */
export class AlertEvaluator {
  #book = new AlertBook();
  #evaluations = new EvaluationLog();
  #objectives: Objectives | undefined;
  #minutes: SliceMinutes | undefined;
  #exclusions: readonly Exclusion[] = [];
  #untold: AlertTransition[] = [];
  readonly #toldMs = new Map<string, number>();
  #activeSinceMs: number | undefined;
  #claim = 0;
  #holder = '';
  #holderSeenMs: number | undefined;
  #storeAnsweredMs: number | undefined;
  #beganMs: number | undefined;
  #leaseMs = -Infinity;
  #evaluateMs = -Infinity;
  #keepMs = -Infinity;
  #evaluatedMs: number | undefined;
  #leasing: Promise<void> | undefined;
  #keeping: Promise<void> | undefined;
  #isStopped = false;

  constructor(private readonly parts: EvaluatorParts) {}

  /** True while this gateway evaluates. */
  get isActive(): boolean {
    return this.#activeSinceMs !== undefined;
  }

  /** Alerts of this gateway's own evaluation. */
  alerts(): Alert[] {
    return this.#book.alerts();
  }

  state(nowMs: number): EvaluatorState {
    const heartbeatMs = this.isActive ? (this.#evaluatedMs ?? null) : (this.#holderSeenMs ?? null);
    const isSilent = heartbeatMs === null || nowMs - heartbeatMs > 15_000;
    return {
      holder: this.isActive ? this.parts.me : this.#holder,
      isHere: this.isActive,
      heartbeatMs,
      isSilent,
    };
  }

  objectives(): Objectives | undefined {
    return this.#objectives;
  }

  exclude(exclusion: Exclusion): void {
    this.#exclusions = [...this.#exclusions.filter(({ id }) => id !== exclusion.id), exclusion];
  }

  decide(decision: AlertDecision): void {
    this.#book.decide(decision, this.parts.clock.nowMs());
  }

  step(): void {
    if (this.#isStopped) return;
    const nowMs = this.parts.clock.nowMs();
    this.#beganMs ??= nowMs;
    const leaseEveryMs = this.isActive ? RENEW_MS : WATCH_LEASE_MS;
    if (nowMs - this.#leaseMs >= leaseEveryMs && this.#leasing === undefined) {
      this.#leaseMs = nowMs;
      this.#leasing = this.#lease(nowMs).finally(() => (this.#leasing = undefined));
    }
    const silentMs = nowMs - (this.#storeAnsweredMs ?? this.#beganMs);
    if (!this.isActive && silentMs > ALONE_AFTER_MS)
      this.#activate(nowMs, 'the store does not answer: evaluating alone');
    if (!this.isActive) return;
    this.#look(nowMs);
    if (nowMs - this.#evaluateMs < EVALUATE_EVERY_MS) return;
    this.#evaluateMs = nowMs;
    this.#evaluate(nowMs);
    if (this.#keeping === undefined && (this.#untold.length > 0 || nowMs - this.#keepMs >= KEEP_EVERY_MS)) {
      this.#keepMs = nowMs;
      this.#keeping = this.#keep(nowMs).finally(() => (this.#keeping = undefined));
    }
  }

  /** Stores what is left, says that the stop is meant, and lets another one begin at once. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    const nowMs = this.parts.clock.nowMs();
    await Promise.all([this.#leasing, this.#keeping]);
    if (!this.isActive) return;
    try {
      const { store, me } = this.parts;
      const stop: Exclusion = {
        ...{ id: `stop@${nowMs}/${me}`, kind: 'stop', metrics: [], fromMs: nowMs, untilMs: null },
        ...{ reason: 'stopped in good order', by: me },
      };
      await Promise.all([
        store.writeSlices(this.#minutes?.pending() ?? []),
        store.writeExclusion(stop),
        store.writeAlerts(this.#book.takeDirty()),
        store.writeEvaluations(this.#evaluations.takeAll()),
      ]);
      await store.writeLease({ claim: this.#claim, holder: me, isReleased: true });
    } catch (error) {
      this.parts.log.warn(
        { why: messageOf(error) },
        'the stop could not be declared: its seconds will count as bad',
      );
    }
  }

  async #lease(nowMs: number): Promise<void> {
    const { store, me, log } = this.parts;
    try {
      const { rows, nowMs: storeNowMs } = await store.readLease();
      this.#storeAnsweredMs = this.parts.clock.nowMs();
      const step = nextLeaseStep(me, rows, storeNowMs);
      switch (step.kind) {
        case 'wait':
          this.#holder = step.holder.holder;
          this.#holderSeenMs = nowMs - (storeNowMs - step.holder.atMs);
          if (this.isActive) this.#deactivate(`${step.holder.holder} evaluates`);
          return;
        case 'claim':
          this.#claim = step.claim;
          await store.writeLease({ claim: step.claim, holder: me, isReleased: false });
          return await this.#lease(nowMs);
        case 'hold':
          this.#claim = step.claim;
          if (!this.isActive) await this.#load(nowMs);
          else await this.#readDecisions(nowMs);
          // An evaluator that does not evaluate must lose its place.
          if (nowMs - (this.#evaluatedMs ?? nowMs) < LEASE_MS)
            await store.writeLease({ claim: step.claim, holder: me, isReleased: false });
      }
    } catch (error) {
      if (this.#storeAnsweredMs !== undefined && nowMs - this.#storeAnsweredMs < 2_000)
        log.warn({ why: messageOf(error) }, 'the evaluator cannot reach the store');
    }
  }

  /** Goes on where the last evaluator stopped. */
  async #load(nowMs: number): Promise<void> {
    const { store, world, log } = this.parts;
    const [records, decisions, begun, minutes, exclusions] = await Promise.all([
      store.readAlerts(nowMs - DAY_MS),
      store.readDecisions(nowMs - 31 * DAY_MS),
      store.readBegun(),
      store.readSlices(nowMs - 3 * DAY_MS),
      store.readExclusions(nowMs - 31 * DAY_MS),
    ]);
    const open = exclusions.filter(({ kind, untilMs }) => kind === 'stop' && untilMs === null);
    const ended = open.map((stop) => ({ ...stop, untilMs: Math.max(nowMs, stop.fromMs) }));
    for (const stop of ended) await store.writeExclusion(stop);
    this.#exclusions = [...exclusions.filter((each) => !open.includes(each)), ...ended];
    const metrics = world.metrics();
    await store.writeObjectives(metrics.map(toKept));
    this.#book.restore(records, decisions, nowMs);
    for (const { alert } of records) {
      if (alert.kind !== 'stale' || alert.firedAtMs === null) continue;
      for (const metric of alert.metrics) this.#toldMs.set(metric, alert.resolvedAtMs ?? nowMs);
    }
    this.#objectives = new Objectives(metrics, begun);
    this.#objectives.load(minutes, (metric, second) => this.#isExcluded(metric, second), nowMs);
    this.#activate(nowMs, 'evaluating');
    log.info({ alerts: records.length, claim: this.#claim }, 'took over the evaluation of alerts');
  }

  #activate(nowMs: number, why: string): void {
    const { world, log, me } = this.parts;
    const metrics = world.metrics();
    this.#objectives ??= new Objectives(metrics, new Map());
    this.#minutes = new SliceMinutes(metrics.length);
    this.#activeSinceMs = nowMs;
    this.#evaluatedMs = nowMs;
    log.info({ me, why }, 'evaluating alerts');
  }

  #deactivate(why: string): void {
    this.parts.log.info({ why }, 'no longer evaluating alerts');
    this.#activeSinceMs = undefined;
    this.#objectives = undefined;
    this.#book = new AlertBook();
    this.#evaluations = new EvaluationLog();
    this.#untold = [];
  }

  async #readDecisions(nowMs: number): Promise<void> {
    const recent = await this.parts.store.readDecisions(nowMs - DECIDED_LATELY_MS);
    for (const decision of recent) this.#book.decide(decision, nowMs);
    for (const exclusion of await this.parts.store.readExclusions(nowMs)) this.exclude(exclusion);
  }

  #isExcluded(metric: string, second: number): boolean {
    return this.#exclusions.some(
      ({ metrics, fromMs, untilMs }) =>
        fromMs < (second + 1) * 1000 &&
        (untilMs ?? Infinity) > second * 1000 &&
        (metrics.length === 0 || metrics.includes(metric)),
    );
  }

  #look(nowMs: number): void {
    const judged = this.#objectives?.look(nowMs, this.parts.world.freshness(), (metric, second) =>
      this.#isExcluded(metric, second),
    );
    for (const each of judged ?? []) this.#minutes?.add(each);
  }

  #evaluate(nowMs: number): void {
    const { world, log } = this.parts;
    try {
      const metrics = new Map(world.metrics().map((metric) => [metric.metric, metric]));
      for (const name of metrics.keys())
        if (this.#book.isTold(staleSubject(name))) this.#toldMs.set(name, nowMs);
      const spent = this.#objectives?.spent(metrics, (metric) => {
        if (this.#book.isTold(staleSubject(metric))) return null;
        return this.#toldMs.get(metric) ?? -Infinity;
      });
      const findings = [
        ...staleFindings(world.freshness(), metrics),
        ...budgetFindings(nowMs, spent ?? []),
        ...world.findings(nowMs),
      ].map((finding) => this.#underMaintenance(finding, nowMs));
      this.#evaluations.add(nowMs, findings);
      this.#book.retire((finding) => world.isKnown(finding));
      this.#untold.push(...this.#book.evaluate(nowMs, findings));
      if (this.#untold.length > MOST_UNTOLD) this.#untold = this.#untold.slice(-MOST_UNTOLD);
      this.#evaluatedMs = nowMs;
      this.parts.evaluated?.(nowMs);
    } catch (error) {
      log.error({ err: error }, 'an evaluation failed');
    }
  }

  /** Declared maintenance calls nobody: what is bad then is not judged. */
  #underMaintenance(finding: Finding, nowMs: number): Finding {
    const { metric, outcome } = finding;
    if (outcome !== 'bad' || metric === undefined) return finding;
    const isDeclared = this.#isExcluded(metric, Math.floor(nowMs / 1000));
    return isDeclared ? { ...finding, outcome: 'held_back', detail: 'maintenance was declared' } : finding;
  }

  /** Tells first, then stores: told twice is better than not. */
  async #keep(nowMs: number): Promise<void> {
    const { store, transitions, log } = this.parts;
    const untold = this.#untold;
    const tell = async (): Promise<void> => {
      if (untold.length === 0) return;
      await transitions.take(untold.slice());
      this.#untold = this.#untold.slice(untold.length);
    };
    const alerts = this.#book.takeDirty();
    const runs = this.#evaluations.take();
    const minutes = this.#minutes?.pending() ?? [];
    const results = await Promise.allSettled([
      tell(),
      store.writeAlerts(alerts),
      store.writeEvaluations(runs),
      store.writeSlices(minutes).then(() => this.#minutes?.stored(minutes, nowMs)),
    ]);
    if (results[1].status === 'rejected') this.#book.failed(alerts);
    if (results[2].status === 'rejected') this.#evaluations.failed(runs);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) log.debug({ why: messageOf(failed.reason) }, 'alerts could not be kept yet');
  }
}

function toKept(metric: AlertedMetric & FreshnessObjective): KeptObjective {
  const { owner, targetMs, objective, overMs, actionWindowMs } = metric;
  return { metric: metric.metric, owner, targetMs, objective, overMs, actionWindowMs };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
