import type { AlertTransition } from '@freshet/freshness';
import type { Address } from './addresses.js';
import type { Notice } from './notice.js';

/**
 * Who is to be told of a transition, and what: the team that owns the stage at fault, when the alert fires and
 * when it is resolved after it has fired. Acknowledging and silencing are acts of people, who know.
 */
export function noticesOf(transition: AlertTransition, addresses: readonly Address[]): readonly Notice[] {
  const { alert, to, key, atMs } = transition;
  const status = to === 'firing' || (to === 'resolved' && alert.firedAtMs !== null) ? to : undefined;
  if (status === undefined) return [];
  return addresses
    .filter(({ team, severities }) => team === alert.owner && severities.includes(alert.severity))
    .map(({ name, team }) => ({
      key: `${key}>${name}`,
      alertId: alert.id,
      address: name,
      team,
      severity: alert.severity,
      status,
      atMs,
      alert,
    }));
}
