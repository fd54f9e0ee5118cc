import { parser } from '@prometheus-io/lezer-promql';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { committed, namesOf, readDashboard, readRules } from '../testing/committed-files.js';

/** https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/#rule */
const TEXTS = { type: 'object', additionalProperties: { type: 'string' } };
const DURATION = { type: 'string', pattern: '^([0-9]+(ms|s|m|h|d|w|y))+$' };
const NAME = { type: 'string', pattern: '^[a-zA-Z_:][a-zA-Z0-9_:]*$' };
const ALERT = {
  alert: NAME,
  expr: { type: 'string' },
  for: DURATION,
  keep_firing_for: DURATION,
  labels: TEXTS,
  annotations: TEXTS,
};
const RULE_FILE = {
  type: 'object',
  required: ['groups'],
  additionalProperties: false,
  properties: {
    groups: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'rules'],
        additionalProperties: false,
        properties: {
          name: { type: 'string' },
          interval: DURATION,
          rules: {
            type: 'array',
            minItems: 1,
            items: {
              oneOf: [
                {
                  type: 'object',
                  required: ['alert', 'expr'],
                  additionalProperties: false,
                  properties: ALERT,
                },
                {
                  type: 'object',
                  required: ['record', 'expr'],
                  additionalProperties: false,
                  properties: { record: NAME, expr: { type: 'string' }, labels: TEXTS },
                },
              ],
            },
          },
        },
      },
    },
  },
};

/** What the parser could not make sense of. */
function mistakes(expression: string): string[] {
  const found: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) found.push(`${expression} at ${from}: "${expression.slice(from, to)}"`);
    },
  });
  return found;
}

test('the rule file has the structure that Prometheus reads, and expressions that it parses', () => {
  const validate = new Ajv({ strict: false }).compile(RULE_FILE);
  const rules = readRules();
  expect(validate(rules), JSON.stringify(validate.errors, null, 2)).toBe(true);
  expect(new Set(rules.groups.map(({ name }) => name)).size).toBe(rules.groups.length);
  const expressions = rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr));
  expect(expressions.length).toBeGreaterThan(30);
  expect(expressions.flatMap(mistakes)).toEqual([]);
  expect(mistakes('max(freshet_metric_fresh > ')).not.toEqual([]);
});

test('every alert says who is to act, how urgent it is and what to do, in a page that is there', () => {
  for (const { rules } of readRules().groups) {
    for (const rule of rules) {
      if (rule.alert === undefined) continue;
      expect(rule.labels?.['severity'], rule.alert).toMatch(/^(page|ticket)$/);
      expect(committed('catalog/teams.yaml'), rule.alert).toContain(
        `name: ${rule.labels?.['team'] ?? '?'}\n`,
      );
      expect(committed(rule.annotations?.['runbook_url'] ?? '?'), rule.alert).toMatch(/^# /);
    }
  }
});

test("the operators' dashboard asks what Prometheus can parse, of series that the guide names", () => {
  const dashboard = readDashboard();
  const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  expect(expressions.length).toBeGreaterThan(20);
  expect(expressions.flatMap(mistakes)).toEqual([]);
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  const guide = committed('docs/guide/observability.md');
  expect([...namesOf(expressions)].filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});

test('Prometheus is told where to find the rules and the processes', () => {
  const config = parse(committed('docker/prometheus/prometheus.yaml')) as {
    rule_files: string[];
    scrape_configs: { job_name: string }[];
  };
  expect(config.rule_files).toEqual(['freshet.rules.yaml']);
  expect(config.scrape_configs).toHaveLength(3);
});
