import type { Alert } from '@freshet/live-protocol';
import type { Finding } from './finding.js';
import { runbookOf } from './runbook.js';
import { summaryOf } from './wording.js';

interface DescribedSubject {
  readonly sinceMs: number;
  readonly okSinceMs: number | null;
  readonly finding: Finding;
}

type Described = Omit<
  Alert,
  | 'id'
  | 'link'
  | 'status'
  | 'sinceMs'
  | 'firedAtMs'
  | 'resolvedAtMs'
  | 'evaluatedAtMs'
  | 'acknowledged'
  | 'silenced'
>;

/** What an alert says, from the subjects that are in it now and what it said before. */
export function describe(
  key: string,
  subjects: readonly DescribedSubject[],
  before: Alert | undefined,
): Described {
  const oldestFirst = [...subjects].sort((a, b) => a.sinceMs - b.sinceMs);
  const lead = (oldestFirst.find(({ okSinceMs }) => okSinceMs === null) ??
    oldestFirst[0]) as DescribedSubject;
  const { finding } = lead;
  const members = oldestFirst.flatMap(({ finding: own, sinceMs }) =>
    own.metric === undefined
      ? []
      : [
          {
            metric: own.metric,
            sinceMs,
            reason: own.detail,
            behindMs: own.behindMs ?? null,
            targetMs: own.targetMs ?? null,
            actionWindowMs: actionWindowOf(own),
            open: true,
          },
        ],
  );
  const inIt = new Set(members.map(({ metric }) => metric));
  const gone = (before?.members ?? []).filter(({ metric }) => !inIt.has(metric));
  const all = [...members, ...gone.map((member) => ({ ...member, open: false }))];
  const metrics = [...new Set([...(before?.metrics ?? []), ...inIt])];
  const hasPage = subjects.some(({ finding: own }) => own.severity === 'page');
  const heldBack = finding.outcome === 'bad' || finding.outcome === 'ok' ? null : finding.detail;
  return {
    key,
    kind: finding.kind,
    severity: hasPage || before?.severity === 'page' ? 'page' : 'ticket',
    metric: metrics[0] ?? '',
    metrics,
    topic: finding.topic ?? null,
    stage: finding.stage,
    owner: finding.owner,
    summary: summaryOf(finding.kind, finding.stage, [...inIt], finding.detail),
    evidence: heldBack === null ? finding.detail : (before?.evidence ?? finding.detail),
    runbook: runbookOf(finding.kind, finding.stage),
    actionWindowMs: Math.min(...subjects.map((subject) => actionWindowOf(subject.finding))),
    heldBack,
    members: all,
  };
}

function actionWindowOf({ actionWindowMs, holdMs }: Finding): number {
  return actionWindowMs ?? holdMs;
}
