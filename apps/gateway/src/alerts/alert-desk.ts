import type { FreshnessStore } from '@freshet/freshness';
import type { Clock, User } from '@freshet/live-hub';
import type { Alert, Evaluation, Evaluator as EvaluatorState, Exclusion } from '@freshet/live-protocol';
import { problem } from '../rest/problem.js';
import type { AlertEvaluator } from './evaluator.js';

const READ_EVERY_MS = 2_000;
const DAY_MS = 86_400_000;
const LONGEST_SILENCE_MS = 30 * DAY_MS;

/** What people see of alerts and decide about them, at whichever gateway: the one that evaluates, or another. */
export class AlertDesk {
  #stored: Alert[] = [];
  #readAtMs = -Infinity;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly store: FreshnessStore,
    private readonly evaluator: AlertEvaluator,
    /** Team that answers for the gateways. */
    private readonly owner: () => string,
  ) {}

  /** Open alerts, oldest first, then those of the last day, newest first. Never waits. */
  alerts(): readonly Alert[] {
    const nowMs = this.clock.nowMs();
    const alerts = this.evaluator.isActive ? this.evaluator.alerts() : this.#stored;
    const silence = this.#silence(nowMs);
    return silence === undefined ? alerts : [silence, ...alerts];
  }

  /** Call several times a second: keeps what another evaluator stored. */
  refresh(): void {
    const nowMs = this.clock.nowMs();
    if (this.evaluator.isActive || this.#reading !== undefined || nowMs - this.#readAtMs < READ_EVERY_MS)
      return;
    this.#readAtMs = nowMs;
    this.#reading = this.store
      .readAlerts(nowMs - DAY_MS)
      .then(
        (records) => void (this.#stored = inOrder(records.map(({ alert }) => alert))),
        () => undefined, // it keeps what it has; the evaluator's silence tells how old that is
      )
      .finally(() => (this.#reading = undefined));
  }

  evaluatorState(): EvaluatorState {
    return this.evaluator.state(this.clock.nowMs());
  }

  async acknowledge(id: string, user: User, note: string): Promise<Alert> {
    mustOperate(user);
    const alert = this.alerts().find((each) => each.id === id && each.status !== 'resolved');
    if (alert === undefined)
      throw problem(404, `There is no open alert ${id}.`, 'GET /api/alerts lists them.');
    const atMs = this.clock.nowMs();
    const decision = { kind: 'acknowledge', id, by: user.name, atMs, note } as const;
    await this.#keep(() => this.store.writeDecision(decision));
    this.evaluator.decide(decision);
    const acknowledged = alert.acknowledged ?? { by: user.name, atMs, note };
    const status = alert.status === 'firing' ? 'acknowledged' : alert.status;
    return { ...alert, status, acknowledged };
  }

  /** @returns the open alert of that key, when there is one */
  async silence(key: string, untilMs: number, user: User, reason: string): Promise<Alert | undefined> {
    mustOperate(user);
    const atMs = this.clock.nowMs();
    if (untilMs > atMs + LONGEST_SILENCE_MS) {
      throw problem(400, 'A silence ends within 30 days.', 'Give an earlier untilMs.');
    }
    const decision = { kind: 'silence', key, by: user.name, atMs, untilMs, reason } as const;
    await this.#keep(() => this.store.writeDecision(decision));
    this.evaluator.decide(decision);
    const alert = this.alerts().find((each) => each.key === key && each.status !== 'resolved');
    if (alert === undefined) return undefined;
    const silenced = untilMs > atMs ? { by: user.name, atMs, untilMs, reason } : null;
    const told = alert.acknowledged === null ? 'firing' : 'acknowledged';
    const status = alert.firedAtMs === null ? 'pending' : silenced === null ? told : 'silenced';
    return { ...alert, status, silenced };
  }

  async declare(exclusion: Exclusion, user: User): Promise<Exclusion> {
    mustOperate(user);
    await this.#keep(() => this.store.writeExclusion(exclusion));
    this.evaluator.exclude(exclusion);
    return exclusion;
  }

  exclusions(): Promise<Exclusion[]> {
    return this.#keep(() => this.store.readExclusions(this.clock.nowMs() - 31 * DAY_MS));
  }

  history(key: string): Promise<Evaluation[]> {
    return this.#keep(() => this.store.readEvaluations(key, 500));
  }

  async #keep<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch {
      throw problem(503, 'The store does not answer.', 'Look at /api/health, and try again.');
    }
  }

  /** Nobody evaluates: whoever can still be asked says so. */
  #silence(nowMs: number): Alert | undefined {
    const { isSilent, heartbeatMs, holder } = this.evaluator.state(nowMs);
    if (!isSilent || heartbeatMs === null) return undefined;
    const detail = `alerts have not been evaluated for ${Math.round((nowMs - heartbeatMs) / 1000)} s; the last to do it was ${holder}`;
    const none = { metric: '', metrics: [], topic: null, members: [], firedAtMs: nowMs, resolvedAtMs: null };
    return {
      ...none,
      ...{ id: `evaluator_silent@${heartbeatMs}`, key: 'evaluator_silent', kind: 'evaluator_silent' },
      ...{
        severity: 'page',
        status: 'firing',
        stage: 'serve',
        owner: this.owner(),
        summary: detail,
        evidence: detail,
      },
      ...{ runbook: 'docs/runbooks/evaluator-silent.md', link: '/alerts', actionWindowMs: 15_000 },
      ...{ sinceMs: heartbeatMs, evaluatedAtMs: nowMs, acknowledged: null, silenced: null, heldBack: null },
    };
  }
}

function mustOperate(user: User): void {
  if (user.role === 'viewer') {
    throw problem(403, `${user.name} may only look.`, 'Use a token with the role operator or admin.');
  }
}

function inOrder(alerts: readonly Alert[]): Alert[] {
  const open = alerts.filter(({ status }) => status !== 'resolved');
  const resolved = alerts.filter(({ status, firedAtMs }) => status === 'resolved' && firedAtMs !== null);
  return [...open, ...resolved.sort((a, b) => (b.resolvedAtMs ?? 0) - (a.resolvedAtMs ?? 0))];
}
