import { describe, expect, it } from 'vitest';
import { cutBefore } from './chunk-cut.js';
import { DeadLetterGuard } from './dead-letter-guard.js';
import { DedupeIndex } from './dedupe-index.js';
import { cadenceFor, FlushCadence, type FlushDecision } from './flush-cadence.js';

describe('chunk cut', () => {
  const rule = { chunkOffsets: 10, chunkLogTimeMs: 1_000 };

  it('ends at the next multiple, or before the first record that is too late', () => {
    expect(cutBefore(3, 0, 9, 999, rule)).toBeUndefined();
    expect(cutBefore(3, 0, 10, 0, rule)).toEqual({ end: 9, nextStart: 10 });
    expect(cutBefore(3, 0, 7, 1_000, rule)).toEqual({ end: 6, nextStart: 7 });
    expect(cutBefore(3, undefined, 7, 9_999, rule)).toBeUndefined();
  });

  it('jumps over chunks that hold no record', () => {
    expect(cutBefore(3, 0, 47, 0, rule)).toEqual({ end: 9, nextStart: 40 });
  });
});

describe('dedupe index', () => {
  const hash = (id: number) => Uint32Array.of(id % 7, id, 0, 1); // many share a slot

  it('answers as a map of counted offsets does, however it grows and evicts', () => {
    const horizon = 3_000;
    const index = new DedupeIndex(horizon);
    const counted = new Map<number, number>();
    let state = 1;
    for (let offset = 0; offset < 20_000; offset += 1) {
      state = (state * 48_271) % 2_147_483_647;
      const id = state % 6_000;
      const seen = counted.get(id);
      const expected = seen !== undefined && offset - seen <= horizon ? seen : -1;
      if (expected === -1) counted.set(id, offset);
      expect(index.claim(hash(id), 0, offset)).toBe(expected);
    }
    expect(index.sizeBytes).toBeLessThanOrEqual(4_096 * 20 + 8_192 * 4);
  });

  it('finds its way over gaps of offsets, whatever their length', () => {
    const horizon = 100;
    const index = new DedupeIndex(horizon);
    const counted = new Map<number, number>();
    let state = 1;
    for (let offset = 0, step = 0; step < 20_000; step += 1) {
      state = (state * 48_271) % 2_147_483_647;
      const id = state % 60;
      // Past what 32 bits hold, too.
      offset += state % 50 === 0 ? 2 ** 33 - 1 : 1 + (state % 7) * (state % 11);
      const seen = counted.get(id);
      const expected = seen !== undefined && offset - seen <= horizon ? seen : -1;
      if (expected === -1) counted.set(id, offset);
      expect(index.claim(hash(id), 0, offset)).toBe(expected);
    }
    expect(index.sizeBytes).toBeLessThanOrEqual(128 * 20 + 256 * 4);
  });

  it.each([0, 2 ** 32 - 7, 2 ** 48])('takes nothing for young that is 2^32 offsets old, from %i', (start) => {
    const index = new DedupeIndex(2 ** 27);
    const claim = (id: number, offset: number): number => index.claim(hash(id), 0, start + offset);
    expect(claim(999, 5)).toBe(-1);
    expect(claim(999, 2 ** 27 + 5)).toBe(start + 5);
    // None comes to its place, and its slot stays.
    for (let step = 1; step < 64; step += 1) expect(claim(step, step * 2 ** 26 + 10 + (step % 30))).toBe(-1);
    expect(claim(999, 2 ** 32 + 15)).toBe(-1);
  });
});

describe('dead-letter guard', () => {
  const limits = { deadLetterRun: 5, deadLetterShare: 0.5, deadLetterShareOver: 10 };
  const haltsAt = (records: string): number => {
    const guard = new DeadLetterGuard(limits);
    return [...records].findIndex((record) => guard.observe(record === '-') !== undefined);
  };

  it('halts at a long run, and at a large share of a stretch', () => {
    expect(haltsAt('+-----+')).toBe(5);
    expect(haltsAt('+----+----+-++')).toBe(9);
    expect(haltsAt('+-+-+-+-+-'.repeat(20))).toBe(-1);
  });
});

describe('flush cadence', () => {
  const ALL = { withFacts: true };
  const PANES = { withFacts: false, topics: new Set(['orders']) };
  const patient = (): FlushCadence => new FlushCadence(new Map([['orders', cadenceFor(2_000)]]));
  const idle = { nowMs: 10_000, dirty: new Set(['orders']), factRows: 0, backlogRecords: 0, pressure: 0 };

  it('flushes no earlier than the smallest target asks for, and nothing when there is nothing', () => {
    const cadence = patient();
    expect(cadence.decide(idle)).toEqual(PANES);
    cadence.flushed(10_000, 10, PANES);
    expect(cadence.decide({ ...idle, nowMs: 10_900 })).toBeUndefined();
    expect(cadence.decide({ ...idle, nowMs: 10_990 })).toEqual(PANES);
    expect(cadence.decide({ ...idle, nowMs: 10_990, dirty: new Set<string>() })).toBeUndefined();
  });

  it('goes on when the clock is set back, before a flush or during one', () => {
    const cadence = patient();
    cadence.flushed(10_000, 10, ALL);
    const setBack = { ...idle, nowMs: 10_000 - 3_600_000, factRows: 1 };
    expect(cadence.decide(setBack)).toEqual(ALL);
    expect(cadence.asksEnds(setBack)).toBe(true);
    cadence.flushed(setBack.nowMs, -3_600_000, ALL);
    expect(cadence.decide({ ...setBack, nowMs: setBack.nowMs + 900 })).toBeUndefined();
    expect(cadence.decide({ ...setBack, nowMs: setBack.nowMs + 1_000 })).toEqual(PANES);
  });

  it('stores a topic no more often than the metrics that need it ask for', () => {
    const rules = { orders: cadenceFor(200), clicks: cadenceFor(2_000) };
    const cadence = new FlushCadence(new Map(Object.entries(rules)));
    const dirty = new Set(['orders', 'clicks']);
    const stored: [number, string][] = [];
    for (let nowMs = 10_000; nowMs < 12_100; nowMs += 10) {
      const decision = cadence.decide({ ...idle, nowMs, dirty, factRows: 100 });
      if (decision === undefined) continue;
      const { withFacts, topics } = decision;
      stored.push([nowMs, withFacts ? 'all' : [...topics!].join()]);
      cadence.flushed(nowMs, 0, decision);
    }
    const of = (what: string): number[] => stored.filter(([, each]) => each === what).map(([atMs]) => atMs);
    expect(of('all')).toEqual([10_000, 12_000]);
    expect(of('orders,clicks')).toEqual([11_000]);
    expect(of('orders')).toHaveLength(39);
    expect(cadence.decide({ ...idle, nowMs: 12_140, dirty: new Set(['clicks']) })).toBeUndefined();
    const behind = { ...idle, nowMs: 20_000, dirty, backlogRecords: 30_000 };
    expect(cadence.decide(behind)).toEqual({ withFacts: false, topics: dirty });
  });

  it('leaves the store half of its time, without one long flush holding up the next', () => {
    const cadence = new FlushCadence(new Map([['orders', cadenceFor(200)]]));
    const waitsAfter = (durationMs: number): number => {
      cadence.flushed(10_000, durationMs, PANES);
      const times = Array.from({ length: 200 }, (_, n) => 10_000 - durationMs + n * 10);
      return times.find((nowMs) => cadence.decide({ ...idle, nowMs }) !== undefined)! - 10_000 + durationMs;
    };
    for (let n = 0; n < 50; n += 1) waitsAfter(40);
    expect(waitsAfter(40)).toBe(80);
    expect(waitsAfter(400)).toBe(170);
    for (let n = 0; n < 50; n += 1) waitsAfter(400);
    expect(waitsAfter(400)).toBe(800);
  });

  it('leaves a second of a long target, and most of a short one, to what comes after a flush', () => {
    const every = (targetMs: number): number => cadenceFor(targetMs).panesEveryMs;
    expect([100, 200, 1_000, 1_500, 2_000, 60_000].map(every)).toEqual([50, 50, 250, 500, 1_000, 1_000]);
    const collects = (targetMs: number): number => cadenceFor(targetMs).fetch.maxWaitMs;
    expect([100, 200, 1_000, 2_000, 60_000].map(collects)).toEqual([13, 25, 125, 250, 250]);
  });

  it('asks where the log ends once before each flush, and also when there is nothing to flush', () => {
    const cadence = patient();
    const asksAt = (nowMs: number): boolean => cadence.asksEnds({ ...idle, nowMs });
    expect(asksAt(10_000)).toBe(true);
    cadence.flushed(10_000, 10, PANES);
    const times = Array.from({ length: 150 }, (_, n) => 10_000 + n * 20).filter(asksAt);
    expect(times).toEqual([10_700, 11_200, 11_700, 12_200, 12_700]);
  });

  it('is rarer in a backlog, and at once before buffers are full', () => {
    const cadence = patient();
    cadence.flushed(10_000, 10, ALL);
    const behind = { ...idle, backlogRecords: 1_000_000, factRows: 70_000 };
    expect(cadence.decide({ ...behind, nowMs: 11_000 })).toBeUndefined();
    expect(cadence.decide({ ...behind, nowMs: 11_000, pressure: 0.6 })).toBeUndefined();
    expect(cadence.decide({ ...behind, nowMs: 11_000, factRows: 360_000 })).toEqual(ALL);
    expect(cadence.decide({ ...behind, nowMs: 11_000, pressure: 0.95 })).toEqual(ALL);
    expect(patient().decide({ ...idle, pressure: 0.6 })).toEqual(ALL);
  });

  it('stores all of a backlog as soon as it is read, and nothing more often after that', () => {
    const cadence = patient();
    cadence.flushed(8_000, 10, ALL);
    cadence.flushed(10_000, 10, PANES);
    const at = (nowMs: number, backlogRecords: number): FlushDecision | undefined =>
      cadence.decide({ ...idle, nowMs, backlogRecords, factRows: 30_000 });
    expect(at(10_100, 30_000)).toBeUndefined();
    expect(at(10_200, 10_000)).toBeUndefined();
    expect(at(10_300, 900)).toBeUndefined();
    expect(at(10_320, 0)).toEqual(ALL);
    cadence.flushed(10_340, 20, ALL);
    expect(at(10_400, 0)).toBeUndefined();
    expect(at(10_400, 10_000)).toBeUndefined();
  });

  it('stores facts every two seconds at most, however fast they come, while it keeps up', () => {
    const cadence = patient();
    const storedMs: number[] = [];
    for (let nowMs = 10_000, factRows = 0; nowMs <= 15_000; nowMs += 20, factRows += 1_200) {
      // Behind for a moment now and then, as whoever reads what is just being produced.
      const backlogRecords = nowMs % 60 === 0 ? 30_000 : 0;
      const decision = cadence.decide({ ...idle, nowMs, factRows, backlogRecords });
      if (decision === undefined) continue;
      cadence.flushed(nowMs, 0, decision);
      if (!decision.withFacts) continue;
      storedMs.push(nowMs);
      factRows = 0;
    }
    expect(storedMs).toEqual([10_040, 12_040, 14_060]);
  });

  it('has its usual pace again when what is left of a backlog cannot be read yet', () => {
    const cadence = patient();
    cadence.flushed(10_000, 10, ALL);
    const at = (nowMs: number, backlogRecords: number): FlushDecision | undefined =>
      cadence.decide({ ...idle, nowMs, backlogRecords });
    expect([at(11_100, 30_000), at(11_200, 1_100), at(11_300, 900)]).toEqual([undefined, undefined, PANES]);
  });
});
