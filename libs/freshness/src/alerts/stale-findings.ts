import type { Freshness } from '@freshet/live-protocol';
import type { WatchedMetric } from '../observations.js';
import type { Finding } from './finding.js';

/** Judged once a second and told after that: this much earlier, so that it is told within the action window. */
const TELLING_MS = 2_000;

/** Bad for so long before it fires. */
function holdMs(actionWindowMs: number): number {
  return Math.max(actionWindowMs / 2, actionWindowMs - TELLING_MS);
}

/** Well for so long before a stale metric is cleared: half of its action window, between 5 s and 30 s. */
function clearMs(actionWindowMs: number): number {
  return Math.min(30_000, Math.max(5_000, actionWindowMs / 2));
}

/** A metric as the alert rules know it. */
export interface AlertedMetric extends WatchedMetric {
  readonly actionWindowMs: number;
}

/** Name of the subject of a metric's `stale` finding. */
export function staleSubject(metric: string): string {
  return `stale/${metric}`;
}

/**
 * Metrics that are not fresh now, by the stage at fault: one dead broker, store or ingest is one cause, a source's
 * own fault is one a topic. A backlog that is being worked off is late, too. A metric that has never had a value
 * makes a ticket, not a page: nobody relies on it yet.
 */
export function staleFindings(
  freshness: readonly Freshness[],
  metrics: ReadonlyMap<string, AlertedMetric>,
): Finding[] {
  return freshness.flatMap((entry): Finding[] => {
    const metric = metrics.get(entry.metric);
    if (metric === undefined) return [];
    const stage = entry.stage ?? 'ingest';
    const isNew = entry.asOfMs === null;
    return [
      {
        subject: staleSubject(entry.metric),
        group: isNew
          ? `stale/never/${stage}`
          : stage === 'produce'
            ? `stale/produce/${metric.topic}`
            : `stale/${stage}`,
        keepsGroup: entry.status === 'catching_up',
        outcome: entry.status === 'fresh' ? 'ok' : 'bad',
        kind: 'stale',
        severity: isNew ? 'ticket' : 'page',
        metric: entry.metric,
        ...(stage === 'produce' ? { topic: metric.topic } : {}),
        stage,
        owner: entry.owner ?? metric.owner,
        detail: entry.reason ?? 'within its target',
        behindMs: entry.behindMs,
        targetMs: entry.targetMs,
        holdMs: holdMs(metric.actionWindowMs),
        actionWindowMs: metric.actionWindowMs,
        clearMs: clearMs(metric.actionWindowMs),
      },
    ];
  });
}
