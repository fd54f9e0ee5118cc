import type { AlertTransition } from '@freshet/freshness';
import type { Alert } from '@freshet/live-protocol';

const START = Date.UTC(2026, 2, 2, 12);

/** A page: the broker is dead and two metrics are stale by it, since noon on Monday, 2 March 2026. */
export function staleAlert(changes: Partial<Alert> = {}): Alert {
  const member = (metric: string) => ({
    metric,
    sinceMs: START,
    reason: `${metric}: 62 s behind, target 2 s`,
    behindMs: 62_000,
    targetMs: 2_000,
    actionWindowMs: 60_000,
    open: true,
  });
  return {
    id: `stale/broker@${START}`,
    key: 'stale/broker',
    kind: 'stale',
    severity: 'page',
    status: 'firing',
    metric: 'orders',
    metrics: ['orders', 'gross_revenue'],
    topic: null,
    stage: 'broker',
    owner: 'platform-team',
    summary: 'orders and 1 more are stale: Kafka does not answer',
    evidence: 'Kafka has not answered for 62 s: connection refused',
    runbook: 'docs/runbooks/stale.md',
    link: '/freshness?at=1',
    actionWindowMs: 60_000,
    sinceMs: START,
    firedAtMs: START + 60_000,
    resolvedAtMs: null,
    evaluatedAtMs: START + 62_000,
    acknowledged: null,
    silenced: null,
    heldBack: null,
    members: [member('orders'), member('gross_revenue')],
    ...changes,
  };
}

/** That alert as it begins to fire. */
export function firing(alert = staleAlert()): AlertTransition {
  return { key: `${alert.id}/1`, alert, from: 'pending', to: 'firing', atMs: alert.sinceMs + 60_000 };
}

/** And as it is resolved, five minutes after it began. */
export function resolved(alert = staleAlert()): AlertTransition {
  const atMs = alert.sinceMs + 300_000;
  const after: Alert = { ...alert, status: 'resolved', resolvedAtMs: atMs };
  return { key: `${alert.id}/2`, alert: after, from: 'firing', to: 'resolved', atMs };
}
