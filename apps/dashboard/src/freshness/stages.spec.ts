import { type Freshness } from '@freshet/live-protocol';
import { describe, expect, it } from 'vitest';
import { stagesOf, type Way } from './stages.js';

const fresh: Freshness = {
  metric: 'orders',
  asOfMs: 0,
  behindMs: 900,
  targetMs: 2_000,
  status: 'fresh',
  stages: { ingest: 400, serve: 500 },
  lagMessages: 0,
  quiet: false,
};
const times = { produce: 30, broker: 10, ingest: 60, store: 30, serve: 700, paint: 100 };
const way = Object.entries(times).map(([stage, ms]) => ({ stage, ms, owner: '', from: 'canary' })) as Way;

describe('stagesOf', () => {
  it('divides the time from log to store as the measured way was, and adds producing and painting', () => {
    const parts = stagesOf(fresh, way);
    expect(parts.map(({ stage }) => stage)).toEqual([
      'produce',
      'broker',
      'ingest',
      'store',
      'serve',
      'paint',
    ]);
    expect(parts.map(({ ms }) => ms)).toEqual([30, 40, 240, 120, 500, 100]);
  });

  it('shows a fault as it is known, and nothing where nothing was measured', () => {
    const stale = { ...fresh, status: 'stale', stage: 'ingest', stages: { ingest: 13_000 } } as const;
    expect(stagesOf(stale, way)).toEqual([{ stage: 'ingest', ms: 13_000 }]);
    expect(stagesOf(fresh, undefined)).toEqual([
      { stage: 'ingest', ms: 400 },
      { stage: 'serve', ms: 500 },
    ]);
  });
});
