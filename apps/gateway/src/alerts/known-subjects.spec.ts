import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadCatalogue } from '../catalogue/catalogue.js';
import { isKnown } from './known-subjects.js';

const catalogue = loadCatalogue(fileURLToPath(new URL('../../../../catalog', import.meta.url)));
const clock = { machine: 'ingest a', skewMs: 5_000, boundMs: 1, atMs: 0 };

it('forgets metrics, rules and topics that left the catalogue, and clocks of processes that ended', () => {
  const known = (finding: Parameters<typeof isKnown>[0]): boolean => isKnown(finding, catalogue, [clock]);
  expect(known({ kind: 'stale', subject: 'stale/orders', metric: 'orders' })).toBe(true);
  expect(known({ kind: 'stale', subject: 'stale/gone', metric: 'gone' })).toBe(false);
  const value = { kind: 'value', metric: 'checkout_failure_rate' } as const;
  expect(known({ ...value, subject: 'value/checkout_failure_rate/too_many' })).toBe(true);
  expect(known({ ...value, subject: 'value/checkout_failure_rate/removed' })).toBe(false);
  expect(known({ kind: 'silent_source', subject: 'silent_source/orders', topic: 'orders' })).toBe(true);
  expect(known({ kind: 'late_events', subject: 'late_events/gone', topic: 'gone' })).toBe(false);
  expect(known({ kind: 'clock_skew', subject: 'clock_skew/ingest a' })).toBe(true);
  expect(known({ kind: 'clock_skew', subject: 'clock_skew/ingest b' })).toBe(false);
  expect(isKnown({ kind: 'clock_skew', subject: 'clock_skew/ingest b' }, catalogue, [])).toBe(true);
  expect(known({ kind: 'canary', subject: 'canary' })).toBe(true);
});
