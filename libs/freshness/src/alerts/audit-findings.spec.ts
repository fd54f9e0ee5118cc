import { expect, it } from 'vitest';
import { auditFindings, type AuditRun } from './audit-findings.js';

const HOUR = 3_600_000;
const run = (
  hour: number,
  differences: number,
  { hours = 2, kind = 'panes', subject = 'orders', ...more }: { hours?: number } & Partial<AuditRun> = {},
): AuditRun => ({
  kind,
  subject,
  atMs: hour * HOUR,
  fromMs: (hour - hours) * HOUR,
  toMs: hour * HOUR,
  differences,
  ...more,
});
const bad = (...runs: AuditRun[]): readonly string[] =>
  auditFindings(runs, (_, subject) =>
    subject === 'gone' ? undefined : { owner: 'sales', topic: 'orders' },
  ).flatMap(({ subject, outcome }) => (outcome === 'bad' ? [subject] : []));

it('finds what differs, and not what is clean', () => {
  expect(bad(run(10, 0), run(11, 3), run(12, 3), run(12, 0, { subject: 'page_views' }))).toEqual([
    'audit/panes/orders',
  ]);
});

it('is not well again because the audited range has moved on', () => {
  expect(bad(run(11, 3), run(15, 0))).toEqual(['audit/panes/orders']);
});

it('is well again by a clean audit of all that differed', () => {
  expect(bad(run(11, 3), run(15, 0, { hours: 24 }))).toEqual([]);
});

it('lets known repeats and losses leave with the range', () => {
  expect(bad(run(11, 3, { kind: 'repeats' }), run(15, 0, { kind: 'repeats' }))).toEqual([]);
  expect(bad(run(11, 1, { kind: 'lost' }))).toEqual(['audit/lost/orders']);
});

it('tells a loss before an audit does, until a later audit finds none', () => {
  const gap = run(11, 1, { kind: 'lost', said: 'records were lost' });
  const found = (...runs: AuditRun[]) => auditFindings(runs, () => ({ owner: 'sales', topic: 'orders' }));
  expect(found(run(10, 0, { kind: 'lost' }), gap)).toMatchObject([
    { subject: 'audit/lost/orders', outcome: 'bad', severity: 'page', detail: 'records were lost' },
  ]);
  expect(found(gap, run(15, 0, { kind: 'lost' }))).toMatchObject([{ outcome: 'ok' }]);
});

it('judges every audited subject, so that a clean audit is known, too', () => {
  expect(
    auditFindings([run(12, 0), run(12, 2, { kind: 'log' })], () => ({ owner: 'sales', topic: 'orders' })),
  ).toMatchObject([
    { subject: 'audit/panes/orders', outcome: 'ok', metric: 'orders', severity: 'page' },
    { subject: 'audit/log/orders', outcome: 'bad', topic: 'orders', owner: 'sales' },
  ]);
});

it('leaves out what the catalogue does not have any more', () => {
  expect(bad(run(11, 3, { subject: 'gone' }))).toEqual([]);
});
