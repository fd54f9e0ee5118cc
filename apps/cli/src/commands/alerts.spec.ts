import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';
import { expect, test } from 'vitest';

import { workspaceRoot } from '../config.js';
import { COMMITTED_RULES, rulesText } from './alerts.js';

const CATALOGUE = join(workspaceRoot, 'catalog');

test('the committed rule file is what the catalogue says now', () => {
  expect(
    readFileSync(COMMITTED_RULES, 'utf8'),
    'make it again: npm run freshet -- alerts rules --out docker/prometheus/freshet.rules.yaml',
  ).toBe(rulesText(CATALOGUE));
});

test('a rule has the target, the action window and the budget of its metric', () => {
  const { groups } = parse(rulesText(CATALOGUE)) as {
    groups: { name: string; rules: { for?: string; expr: string; labels: Record<string, string> }[] }[];
  };
  const of = (group: string) =>
    groups.find(({ name }) => name === group)!.rules.filter(({ labels }) => labels['metric'] === 'orders');
  expect(of('freshet-stale')).toMatchObject([
    { for: '1m', labels: { team: 'commerce-team', severity: 'page' } },
  ]);
  // 99.5 % over 30 days: 2 % of the budget in an hour is 7.2 % of its seconds.
  expect(of('freshet-budget').map(({ expr }) => expr)).toEqual([
    expect.stringMatching(/\[1h\]\)\) > 0\.072 and .*\[5m\]\)\) > 0\.072$/),
    expect.stringMatching(/\[6h\]\)\) > 0\.03 and .*\[30m\]\)\) > 0\.03$/),
    expect.stringMatching(/\[3d\]\)\) > 0\.005 and .*\[6h\]\)\) > 0\.005$/),
  ]);
});

test('a team that is not there is refused', () => {
  expect(() => rulesText(CATALOGUE, 'plattform')).toThrow(/no team "plattform".*--platform-team/);
});
