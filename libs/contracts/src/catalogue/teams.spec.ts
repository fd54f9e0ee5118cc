import { describe, expect, it } from 'vitest';
import { formatProblem } from './problem.js';
import { parseTeams } from './teams.js';

const GOOD = `teams:
  - name: payments-team
    title: Payments
    stages: [broker]
    addresses:
      - webhook: { url: 'https://alerts.example.org/hook', tokenFrom: PAYMENTS_TOKEN }
        for: [page]
      - slack: { urlFrom: PAYMENTS_SLACK }
      - email: [a@example.org, b@example.org]
        for: [ticket]
    hours: { timeZone: Europe/London, days: [mon, fri], from: '08:00', to: '17:30' }
  - { name: silent-team, title: Silent }
`;

function problems(replaced: string, by: string): string {
  return parseTeams(GOOD.replace(replaced, by), 'teams.yaml').problems.map(formatProblem).join('\n');
}

describe('teams.yaml', () => {
  it('names addresses, what goes to each, and hours', () => {
    expect(parseTeams(GOOD, 'teams.yaml').value).toEqual([
      {
        name: 'payments-team',
        title: 'Payments',
        stages: ['broker'],
        addresses: [
          {
            kind: 'webhook',
            severities: ['page'],
            target: { url: 'https://alerts.example.org/hook' },
            tokenEnvironment: 'PAYMENTS_TOKEN',
          },
          { kind: 'slack', severities: ['page', 'ticket'], target: { environment: 'PAYMENTS_SLACK' } },
          { kind: 'email', severities: ['ticket'], to: ['a@example.org', 'b@example.org'] },
        ],
        hours: { timeZone: 'Europe/London', days: ['mon', 'fri'], fromMinute: 480, toMinute: 1_050 },
      },
      { name: 'silent-team', title: 'Silent', addresses: [] },
    ]);
  });

  it.each([
    ['[broker]', '[brokr]', /"brokr" is no stage.*nearest: "broker"/],
    ['title: Silent', 'title: Silent, stages: [broker]', /"broker" has an owner already/],
    ['addresses:', 'adresses:', /teams.yaml:5:5: unknown key "adresses".*\(nearest: "addresses"\)/],
    ['- slack:', '- slak:', /unknown key "slak".*nearest: "slack"/],
    ['urlFrom: PAYMENTS_SLACK', 'url: https://x.example', /unknown key "url".*Known keys here: urlFrom/],
    ['for: [page]', 'for: [pages]', /"pages" is not known \(nearest: "page"\)/],
    ['for: [ticket]', 'for: []', /names nothing/],
    ['https://alerts', 'ftp://alerts', /is no http or https URL/],
    ['https://alerts', 'https://me:secret@alerts', /has a password in it.*urlFrom/],
    ["url: 'https", "urlFrom: A, url: 'https", /either url or urlFrom/],
    ['a@example.org', 'nobody', /"nobody" is no e-mail address/],
    ['[a@example.org, b@example.org]', '[]', /names nobody/],
    ['[mon, fri]', '[mon, fry]', /"fry" is not a day \(nearest: "fri"\)/],
    ["'08:00'", "'25:00'", /"25:00" is not a time of day/],
    ["'17:30'", "'07:30'", /is not later than "from"/],
    ['Europe/London', 'Europe/Londn', /not a time zone \(nearest: "Europe\/London"\)/],
    ['name: silent-team', 'name: payments-team', /is listed twice/],
  ])('refuses %s as %s', (replaced, by, expected) => {
    expect(problems(replaced, by)).toMatch(expected);
  });

  it('does not repeat a secret that was written into the file', () => {
    const found = problems('urlFrom: PAYMENTS_SLACK', "urlFrom: 'https://hooks.example/T0/SECRET'");
    expect(found).toMatch(/not the name of an environment variable/);
    expect(found).not.toContain('SECRET');
    expect(problems('https://alerts', 'https://me:s3cret@alerts')).not.toContain('s3cret');
  });
});
