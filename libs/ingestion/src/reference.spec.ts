import { compileDecoder, parseContract } from '@freshet/contracts';
import { compileAggregator } from '@freshet/metrics';
import { describe, expect, it } from 'vitest';
import { IngestEngine } from './engine.js';
import { DEFAULT_LIMITS } from './limits.js';
import type { Gap } from './ports.js';
import { silentEvents } from './simulation/fakes.js';
import type { SourceSpec } from './source-spec.js';
import { MemoryDeadLetters, MemoryLog, MemoryStore } from './testing/index.js';

const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);
const SOURCE = { topic: 'products', incarnation: 1, partition: 0 };
const HOUR_MS = 3_600_000;

const TEXT = `apiVersion: freshet/v1
kind: DataContract
name: products
physicalName: products
version: 1.0.0
businessName: Products
owner: commerce-team
encoding: json
reference: { key: sku }
properties:
  - { name: sku, logicalType: string, required: true }
  - { name: category, logicalType: string, required: true, lowCardinality: true }
`;

function specOf(text: string): SourceSpec {
  const { contract, problems } = parseContract(text, 'contracts/products.yaml');
  if (contract === undefined) throw new Error(JSON.stringify(problems));
  return { contract, decoder: compileDecoder(contract), newAggregator: compileAggregator([], contract) };
}

/** A compacted topic of products and those who read it. */
class World {
  nowMs = T0;
  readonly store = new MemoryStore();
  readonly letters = new MemoryDeadLetters();
  readonly log = new MemoryLog(() => this.nowMs);
  readonly gaps: Gap[] = [];
  private owners = 0;

  constructor(readonly policy: 'compact' | 'delete' = 'compact') {
    this.log.createTopic('products', 1, 'append', policy === 'compact');
  }

  engine(text = TEXT): IngestEngine {
    return new IngestEngine({
      sources: [specOf(text)],
      store: this.store,
      log: this.log,
      deadLetters: this.letters,
      clock: { nowMs: () => this.nowMs },
      owner: `instance-${(this.owners += 1)}`,
      events: { ...silentEvents, gap: (gap) => void this.gaps.push(gap) },
      limits: { ...DEFAULT_LIMITS, chunkOffsets: 10 },
    });
  }

  /** An undefined category deletes the key. */
  describe(sku: string, category: string | undefined, key = sku): void {
    const value = category === undefined ? null : Buffer.from(JSON.stringify({ sku, category }));
    this.log.append('products', 0, value, this.nowMs, Buffer.from(key));
  }

  /** Reads all that is there. @returns why it stopped, where it did */
  async readAll(engine: IngestEngine, position: number): Promise<string | undefined> {
    for (let at = position; at < this.log.end('products', 0);) {
      const batch = this.log.fetch('products', 0, at, 1_000);
      const answer = await engine.process('products', batch);
      if (answer.kind !== 'accepted') return 'reason' in answer ? answer.reason : answer.kind;
      at = batch.nextOffset;
    }
    await engine.flush(true);
    return undefined;
  }

  /** By key, as the store reads them: the row of the highest offset, deleted keys left out. */
  async values(): Promise<Record<string, string>> {
    const values = new Map<string, string>();
    for (const { columns, count } of await this.store.readChunkFacts('products', SOURCE, 0, 1_000)) {
      const [sku, category, deleted] = columns.map(({ data }) => data);
      if (sku?.kind !== 'text' || category?.kind !== 'dictionary' || deleted?.kind !== 'boolean')
        throw new Error('columns differ');
      for (let row = 0; row < count; row += 1)
        if (deleted.values[row] === 1) values.delete(sku.values.at(row));
        else values.set(sku.values.at(row), category.dictionary.values[category.ids[row]!]!);
    }
    return Object.fromEntries(values);
  }
}

describe('reference data', () => {
  it('is refused of a compacted topic whose contract is of events', async () => {
    const world = new World();
    const events = TEXT.replace('reference: { key: sku }', 'event: { id: [sku], time: at }').replace(
      'properties:',
      'properties:\n  - { name: at, logicalType: timestamp }',
    );
    await expect(world.engine(events).assign('products', [0])).rejects.toThrow(/compacted.*reference data/);
  });

  it('is what the newest record of each key says; one without a value deletes it', async () => {
    const world = new World();
    world.describe('a', 'Garden');
    world.describe('b', 'Toys');
    world.describe('a', 'Outdoor');
    world.describe('b', undefined);
    world.describe('a', 'Outdoor'); // no duplicate: it would be the newest
    const engine = world.engine();
    await world.readAll(engine, (await engine.assign('products', [0])).get(0)!);
    expect(await world.values()).toEqual({ a: 'Outdoor' });
    expect(await world.store.readOutcomes(SOURCE)).toMatchObject([{ outcome: 'ok', count: 5 }]);
  });

  it('has keys that are the text of their field; others are dead letters', async () => {
    const world = new World();
    world.describe('a', 'Garden', 'b');
    const engine = world.engine();
    await world.readAll(engine, (await engine.assign('products', [0])).get(0)!);
    expect(world.letters.byTopic.get('products.dlq')).toMatchObject([
      { reason: 'key_mismatch', detail: `the record's key is "b" and sku is "a"` },
    ]);
    expect(await world.values()).toEqual({});
  });

  it('is read on right behind what is stored, whatever compaction took of it and ahead', async () => {
    const world = new World();
    for (let n = 0; n < 14; n += 1) {
      world.describe('a', `old ${n}`);
      world.nowMs += HOUR_MS; // chunks of events would end here
    }
    const first = world.engine();
    expect(await world.readAll(first, (await first.assign('products', [0])).get(0)!)).toBeUndefined();
    world.describe('a', 'skipped');
    world.describe('b', 'Toys');
    world.describe('a', 'new');
    // Among them first and last record of chunks that are stored.
    for (let offset = 0; offset < 15; offset += 1) world.log.compact('products', 0, offset);

    const second = world.engine();
    const position = (await second.assign('products', [0])).get(0)!;
    expect(position).toBe(13);
    expect(await world.readAll(second, position)).toBeUndefined();
    expect(await world.values()).toEqual({ a: 'new', b: 'Toys' });
    const counts = await world.store.readOutcomes(SOURCE);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(16);
    expect(world.gaps).toEqual([]);

    await second.observeEnds('products');
    await second.flush(true);
    expect(second.status()[0]).toMatchObject({ provenAtMs: world.nowMs, halted: undefined });
  });

  it('has lost nothing where a compacted topic forgets old segments, and a gap where another one does', async () => {
    for (const policy of ['compact', 'delete'] as const) {
      const world = new World(policy);
      const first = world.engine();
      world.describe('a', 'Garden');
      await world.readAll(first, (await first.assign('products', [0])).get(0)!);
      for (let n = 0; n < 30; n += 1) world.describe('b', `old ${n}`);
      world.describe('c', 'Toys');
      world.log.truncate('products', 0, 31);
      const second = world.engine();
      expect(await world.readAll(second, (await second.assign('products', [0])).get(0)!)).toBeUndefined();
      expect(await world.values()).toEqual({ a: 'Garden', c: 'Toys' });
      expect(world.gaps.map(({ from, through }) => [from, through])).toEqual(
        policy === 'compact' ? [] : [[1, 30]],
      );
    }
  });

  it('halts at a topic that was made anew', async () => {
    const world = new World();
    world.describe('a', 'Garden');
    world.describe('b', 'Toys');
    const first = world.engine();
    await world.readAll(first, (await first.assign('products', [0])).get(0)!);
    world.log.createTopic('products', 1, 'append', true);
    for (let n = 0; n < 5; n += 1) world.describe('x', 'another');
    const second = world.engine();
    const position = (await second.assign('products', [0])).get(0)!;
    expect(await world.readAll(second, position)).toMatch(/not the one that was stored.*recreated/);
  });
});
