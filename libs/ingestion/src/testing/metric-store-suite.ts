import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaneRow } from '@freshet/metrics';
import { unstoredChunk } from '../known-chunks.js';
import type {
  ChunkOpening,
  FactBlock,
  Fingerprint,
  Gap,
  LedgerRow,
  MetricStore,
  OutcomeRow,
  SourcePartition,
} from '../ports.js';

export interface StoredPane {
  readonly source: SourcePartition;
  readonly chunk: number;
  readonly through: number;
  /** `newHashes` may be anything: see `hashes`. */
  readonly row: PaneRow;
  /** Union of all hashes ever written, or their number where the reader tells only that. */
  readonly hashes: ReadonlySet<bigint> | number;
}

export interface StoredFact {
  readonly contract: string;
  readonly source: SourcePartition;
  readonly chunk: number;
  readonly offset: number;
  readonly logTimeMs: number;
  readonly eventTimeMs: number;
  readonly idHash: readonly number[];
  readonly duplicateOf: number;
}

/** Reads back what is stored now, replaced rows left out. */
export interface MetricStoreReader {
  readPanes(metric: string): Promise<StoredPane[]>;
  readFacts(contract: string, source: SourcePartition): Promise<StoredFact[]>;
  readOutcomes(source: SourcePartition): Promise<OutcomeRow[]>;
  readGaps(source: SourcePartition): Promise<Gap[]>;
}

/** What the suite runs against. Nothing of the topics `suite-*` may exist before. */
export interface MetricStoreHarness {
  readonly store: MetricStore;
  readonly reader: MetricStoreReader;
  /**
   * A contract whose facts the store knows, and columns for `rows` rows of it (values do not matter).
   */
  readonly contract: string;
  columns(rows: number): FactBlock['columns'];
  /** A metric without a distinct measure and one with, both with exactly one dimension, and their slots of sums. */
  readonly metric: { readonly name: string; readonly revision: string; readonly sums: number };
  readonly distinctMetric: { readonly name: string; readonly revision: string };
  close(): Promise<void>;
}

/** Base of the suite's times: a whole minute in 2026, well inside every retention. */
const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);

/** The one suite that every MetricStore keeps: in memory and on the real engine. */
export function metricStoreSuite(name: string, make: () => Promise<MetricStoreHarness>): void {
  describe(`metric store: ${name}`, () => {
    let harness: MetricStoreHarness;
    let sources = 0;
    const fresh = (): SourcePartition => ({ topic: `suite-${(sources += 1)}`, incarnation: 1, partition: 3 });

    beforeAll(async () => {
      harness = await make();
    });
    afterAll(async () => {
      await harness?.close();
    });

    describe('ledger', () => {
      it('leaves out partitions that it does not know', async () => {
        expect(await harness.store.loadLedger('suite-nothing', [0, 1])).toEqual([]);
        expect(await harness.store.loadSources('suite-nothing', [0, 1])).toEqual([]);
      });

      it('keeps maxima, whatever the order of writes', async () => {
        const { store } = harness;
        const source = fresh();
        const newer = ledgerRow(source, 0, { panesThrough: 20, factsThrough: 9, frontierMs: T0 + 5 });
        const older = ledgerRow(source, 0, { panesThrough: 10, factsThrough: 10, provenAtMs: T0 });
        await store.writeLedger([newer]);
        await store.writeLedger([older]);
        await store.writeLedger([older]);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect(ledger?.source).toEqual(source);
        expect(ledger?.chunks).toHaveLength(1);
        expect(ledger?.chunks[0]).toMatchObject({
          chunk: 0,
          panesThrough: 20,
          factsThrough: 10,
          frontierMs: T0 + 5,
          provenAtMs: T0,
          end: -1,
        });
        expect(ledger?.openings).toEqual([]);
      });

      it('keeps the fingerprint of the highest offset', async () => {
        const { store } = harness;
        const source = fresh();
        await store.writeLedger([ledgerRow(source, 0, { last: print(9, 'b') })]);
        await store.writeLedger([ledgerRow(source, 0, { last: print(7, 'a') })]);
        await store.writeLedger([ledgerRow(source, 0, { last: undefined })]);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect(ledger?.chunks[0]?.last).toEqual(print(9, 'b'));
      });

      it('starts with the last chunk before the oldest that is not sealed', async () => {
        const { store } = harness;
        const source = fresh();
        await store.writeLedger([
          ledgerRow(source, 0, { end: 4, panesThrough: 4, factsThrough: 4 }),
          ledgerRow(source, 5, { end: 9, panesThrough: 9, factsThrough: 9 }),
          ledgerRow(source, 10, { end: 19, panesThrough: 19, factsThrough: 15 }),
          ledgerRow(source, 20, { panesThrough: 22, factsThrough: 19 }),
        ]);
        const by = { source, claim: 1, owner: 'a' };
        await store.writeClockAdvances([
          { ...by, position: 4, frontierMs: T0 },
          { ...by, position: 22, frontierMs: T0 + 3 },
          { ...by, position: 12, frontierMs: T0 + 1 },
          { ...by, position: 12, frontierMs: T0 + 2 },
          { ...by, position: 12, frontierMs: T0 + 1 },
        ]);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect(ledger?.chunks.map(({ chunk }) => chunk)).toEqual([5, 10, 20]);
        expect(ledger?.advances).toEqual([
          { ...by, position: 12, frontierMs: T0 + 2 },
          { ...by, position: 22, frontierMs: T0 + 3 },
        ]);
      });

      it('knows only the advances of the highest claim that wrote any, ties by owner', async () => {
        const { store } = harness;
        const source = fresh();
        await store.writeLedger([ledgerRow(source, 10, {})]);
        const write = (claim: number, owner: string, position: number, frontierMs: number) =>
          store.writeClockAdvances([{ source, claim, owner, position, frontierMs }]);
        expect((await store.loadLedger(source.topic, [source.partition]))[0]?.begunClaim).toBe(0);
        await write(2, 'b', 4, -1);
        await write(2, 'b', 12, T0);
        await write(2, 'a', 13, T0 + 9);
        await write(1, 'z', 12, T0 + 9);
        expect((await store.loadLedger(source.topic, [source.partition]))[0]?.advances).toEqual([
          { source, claim: 2, owner: 'b', position: 12, frontierMs: T0 },
        ]);
        await write(3, 'a', 4, -1);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect(ledger?.advances).toEqual([]);
        expect(ledger?.begunClaim).toBe(3);
      });

      it('gives the last sealed chunk when all are', async () => {
        const { store } = harness;
        const source = fresh();
        await store.writeLedger([
          ledgerRow(source, 0, { end: 9, panesThrough: 9, factsThrough: 9 }),
          ledgerRow(source, 10, { end: 19, panesThrough: 19, factsThrough: 19 }),
        ]);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect(ledger?.chunks.map(({ chunk, end }) => [chunk, end])).toEqual([[10, 19]]);
      });

      it('knows only the newest incarnation of a partition', async () => {
        const { store } = harness;
        const source = fresh();
        const next = { ...source, incarnation: 2 };
        await store.writeLedger([ledgerRow(next, 0, {}), ledgerRow(source, 700, { panesThrough: 900 })]);
        expect(await store.loadSources(source.topic, [source.partition])).toEqual([next]);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect(ledger?.source).toEqual(next);
        expect(ledger?.chunks.map(({ chunk }) => chunk)).toEqual([0]);
      });
    });

    describe('claims and openings', () => {
      it('tells the highest claim, ties by owner', async () => {
        const { store } = harness;
        const source = fresh();
        await store.writeLedger([ledgerRow(source, 0, {})]);
        const at = { source, atMs: T0 };
        expect(await store.highestClaims([source])).toEqual([]);
        await store.writeClaims([{ ...at, claim: 2, owner: 'a' }]);
        // An insert that was not acknowledged is repeated.
        await store.writeClaims([{ ...at, claim: 2, owner: 'a' }]);
        expect(await store.highestClaims([source])).toEqual([
          { source, claim: 2, owner: 'a', contested: false },
        ]);
        await store.writeClaims([{ ...at, claim: 2, owner: 'b' }]);
        await store.writeClaims([{ ...at, claim: 1, owner: 'z' }]);
        expect(await store.highestClaims([source])).toEqual([
          { source, claim: 2, owner: 'b', contested: true },
        ]);
      });

      it("keeps the highest claim's opening of a chunk", async () => {
        const { store } = harness;
        const source = fresh();
        await store.writeLedger([ledgerRow(source, 0, {})]);
        const second = opening(source, 0, 2, T0 + 50);
        await store.writeOpenings([second]);
        await store.writeOpenings([opening(source, 0, 1, T0 + 99)]);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect(ledger?.openings).toEqual([second]);
      });

      it('tells of openings without a ledger row, from the first chunk that it tells of', async () => {
        const { store } = harness;
        const source = fresh();
        await store.writeLedger([
          ledgerRow(source, 0, { end: 4, panesThrough: 4, factsThrough: 4 }),
          ledgerRow(source, 5, { end: 9, panesThrough: 9, factsThrough: 9 }),
          ledgerRow(source, 10, { panesThrough: 12 }),
        ]);
        const openings = [0, 5, 10, 20].map((chunk) => opening(source, chunk, 1, T0 + chunk));
        await store.writeOpenings(openings);
        const [ledger] = await store.loadLedger(source.topic, [source.partition]);
        expect([...(ledger?.openings ?? [])].sort((a, b) => a.chunk - b.chunk)).toEqual(openings.slice(1));
        expect(ledger?.chunks.map(({ chunk }) => chunk)).toEqual([5, 10]);
      });
    });

    describe('panes', () => {
      it('replaces a row by its longer version and never by a shorter one', async () => {
        const { store, reader, metric } = harness;
        const source = fresh();
        const write = (through: number, events: number) =>
          store.writePanes([
            {
              source,
              chunk: 0,
              through,
              chunkLogTimeMs: T0,
              rows: [paneRow(metric.name, metric.revision, 'eu', events, metric.sums)],
            },
          ]);
        await write(20, 7);
        await write(10, 4);
        await write(20, 7);
        const rows = (await reader.readPanes(metric.name)).filter(
          (pane) => pane.source.topic === source.topic,
        );
        expect(rows).toHaveLength(1);
        expect(rows[0]).toMatchObject({ source, chunk: 0, through: 20 });
        expect(rows[0]?.row).toMatchObject({ events: 7, lateEvents: 1, dimensions: ['eu'], paneStartMs: T0 });
        expect(rows[0]?.row.sums).toEqual(sums(7, metric.sums));
      });

      it('keeps chunks, dimensions and partitions apart', async () => {
        const { store, reader, metric } = harness;
        const source = fresh();
        const other = { ...source, partition: 4 };
        const chunk = (of: SourcePartition, start: number, dimensions: string[]) => ({
          source: of,
          chunk: start,
          through: start + 5,
          chunkLogTimeMs: T0,
          rows: dimensions.map((dimension) =>
            paneRow(metric.name, metric.revision, dimension, 1, metric.sums),
          ),
        });
        await store.writePanes([
          chunk(source, 0, ['eu', 'us']),
          chunk(source, 100, ['eu']),
          chunk(other, 0, ['eu', '']),
        ]);
        const rows = (await reader.readPanes(metric.name)).filter(
          (pane) => pane.source.topic === source.topic,
        );
        const keys = rows.map(
          (pane) => `${pane.source.partition}/${pane.chunk}/${pane.row.dimensions.join()}`,
        );
        expect(keys.sort()).toEqual(['3/0/eu', '3/0/us', '3/100/eu', '4/0/', '4/0/eu']);
      });

      it('unites distinct hashes, repeats included', async () => {
        const { store, reader, distinctMetric } = harness;
        const source = fresh();
        const write = (through: number, newHashes: bigint[]) =>
          store.writePanes([
            {
              source,
              chunk: 0,
              through,
              chunkLogTimeMs: T0,
              rows: [{ ...paneRow(distinctMetric.name, distinctMetric.revision, 'eu', 1, 0), newHashes }],
            },
          ]);
        await write(10, [1n, 2n]);
        await write(20, [3n]);
        await write(10, [1n, 2n]);
        await write(30, []);
        const rows = (await reader.readPanes(distinctMetric.name)).filter(
          (pane) => pane.source.topic === source.topic,
        );
        expect(rows).toHaveLength(1);
        const hashes = rows[0]?.hashes;
        expect(typeof hashes === 'number' ? hashes : hashes?.size).toBe(3);
      });
    });

    describe('facts', () => {
      const block = (source: SourcePartition, offsets: number[], duplicates: number[]): FactBlock => ({
        contract: harness.contract,
        source,
        chunk: 0,
        count: offsets.length,
        offsets: Float64Array.from(offsets),
        logTimesMs: Float64Array.from(offsets, (offset) => T0 + offset),
        eventTimesMs: Float64Array.from(offsets, (offset) => T0 - offset),
        idHash: Uint32Array.from(offsets.flatMap((offset) => [offset, 0xffffffff, 0, 0x80000000])),
        duplicateOf: Float64Array.from(duplicates),
        columns: harness.columns(offsets.length),
      });

      it('keeps one row an offset, whatever is repeated', async () => {
        const { store, reader, contract } = harness;
        const source = fresh();
        await store.writeFacts([block(source, [1, 2, 5], [-1, -1, 2])]);
        await store.writeFacts([block(source, [1, 2, 5], [-1, -1, 2]), block(source, [6], [-1])]);
        await store.writeFacts([]);
        const facts = await reader.readFacts(contract, source);
        expect(facts.map(({ offset, duplicateOf }) => [offset, duplicateOf])).toEqual([
          [1, -1],
          [2, -1],
          [5, 2],
          [6, -1],
        ]);
        expect(facts[0]).toMatchObject({
          source,
          logTimeMs: T0 + 1,
          eventTimeMs: T0 - 1,
          idHash: [1, 0xffffffff, 0, 0x80000000],
        });
      });

      it('reads back the ids that counted, those that were taken back too, ascending, from ≤ offset < before', async () => {
        const { store, contract } = harness;
        const source = fresh();
        await store.writeFacts([block(source, [7, 8, 9], [-2, 1, -1]), block(source, [1, 2], [-1, -1])]);
        const verdicts = await store.readVerdicts(contract, source, 2, 9);
        expect(verdicts.count).toBe(2);
        expect([...verdicts.offsets.subarray(0, 2)]).toEqual([2, 7]);
        expect([...verdicts.idHash.subarray(0, 8)]).toEqual([
          ...[2, 0xffffffff, 0, 0x80000000],
          ...[7, 0xffffffff, 0, 0x80000000],
        ]);
        expect((await store.readVerdicts(contract, { ...source, partition: 9 }, 0, 99)).count).toBe(0);
      });
    });

    it('gives facts back as they were written, duplicates too, ascending over all blocks', async () => {
      const { store, contract } = harness;
      const source = fresh();
      const block = (offsets: number[], duplicateOf: number[]): FactBlock => ({
        contract,
        source,
        chunk: 0,
        count: offsets.length,
        offsets: Float64Array.from(offsets),
        logTimesMs: Float64Array.from(offsets, (offset) => T0 + offset),
        eventTimesMs: Float64Array.from(offsets, (offset) => T0 - offset),
        idHash: Uint32Array.from(offsets.flatMap((offset) => [offset, 0xffffffff, 0, 0x80000000])),
        duplicateOf: Float64Array.from(duplicateOf),
        columns: harness.columns(offsets.length),
      });
      await store.writeFacts([block([7, 8, 9], [-1, 1, -1]), block([1, 2], [-1, -1])]);
      const blocks = await store.readChunkFacts(contract, source, 2, 9);
      const rows = blocks.flatMap((each) =>
        Array.from({ length: each.count }, (_, row) => [
          each.offsets[row],
          each.logTimesMs[row],
          each.eventTimesMs[row],
          each.duplicateOf[row],
          ...each.idHash.subarray(row * 4, row * 4 + 4),
        ]),
      );
      expect(rows).toEqual(
        [2, 7, 8].map((offset) => [
          ...[offset, T0 + offset, T0 - offset, offset === 8 ? 1 : -1],
          ...[offset, 0xffffffff, 0, 0x80000000],
        ]),
      );
      const written = valuesOf(harness.columns(9));
      for (const each of blocks)
        for (const [c, values] of valuesOf(each.columns).entries())
          expect(values).toEqual(written[c]!.slice(0, each.count));
      expect(await store.readChunkFacts(contract, source, 3, 7)).toEqual([]);
    });

    it('replaces outcome counts by those that cover more', async () => {
      const { store, reader } = harness;
      const source = fresh();
      const row = { source, chunk: 0, outcome: 'invalid', reason: 'not_json' } as const;
      await store.writeOutcomes([{ ...row, through: 20, count: 3 }]);
      await store.writeOutcomes([{ ...row, through: 10, count: 1 }]);
      await store.writeOutcomes([{ ...row, through: 10, outcome: 'ok', reason: '', count: 9 }]);
      const rows = await reader.readOutcomes(source);
      expect(rows.map(({ outcome, reason, count }) => [outcome, reason, count]).sort()).toEqual([
        ['invalid', 'not_json', 3],
        ['ok', '', 9],
      ]);
      const chunk = await store.readChunkOutcomes(source, 0);
      expect(chunk.map(({ outcome, through, count }) => [outcome, through, count]).sort()).toEqual([
        ['invalid', 20, 3],
        ['ok', 10, 9],
      ]);
      expect(await store.readChunkOutcomes(source, 1)).toEqual([]);
    });

    it('records gaps', async () => {
      const { store, reader } = harness;
      const source = fresh();
      const gap: Gap = {
        source,
        chunk: 0,
        from: 3,
        through: 9,
        fromTimeMs: T0,
        toTimeMs: T0 + 1,
        reason: 'retention',
      };
      await store.writeGap(gap);
      expect(await reader.readGaps(source)).toEqual([gap]);
    });
  });
}

/** Columns by value, whatever their form; absent values are undefined. */
function valuesOf(columns: FactBlock['columns']): unknown[][] {
  return columns.map(({ absent, data }) => {
    const count = data.kind === 'dictionary' ? data.ids.length : data.values.length;
    return Array.from({ length: count }, (_, row) => {
      if (absent?.[row] === 1) return undefined;
      if (data.kind === 'text' || data.kind === 'list') return data.values.at(row);
      return data.kind === 'dictionary' ? data.dictionary.values[data.ids[row]!] : data.values[row];
    });
  });
}

function ledgerRow(source: SourcePartition, chunk: number, some: Partial<LedgerRow>): LedgerRow {
  return { ...unstoredChunk(source, chunk), ...some };
}

function print(offset: number, digit: string): Fingerprint {
  return { offset, logTimeMs: T0 + offset, hash: digit.repeat(16) };
}

function opening(source: SourcePartition, chunk: number, claim: number, openedAtMs: number): ChunkOpening {
  return { source, chunk, claim, openedAtMs, frontierMs: -1, first: print(chunk, 'c') };
}

function sums(events: number, slots: number): bigint[] {
  return Array.from({ length: slots }, (_, slot) => 2n ** 60n + BigInt(events) + BigInt(slot));
}

function paneRow(
  metric: string,
  revision: string,
  dimension: string,
  events: number,
  slots: number,
): PaneRow {
  return {
    metric,
    revision,
    paneStartMs: T0,
    dimensions: [dimension],
    events,
    lateEvents: 1,
    partial: false,
    sums: sums(events, slots),
    extremes: [],
    lastTimesMs: [],
    lastOffsets: [],
    buckets: undefined,
    newHashes: undefined,
  };
}
