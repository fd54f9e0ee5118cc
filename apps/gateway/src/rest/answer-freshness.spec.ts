import type { Freshness } from '@freshet/live-protocol';
import { expect, it } from 'vitest';
import { freshnessOfAnswer } from './answer-freshness.js';

const known = (asOfMs: number | null, status: Freshness['status'] = 'fresh'): Freshness => ({
  ...{ metric: 'orders', asOfMs, behindMs: asOfMs === null ? null : 0, targetMs: 2_000, status },
  ...{ stages: {}, lagMessages: 0, quiet: false },
});

it('claims nothing that became known while the values were read', () => {
  expect(freshnessOfAnswer(known(10_000), known(11_500), 11_600, 'platform-team')).toMatchObject({
    ...{ asOfMs: 10_000, behindMs: 1_600, status: 'fresh' },
  });
});

it('is not fresh when its values are older than the target by the time they have come', () => {
  expect(freshnessOfAnswer(known(10_000), known(15_000), 15_100, 'platform-team')).toMatchObject({
    ...{ asOfMs: 10_000, behindMs: 5_100, status: 'stale', stage: 'serve', owner: 'platform-team' },
  });
});

it('keeps what else is known to be wrong', () => {
  expect(freshnessOfAnswer(known(10_000), known(10_000, 'stale'), 10_100, 'platform-team').status).toBe(
    'stale',
  );
  expect(freshnessOfAnswer(known(null, 'unknown'), known(10_000), 10_100, 'platform-team').status).toBe(
    'unknown',
  );
});
