import type { Contract } from '@freshet/contracts';
import type { MetricDefinition } from '@freshet/metrics';
import { describe, expect, it } from 'vitest';
import type { ChunkPanes, ClockAdvance, FactBlock } from '../ports.js';
import type { PartitionStatus } from '../status.js';
import { advancesOf } from './count-chunk.js';
import { RevisionFill } from './fill.js';
import type { ChunkCoverage, PastChunk, PastStore, Promotion } from './ports.js';

const source = { topic: 't', incarnation: 1, partition: 0 };
const MINUTE = 60_000;
const contract = { name: 'c', topic: 't', fields: [] } as unknown as Contract;
const definition = {
  name: 'm',
  revision: 'new',
  source: 'c',
  measure: { kind: 'count' },
  dimensions: [],
  maxSeries: 10,
  window: { kind: 'tumbling', sizeMs: MINUTE, everyMs: MINUTE },
  lateness: { watermarkDelayMs: 0, allowedMs: 0 },
} as unknown as MetricDefinition;

function chunkAt(chunk: number, over: Partial<PastChunk> = {}): PastChunk {
  const first = { offset: chunk, logTimeMs: chunk * MINUTE, hash: '' };
  return {
    source,
    isNewestLife: true,
    chunk,
    panesThrough: chunk + 9,
    factsThrough: chunk + 9,
    end: chunk + 9,
    frontierMs: (chunk + 9) * MINUTE,
    lastLogTimeMs: (chunk + 9) * MINUTE,
    records: 10,
    facts: 10,
    opening: { source, chunk, claim: 1, openedAtMs: 0, frontierMs: (chunk - 1) * MINUTE, first },
    ...over,
  };
}

/** One event a minute and offset, at its log time; `kept` of the ten of a chunk are still there. */
function factsOf(from: number, kept: number): FactBlock {
  const offsets = Float64Array.from({ length: kept }, (_, row) => from + row);
  return {
    contract: 'c',
    source,
    chunk: from,
    count: kept,
    offsets,
    logTimesMs: offsets.map((offset) => offset * MINUTE),
    eventTimesMs: offsets.map((offset) => offset * MINUTE),
    idHash: new Uint32Array(kept * 4),
    duplicateOf: new Float64Array(kept).fill(-1),
    columns: [],
  };
}

class MemoryPast implements PastStore {
  readonly panes: ChunkPanes[] = [];
  readonly promotions: Promotion[] = [];
  readonly coverage = new Map<string, ChunkCoverage>();
  claim = 1;
  failWrites = 0;

  constructor(
    private readonly chunks: readonly PastChunk[],
    private readonly kept: Readonly<Record<number, number>> = {},
  ) {}

  highestClaims = () => Promise.resolve([{ source, claim: this.claim, owner: 'me', contested: false }]);
  readChunkFacts = (_: string, __: unknown, from: number) =>
    Promise.resolve([factsOf(from, this.kept[from] ?? 10)]);
  writePanes = (panes: readonly ChunkPanes[]) => {
    this.panes.push(...panes);
    if (this.failWrites > 0 && (this.failWrites -= 1) === 0) return Promise.reject(new Error('crash'));
    return Promise.resolve();
  };
  readPastChunks = () => Promise.resolve(this.chunks);
  readAllAdvances = () => Promise.resolve([]);
  readCoverage = () => Promise.resolve([...this.coverage.values()]);
  writeCoverage = (rows: readonly ChunkCoverage[]) => {
    for (const row of rows) this.coverage.set(JSON.stringify([row.chunk, row.kind, row.claim]), row);
    return Promise.resolve();
  };
  writeProgress = () => Promise.resolve();
  promote = (promotion: Promotion) => {
    this.promotions.push(promotion);
    return Promise.resolve();
  };
}

const fillOf = (store: PastStore) =>
  new RevisionFill(store, { contract, definitions: [definition] }, 'me', () => Promise.resolve('append'));
const owned = (countsFrom: number, claim = 1) => [
  { source, countsFrom, claim } as unknown as PartitionStatus,
];
const signal = new AbortController().signal;
const open = { end: -1, panesThrough: 24, factsThrough: 22 };

describe('filling the past of a proposal', () => {
  it('fills what is sealed, and promotes when the owner counts the rest', async () => {
    const store = new MemoryPast([chunkAt(0), chunkAt(10), chunkAt(20, open)]);
    const fill = fillOf(store);
    expect(await fill.pass(signal)).toEqual({
      filled: 2,
      total: 2,
      waitsFor: ['t/0'],
      promoted: false,
      isReady: false,
    });
    await fill.announce(owned(20));
    expect(await fill.pass(signal)).toMatchObject({ promoted: true });
    expect(store.panes.map(({ chunk, through, rows }) => [chunk, through, rows.length])).toEqual([
      [0, 9, 10],
      [10, 19, 10],
    ]);
    expect(store.promotions).toEqual([{ definition, topic: 't', countedFromMs: -1 }]);
  });

  it('does not promote while another owner than the one that counts it holds the partition', async () => {
    const store = new MemoryPast([chunkAt(0), chunkAt(10, open)]);
    const fill = fillOf(store);
    await fill.announce(owned(10));
    store.claim = 2;
    expect(await fill.pass(signal)).toMatchObject({ waitsFor: ['t/0'], promoted: false });
    await fill.announce(owned(10, 2));
    expect(await fill.pass(signal)).toMatchObject({ promoted: true });
  });

  it('writes no short row where retention took facts, and says from when on it is whole', async () => {
    const store = new MemoryPast([chunkAt(0), chunkAt(10), chunkAt(20, open)], { 0: 4 });
    const fill = fillOf(store);
    await fill.announce(owned(20));
    await fill.pass(signal);
    expect(store.panes.map(({ chunk }) => chunk)).toEqual([10]);
    expect(store.promotions).toEqual([{ definition, topic: 't', countedFromMs: 9 * MINUTE + 1 }]);
  });

  it('goes on after a crash with the chunk that was in hand', async () => {
    const store = new MemoryPast([chunkAt(0), chunkAt(10), chunkAt(20, open)]);
    store.failWrites = 2;
    await expect(fillOf(store).pass(signal)).rejects.toThrow('crash');
    const again = fillOf(store);
    await again.announce(owned(20));
    await again.pass(signal);
    expect(store.panes.map(({ chunk }) => chunk)).toEqual([0, 10, 10]);
    expect(store.promotions).toHaveLength(1);
  });
});

it('an advance counts until an owner with a higher claim begins', () => {
  const row = (position: number, claim: number, frontierMs: number): ClockAdvance => {
    return { source, position, claim, owner: 'o', frontierMs };
  };
  const stored = [
    row(0, 1, -1),
    row(5, 1, 50),
    row(10, 1, 100),
    row(10, 2, -1),
    row(12, 1, 999),
    row(12, 2, 120),
  ];
  expect(advancesOf(stored).map(({ frontierMs }) => frontierMs)).toEqual([50, 120]);
});
