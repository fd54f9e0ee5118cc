import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAKEN_BACK } from '../fact-replay.js';
import { TextRows, type Contract } from '@freshet/contracts';
import type { ChunkPanes, FactBlock } from '../ports.js';
import { FakeAggregator, PANE_MS, REVISIONS } from '../simulation/fakes.js';
import type { PastChunk } from './ports.js';
import { Recount } from './recount.js';

const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);
const source = { topic: 'orders', incarnation: 1, partition: 0 };
const contract = { name: 'orders', topic: 'orders', fields: [] } as unknown as Contract;

interface Event {
  readonly region: string;
  readonly minute: number;
  readonly amount: number;
  /** -1 counted, 0 a duplicate, -2 taken back. */
  readonly verdict: number;
}

const events = fc.array(
  fc.record({
    region: fc.constantFrom('eu', 'us', 'apac', 'me'),
    minute: fc.integer({ min: 0, max: 3 }),
    amount: fc.integer({ min: -50, max: 50 }),
    verdict: fc.constantFrom(-1, -1, -1, 0, TAKEN_BACK),
  }),
  { minLength: 1, maxLength: 40 },
);

function factsOf(all: readonly Event[]): FactBlock {
  return {
    contract: 'orders',
    source,
    chunk: 0,
    count: all.length,
    offsets: Float64Array.from(all.keys()),
    logTimesMs: new Float64Array(all.length).fill(T0),
    eventTimesMs: Float64Array.from(all, ({ minute }) => T0 - minute * PANE_MS),
    duplicateOf: Float64Array.from(all, ({ verdict }) => verdict),
    idHash: new Uint32Array(all.length * 4),
    columns: [
      {
        name: 'region',
        absent: undefined,
        data: { kind: 'text', values: TextRows.of(all.map(({ region }) => region)) },
      },
      {
        name: 'amount',
        absent: undefined,
        data: { kind: 'number', values: Float64Array.from(all, ({ amount }) => amount) },
      },
    ],
  };
}

async function recount(all: readonly Event[], maxSeries: number) {
  const facts = factsOf(all);
  const through = all.length - 1;
  const chunk: PastChunk = {
    source,
    isNewestLife: true,
    chunk: 0,
    panesThrough: through,
    factsThrough: through,
    end: through,
    frontierMs: T0,
    lastLogTimeMs: T0,
    records: all.length,
    facts: all.length,
    opening: {
      source,
      chunk: 0,
      claim: 1,
      openedAtMs: T0,
      frontierMs: -1,
      first: { offset: 0, logTimeMs: T0, hash: '' },
    },
  };
  const store = { readChunkFacts: async () => [facts], readAllAdvances: async () => [] };
  const aggregators = {
    newAggregator: () => new FakeAggregator(REVISIONS[0], maxSeries),
    newUnfolded: () => new FakeAggregator(REVISIONS[0], Number.POSITIVE_INFINITY),
  };
  return (await new Recount(store, contract, aggregators, 'append').chunk(chunk))!;
}

/** Sums by series over chunks, as readers make them; series without events left out. */
function read(chunks: readonly (ChunkPanes | undefined)[]): string[] {
  const sums = new Map<string, { events: number; sum: bigint }>();
  for (const {
    paneStartMs,
    dimensions,
    events,
    sums: [sum = 0n],
  } of chunks.flatMap((each) => each?.rows ?? [])) {
    const key = `${paneStartMs}/${dimensions[0]}`;
    const before = sums.get(key) ?? { events: 0, sum: 0n };
    sums.set(key, { events: before.events + events, sum: before.sum + sum });
  }
  return [...sums]
    .flatMap(([key, { events, sum }]) => (events === 0 ? [] : [`${key} ${events} ${sum}`]))
    .sort();
}

describe('the correction of a chunk', () => {
  it.each([2, Number.POSITIVE_INFINITY])(
    'makes it what it is without the events that are taken back, with %d series',
    async (maxSeries) => {
      await fc.assert(
        fc.asyncProperty(events, async (all) => {
          const { panes, correction } = await recount(all, maxSeries);
          const left = all.map((each) => (each.verdict === TAKEN_BACK ? { ...each, verdict: 0 } : each));
          const without = await recount(left, maxSeries);
          expect(read([panes, correction])).toEqual(read([without.panes]));
          expect(without.correction).toBeUndefined();
        }),
      );
    },
  );

  it('replaces a shorter correction of the same chunk whole', async () => {
    await fc.assert(
      fc.asyncProperty(events, fc.nat(), async (all, at) => {
        const more = all.map((each, n) => (n === at % all.length ? { ...each, verdict: TAKEN_BACK } : each));
        fc.pre(all[at % all.length]?.verdict === -1);
        const [shorter, longer] = [await recount(all, 2), await recount(more, 2)];
        // As the store keeps them: by key, the longer version.
        const kept = new Map(
          [...(shorter.correction?.rows ?? []), ...longer.correction!.rows].map((row) => [
            `${row.paneStartMs}/${row.dimensions[0]}`,
            row,
          ]),
        );
        expect(longer.correction!.chunk).toBeLessThan(0);
        expect(longer.correction!.through).toBeGreaterThan(shorter.correction?.through ?? -1);
        expect(read([longer.panes, { ...longer.correction!, rows: [...kept.values()] }])).toEqual(
          read([longer.panes, longer.correction]),
        );
      }),
    );
  });
});
