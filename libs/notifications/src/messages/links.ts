import type { Alert } from '@freshet/live-protocol';

/** Where people find things. */
export interface Links {
  /** Of the dashboard, without a slash at its end. */
  readonly publicUrl: string;
  /** What a runbook's path is appended to, without a slash at its end; undefined: the dashboard shows it. */
  readonly runbooksUrl: string | undefined;
}

export function momentUrl(alert: Alert, { publicUrl }: Links): string {
  return `${publicUrl}${alert.link.startsWith('/') ? '' : '/'}${alert.link}`;
}

export function runbookUrl({ runbook }: Alert, { publicUrl, runbooksUrl = publicUrl }: Links): string {
  return /^https?:\/\//.test(runbook) ? runbook : `${runbooksUrl}/${runbook}`;
}
