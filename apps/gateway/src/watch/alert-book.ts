import type { Alert, Freshness } from '@freshet/live-protocol';

export interface AlertRule {
  readonly metric: string;
  readonly actionWindowMs: number;
  readonly owner: string;
  readonly runbook: string;
}

/**
 * Metrics that are stale now: `pending` until their action window has passed, then `firing`. Show it the
 * freshness at least once a second.
 */
export class AlertBook {
  readonly #rules: ReadonlyMap<string, AlertRule>;
  readonly #open = new Map<string, { readonly sinceMs: number; newest: Freshness }>();

  constructor(rules: readonly AlertRule[]) {
    this.#rules = new Map(rules.map((rule) => [rule.metric, rule]));
  }

  /** A backlog being worked off is late, too: only fresh closes an alert. */
  observe(nowMs: number, freshness: readonly Freshness[]): void {
    for (const entry of freshness) {
      const open = this.#open.get(entry.metric);
      if (entry.status === 'fresh') this.#open.delete(entry.metric);
      else if (open === undefined) this.#open.set(entry.metric, { sinceMs: nowMs, newest: entry });
      else open.newest = entry;
    }
  }

  /** Open alerts, oldest first. */
  alerts(nowMs: number): Alert[] {
    const alerts: Alert[] = [];
    for (const [metric, { sinceMs, newest }] of this.#open) {
      const rule = this.#rules.get(metric);
      if (rule === undefined) continue;
      const behind =
        newest.behindMs === null ? 'nothing is stored yet' : `${Math.round(newest.behindMs / 1000)} s behind`;
      const isFiring = nowMs - sinceMs >= rule.actionWindowMs;
      const reason = newest.reason ?? 'no evidence';
      alerts.push({
        id: `stale/${metric}@${sinceMs}`,
        key: `stale/${metric}`,
        kind: 'stale',
        severity: 'page',
        status: isFiring ? 'firing' : 'pending',
        metric,
        metrics: [metric],
        topic: null,
        stage: newest.stage ?? 'ingest',
        owner: newest.owner ?? rule.owner,
        summary: `${metric}: ${behind}, target ${newest.targetMs / 1000} s; ${reason}`,
        evidence: reason,
        runbook: rule.runbook,
        link: `/metrics/${metric}`,
        actionWindowMs: rule.actionWindowMs,
        sinceMs,
        firedAtMs: isFiring ? sinceMs + rule.actionWindowMs : null,
        resolvedAtMs: null,
        evaluatedAtMs: nowMs,
        acknowledged: null,
        silenced: null,
        heldBack: null,
        members: [],
      });
    }
    return alerts.sort((a, b) => a.sinceMs - b.sinceMs);
  }
}
