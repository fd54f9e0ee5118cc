import { createHash } from 'node:crypto';
import type { Alert, AlertMember } from '@freshet/live-protocol';
import type { Notice } from '../notice.js';
import { momentUrl, runbookUrl, type Links } from './links.js';

type Labels = Readonly<Record<string, string>>;

/**
 * Body of Alertmanager's webhook, version 4, so that what listens to Alertmanager listens to Freshet.
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export interface AlertmanagerPayload {
  readonly version: '4';
  /** Names the conversation: the same from firing to resolved. */
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  readonly commonAnnotations: Labels;
  readonly externalURL: string;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Labels;
    readonly annotations: Labels;
    readonly startsAt: string;
    /** Year 1 while it fires. */
    readonly endsAt: string;
    readonly generatorURL: string;
    readonly fingerprint: string;
  }[];
}

/** Go's zero time, which Alertmanager sends for what has not ended. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

/** One group an incident, one alert in it for each metric that it touches. */
export function alertmanagerPayload(notice: Notice, links: Links): AlertmanagerPayload {
  const { alert, status } = notice;
  const groupLabels = { alertname: alertName(alert.kind), incident: alert.key };
  const commonLabels: Record<string, string> = {
    ...groupLabels,
    severity: alert.severity,
    stage: alert.stage,
    team: alert.owner,
    ...(alert.topic === null ? {} : { topic: alert.topic }),
  };
  const commonAnnotations = {
    summary: alert.summary,
    runbook_url: runbookUrl(alert, links),
    dashboard: momentUrl(alert, links),
  };
  const members: readonly (AlertMember | undefined)[] =
    alert.members.length > 0 ? alert.members : [undefined];
  return {
    version: '4',
    groupKey: `{}:{alertname="${groupLabels.alertname}", incident="${alert.id}"}`,
    truncatedAlerts: 0,
    status,
    receiver: notice.address,
    groupLabels,
    commonLabels,
    commonAnnotations,
    externalURL: links.publicUrl,
    alerts: members.map((member) => {
      const ended = status === 'resolved' || member?.open === false;
      const endedAtMs = alert.resolvedAtMs ?? notice.atMs;
      return {
        status: ended ? 'resolved' : 'firing',
        labels: member === undefined ? commonLabels : { ...commonLabels, metric: member.metric },
        annotations: { ...commonAnnotations, description: member?.reason ?? alert.evidence },
        startsAt: new Date(member?.sinceMs ?? alert.sinceMs).toISOString(),
        endsAt: ended ? new Date(endedAtMs).toISOString() : NOT_ENDED,
        generatorURL: momentUrl(alert, links),
        fingerprint: fingerprint(alert, member),
      };
    }),
  };
}

/** `silent_source` becomes `FreshetSilentSource`: also the names in the Prometheus rule file. */
export function alertName(kind: Alert['kind']): string {
  const words = kind.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `Freshet${words.join('')}`;
}

/** 64 bits in hex, of what does not change while an incident lasts. */
function fingerprint(alert: Alert, member: AlertMember | undefined): string {
  return createHash('sha256')
    .update(`${alert.id}\n${member?.metric ?? ''}`)
    .digest('hex')
    .slice(0, 16);
}
