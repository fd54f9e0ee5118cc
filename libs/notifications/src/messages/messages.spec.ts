import { expect, it } from 'vitest';
import { isWithinHours } from '../hours.js';
import { resolveAddresses } from '../addresses.js';
import { noticesOf } from '../routing.js';
import { firing, resolved, staleAlert } from '../testing/alerts.js';
import { alertmanagerPayload } from './alertmanager.js';
import { slackPayload } from './slack.js';

const LINKS = { publicUrl: 'http://freshet.example', runbooksUrl: 'http://wiki.example' };
const ADDRESS = {
  name: 'platform-team/webhook/0',
  team: 'platform-team',
  severities: ['page'],
  hours: undefined,
  target: { kind: 'slack', url: 'http://127.0.0.1:1' },
} as const;

it('is what Alertmanager posts to its webhooks, one alert a metric', () => {
  const alert = staleAlert({ topic: 'orders' });
  const members = alert.members.map((member, index) => ({ ...member, open: index === 0 }));
  const notice = noticesOf(firing({ ...alert, members }), [ADDRESS])[0]!;
  const group = { alertname: 'FreshetStale', incident: 'stale/broker' };
  const labels = { ...group, severity: 'page', stage: 'broker', team: 'platform-team', topic: 'orders' };
  const common = {
    summary: alert.summary,
    runbook_url: 'http://wiki.example/docs/runbooks/stale.md',
    dashboard: 'http://freshet.example/freshness?at=1',
  };
  expect(alertmanagerPayload(notice, LINKS)).toEqual({
    version: '4',
    groupKey: `{}:{alertname="FreshetStale", incident="${alert.id}"}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'platform-team/webhook/0',
    groupLabels: group,
    commonLabels: labels,
    commonAnnotations: common,
    externalURL: 'http://freshet.example',
    alerts: [
      {
        status: 'firing',
        labels: { ...labels, metric: 'orders' },
        annotations: { ...common, description: 'orders: 62 s behind, target 2 s' },
        startsAt: '2026-03-02T12:00:00.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: common.dashboard,
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
      },
      expect.objectContaining({ status: 'resolved', labels: { ...labels, metric: 'gross_revenue' } }),
    ],
  });
});

it('keeps fingerprints from firing to resolved, and ends every metric', () => {
  const of = (transition: ReturnType<typeof firing>) =>
    alertmanagerPayload(noticesOf(transition, [ADDRESS])[0]!, LINKS).alerts;
  expect(of(resolved()).map(({ fingerprint }) => fingerprint)).toEqual(
    of(firing()).map(({ fingerprint }) => fingerprint),
  );
  expect(of(resolved()).map(({ status, endsAt }) => [status, endsAt])).toEqual([
    ['resolved', '2026-03-02T12:05:00.000Z'],
    ['resolved', '2026-03-02T12:05:00.000Z'],
  ]);
});

it('writes to a chat without letting a name call everybody', () => {
  const alert = staleAlert({ summary: 'orders of <!channel> & co are stale' });
  const { text, attachments } = slackPayload(noticesOf(firing(alert), [ADDRESS])[0]!, LINKS);
  expect(text).toBe('[Page] orders of &lt;!channel&gt; &amp; co are stale');
  expect(attachments[0]?.fields.map(({ title }) => title)).toEqual([
    'Stage at fault',
    'Seen',
    'Metrics',
    'Since',
    'What to do',
    'Look',
  ]);
});

it('goes by the clocks of the team, also where they change', () => {
  const hours = { timeZone: 'Europe/London', days: ['mon'], fromMinute: 540, toMinute: 600 } as const;
  const within = (iso: string) => isWithinHours(hours, Date.parse(iso));
  expect(within('2026-03-23T09:00:00Z')).toBe(true);
  expect(within('2026-03-30T08:00:00Z')).toBe(true);
  expect(within('2026-03-30T09:00:00Z')).toBe(false);
  expect(within('2026-03-31T08:00:00Z')).toBe(false);
});

it('takes addresses and secrets from the environment, and names those it cannot use', () => {
  const both = { severities: ['page', 'ticket'] } as const;
  const webhook = { kind: 'webhook', target: { environment: 'HOOK' }, tokenEnvironment: 'TOKEN' } as const;
  const teams = [
    {
      name: 'a',
      title: 'A',
      addresses: [
        { ...both, ...webhook },
        { ...both, kind: 'slack', target: { environment: 'CHAT' } },
        { ...both, kind: 'email', to: ['x@example.org'] },
      ],
    },
  ] as const;
  const whole = resolveAddresses(teams, { HOOK: 'http://h', TOKEN: 't', CHAT: 'https://c' }, true);
  expect(whole.addresses.map(({ target }) => target)).toEqual([
    { kind: 'webhook', url: 'http://h', token: 't' },
    { kind: 'slack', url: 'https://c' },
    { kind: 'email', to: ['x@example.org'] },
  ]);
  expect(resolveAddresses(teams, { HOOK: 'http://h', CHAT: 'nonsense' }, false)).toEqual({
    addresses: [],
    unusable: [
      'a/webhook/0: TOKEN is not set',
      'a/slack/1: CHAT is no http or https URL',
      'a/email/2: FRESHET_SMTP_URL is not set, so that no mail can be sent',
    ],
  });
});
