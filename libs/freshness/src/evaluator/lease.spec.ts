import { describe, expect, it } from 'vitest';
import { LEASE_MS, nextLeaseStep, type LeaseRow } from './lease.js';

const row = (holder: string, claim: number, atMs: number, isReleased = false): LeaseRow => ({
  holder,
  claim,
  atMs,
  isReleased,
});

describe('lease of the evaluator', () => {
  it('is claimed when nobody holds it, held by the highest claim, and by the smaller name among equals', () => {
    expect(nextLeaseStep('a', [], 0)).toMatchObject({ kind: 'claim', claim: 1 });
    const rows = [row('b', 2, 100), row('a', 2, 100), row('c', 1, 200)];
    expect(nextLeaseStep('a', rows, 200).kind).toBe('hold');
    expect(nextLeaseStep('b', rows, 200)).toMatchObject({ kind: 'wait', holder: { holder: 'a' } });
  });

  it('is taken over after its time, and at once from one that stopped in good order', () => {
    expect(nextLeaseStep('b', [row('a', 4, 0)], LEASE_MS).kind).toBe('wait');
    expect(nextLeaseStep('b', [row('a', 4, LEASE_MS + 1)], 0)).toMatchObject({ kind: 'claim', claim: 5 });
    expect(nextLeaseStep('b', [row('a', 4, 0)], LEASE_MS + 1)).toMatchObject({ kind: 'claim', claim: 5 });
    expect(nextLeaseStep('b', [row('a', 4, 0, true)], 1)).toMatchObject({ kind: 'claim', claim: 5 });
    expect(nextLeaseStep('a', [row('a', 4, 0, true)], 1)).toMatchObject({ kind: 'claim', claim: 5 });
  });

  it('is not won back by one that slept', () => {
    expect(nextLeaseStep('a', [row('a', 4, 0), row('b', 5, 9_000)], 9_500).kind).toBe('wait');
  });
});
