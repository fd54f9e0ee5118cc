import type { AlertKind, Stage } from '@freshet/live-protocol';

/** Page of the runbook for an alert: one a kind, and one a stage for `stale`, since the remedy differs. */
export function runbookOf(kind: AlertKind, stage: Stage): string {
  const page = kind === 'stale' ? `stale-${stage}` : kind.replaceAll('_', '-');
  return `docs/runbooks/${page}.md`;
}
