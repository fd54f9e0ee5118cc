import type { Alert } from '@freshet/live-protocol';

/** Where people find things. */
export interface Links {
  /** Of the dashboard, without a slash at its end. */
  readonly publicUrl: string;
  /** What a runbook's path is appended to, without a slash at its end; undefined: paths are shown as they are. */
  readonly runbooksUrl: string | undefined;
}

export function momentUrl(alert: Alert, { publicUrl }: Links): string {
  return `${publicUrl}${alert.link.startsWith('/') ? '' : '/'}${alert.link}`;
}

export function runbookUrl(alert: Alert, { runbooksUrl }: Links): string {
  return runbooksUrl === undefined ? alert.runbook : `${runbooksUrl}/${alert.runbook}`;
}
