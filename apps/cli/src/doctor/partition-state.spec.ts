import type { StoredSource } from '@freshet/clickhouse/operations';
import { describe, expect, it } from 'vitest';

import { diagnose, type PartitionFacts, type PartitionStateName } from './partition-state.js';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

const stored: StoredSource = {
  source: { topic: 'orders', incarnation: 1, partition: 0 },
  panesThrough: 99,
  factsThrough: 99,
  factsLogTimeMs: NOW_MS - 2_000,
  lastLogTimeMs: NOW_MS - 2_000,
  provenAtMs: NOW_MS - 2_000,
  frontierMs: NOW_MS - 2_000,
  storedAtMs: NOW_MS - 1_000,
  last: undefined,
  claim: 1,
  owner: 'host/1/a',
  claimedAtMs: NOW_MS - 60_000,
  retired: false,
};
const end = { partition: 0, logStart: 0, lastStable: 100, highWatermark: 100, askedAtMs: NOW_MS };
const owned = { position: 100, rebuilding: false, halted: undefined };
const healthy: PartitionFacts = {
  topic: 'orders',
  partition: 0,
  exists: true,
  end,
  stored,
  likeness: 'same',
  owned,
  gaps: [],
  nowMs: NOW_MS,
};

const cases: [PartitionStateName, boolean, Partial<PartitionFacts>][] = [
  ['proven', false, {}],
  ['proven', false, { owned: null }],
  ['stored', false, { stored: { ...stored, provenAtMs: NOW_MS - 300_000 } }],
  ['stored', true, { owned: null, stored: { ...stored, provenAtMs: -1 } }],
  ['behind', false, { end: { ...end, lastStable: 150, highWatermark: 150 } }],
  ['behind', true, { owned: null, end: { ...end, lastStable: 150, highWatermark: 150 } }],
  ['rebuilding', false, { owned: { ...owned, rebuilding: true } }],
  ['open transaction', false, { end: { ...end, highWatermark: 105 } }],
  ['unassigned', true, { owned: undefined }],
  ['not in ledger', true, { stored: undefined }],
  ['no leader', true, { end: undefined }],
  ['overtaken', true, { end: { ...end, logStart: 120, lastStable: 150, highWatermark: 150 } }],
  ['halted', true, { owned: { ...owned, halted: '1000 invalid records in a row' } }],
  ['gone', true, { exists: false, end: undefined }],
  ['retired', true, { stored: { ...stored, retired: true } }],
  ['recreated', true, { likeness: 'recreated', owned: { ...owned, halted: 'not the one that was stored' } }],
];

describe('a partition', () => {
  it.each(cases)('is %s (to be acted upon: %s)', (state, needsAction, facts) => {
    const found = diagnose({ ...healthy, ...facts });
    expect(found).toMatchObject({ state, needsAction });
    expect(found.means).not.toBe('');
    expect(found.remedy !== undefined).toBe(needsAction);
  });

  it('that begins where retention left it has lost nothing', () => {
    const fresh = { ...stored, panesThrough: -1, factsThrough: -1 };
    const facts = { ...healthy, stored: fresh, end: { ...end, logStart: 40 } };
    expect(diagnose(facts)).toMatchObject({
      state: 'behind',
      means: '60 offsets are not stored yet; ingest reads on.',
    });
  });

  it('says what it lost', () => {
    const gap = {
      source: stored.source,
      from: 10,
      through: 19,
      fromTimeMs: NOW_MS - 60_000,
      toTimeMs: NOW_MS,
      reason: 'retention',
      recordedAtMs: NOW_MS,
    } as const;
    expect(diagnose({ ...healthy, gaps: [gap] }).gaps).toEqual([
      'Offsets 10 to 19 of life 1 are lost (retention), of log times 2026-03-01T11:59:00.000Z to 2026-03-01T12:00:00.000Z: windows of these times are incomplete.',
    ]);
  });
});
