import { describe, expect, it } from 'vitest';
import { FreshnessEvaluator } from './evaluate.js';
import type { BrokerEvidence, PartitionProgress, SourceObservation, WatchedMetric } from './observations.js';

const START = 1_700_000_000_000;
const metric: WatchedMetric = {
  metric: 'orders',
  topic: 'orders',
  targetMs: 2_000,
  owner: 'commerce-team',
  sourceOwner: 'shop-team',
};

function partition(number: number, asOfMs: number, panesThrough = 100): PartitionProgress {
  const rest = { panesThrough, frontierMs: asOfMs, lastLogTimeMs: asOfMs, asOfMs, storedAtMs: asOfMs };
  return { topic: 'orders', incarnation: 1, partition: number, ...rest };
}

function ends(highWatermark: number, lastStable = highWatermark): BrokerEvidence {
  return { kind: 'answers', askedAtMs: START, ends: [{ partition: 0, lastStable, highWatermark }] };
}

function see(
  evaluator: FreshnessEvaluator,
  nowMs: number,
  partitions: readonly PartitionProgress[],
  more: Partial<SourceObservation> = {},
) {
  const store = { kind: 'answers', readAtMs: nowMs - 10, waitedMs: 0 } as const;
  const broker = { kind: 'not_watched' } as const;
  const [found] = evaluator.evaluate({ nowMs, store, broker, partitions, ...more }, [metric]);
  if (found === undefined) throw new Error('no freshness');
  return found;
}

describe('FreshnessEvaluator', () => {
  it('goes by the partition that is furthest behind', () => {
    const found = see(new FreshnessEvaluator(), START, [
      partition(0, START - 300),
      partition(1, START - 1_900),
    ]);
    expect(found).toMatchObject({ status: 'fresh', behindMs: 1_900, asOfMs: START - 1_900 });
    expect(found.stage).toBeUndefined();
  });

  it('does not know before anything is stored, nor while one partition has no evidence', () => {
    expect(see(new FreshnessEvaluator(), START, []).status).toBe('unknown');
    const half = see(new FreshnessEvaluator(), START, [partition(0, START), partition(1, -1)]);
    expect(half).toMatchObject({ status: 'unknown', asOfMs: null, behindMs: null, stage: 'ingest' });
  });

  it('does not know by times that have not come: a clock was set back, or is wrong', () => {
    const ahead = see(new FreshnessEvaluator(), START, [partition(0, START), partition(1, START + 1_001)]);
    expect(ahead).toMatchObject({ status: 'unknown', asOfMs: null, behindMs: null, stage: 'ingest' });
    expect(ahead.reason).toContain("1.0 s ahead of the gateway's clock");
    const allowed = see(new FreshnessEvaluator(), START, [partition(0, START + 1_000)]);
    expect(allowed).toMatchObject({ status: 'fresh', behindMs: 0 });
  });

  it('blames ingest when the ledger stands still while the log has more', () => {
    const evaluator = new FreshnessEvaluator();
    see(evaluator, START, [partition(0, START)]);
    const found = see(evaluator, START + 4_000, [partition(0, START)], { broker: ends(151) });
    expect(found).toMatchObject({
      status: 'stale',
      stage: 'ingest',
      owner: 'commerce-team',
      lagMessages: 50,
    });
    expect(found.reason).toContain('stored nothing for 4.0 s while the log holds 50 messages more');
  });

  it('finds the open transaction beside a busy partition, and none where two questions were answered apart', () => {
    const nowMs = START + 5_000;
    const both = [partition(0, nowMs - 100, 102), partition(1, START, 50)];
    const seen = (lastStable: number) => ({
      kind: 'answers' as const,
      askedAtMs: START,
      ends: [
        { partition: 0, lastStable: 103, highWatermark: 105 },
        { partition: 1, lastStable, highWatermark: 52 },
      ],
    });
    const open = see(new FreshnessEvaluator(), nowMs, both, { broker: seen(51) });
    expect(open).toMatchObject({ stage: 'produce', reason: expect.stringContaining('partition 1') });
    const apart = see(new FreshnessEvaluator(), nowMs, both, { broker: seen(52) });
    expect(apart).toMatchObject({ status: 'stale', stage: 'ingest' });
  });

  it('blames the store, the broker, the gateway and an open transaction by their own evidence', () => {
    const old = [partition(0, START)];
    const nowMs = START + 5_000;
    const cases: [Partial<SourceObservation>, string][] = [
      [{ store: { kind: 'fails', sinceMs: START, message: 'refused' } }, 'store'],
      [{ store: { kind: 'answers', readAtMs: START + 100, waitedMs: 0 } }, 'serve'],
      [{ store: { kind: 'answers', readAtMs: nowMs - 10, waitedMs: 3_800 } }, 'store'],
      [{ broker: { kind: 'fails', sinceMs: START, message: 'timeout' } }, 'broker'],
      [{ broker: ends(120, 101) }, 'produce'],
    ];
    for (const [more, stage] of cases) {
      const found = see(new FreshnessEvaluator(), nowMs, old, more);
      expect(found).toMatchObject({ status: 'stale', stage });
      expect(found.owner).toBe(stage === 'produce' ? 'shop-team' : 'commerce-team');
    }
  });

  it('calls a backlog that shrinks catching up, never fresh', () => {
    const evaluator = new FreshnessEvaluator();
    for (let second = 0; second < 4; second++) {
      const asOfMs = START - 3_600_000 + second * 60_000;
      const found = see(evaluator, START + second * 1_000, [partition(0, asOfMs, second)], {
        broker: ends(10_000),
      });
      expect(found.status).toBe(second === 0 ? 'stale' : 'catching_up');
    }
  });

  it('tells a quiet log from a broken one by proof', () => {
    const proven = { ...partition(0, START - 100), lastLogTimeMs: START - 600_000 };
    expect(see(new FreshnessEvaluator(), START, [proven])).toMatchObject({ status: 'fresh', quiet: true });
    const found = see(new FreshnessEvaluator(), START, [proven], { broker: ends(102) });
    expect(found).toMatchObject({ quiet: false, lagMessages: 1 });
  });
});
