import { describe, expect, it } from 'vitest';
import { IngestEngine, type EngineOptions } from './engine.js';
import { unstoredChunk } from './known-chunks.js';
import { DEFAULT_LIMITS, type EngineLimits } from './limits.js';
import type { FetchedBatch, MetricStore } from './ports.js';
import { encodeEvent, fakeSource, METRIC, silentEvents } from './simulation/fakes.js';
import { MemoryDeadLetters, MemoryLog, MemoryStore } from './testing/index.js';

const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);
const SOURCE = { topic: 'orders', incarnation: 1, partition: 0 };

class World {
  nowMs = T0;
  readonly store = new MemoryStore();
  readonly letters = new MemoryDeadLetters();
  readonly log = new MemoryLog(() => this.nowMs);
  private ids = 0;
  private owners = 0;

  constructor(
    readonly limits: Partial<EngineLimits> = {},
    partitions = 1,
  ) {
    this.log.createTopic('orders', partitions);
  }

  engine(some: Partial<EngineOptions> = {}): IngestEngine {
    return new IngestEngine({
      sources: [fakeSource('orders')],
      store: this.store,
      log: this.log,
      deadLetters: this.letters,
      clock: { nowMs: () => this.nowMs },
      owner: `instance-${(this.owners += 1)}`,
      events: silentEvents,
      limits: { ...DEFAULT_LIMITS, chunkOffsets: 10, dedupeHorizonOffsets: 30, ...this.limits },
      ...some,
    });
  }

  order(id = (this.ids += 1), amount = 1, timeMs = this.nowMs): number {
    return this.log.append('orders', 0, encodeEvent({ id, timeMs, region: 'eu', amount }));
  }

  fetch(position: number, max = 1_000): FetchedBatch {
    return this.log.fetch('orders', 0, position, max);
  }

  async observe(engine: IngestEngine): Promise<void> {
    await engine.observeEnds('orders');
  }

  async total(): Promise<{ events: number; late: number }> {
    const panes = await this.store.readPanes(METRIC);
    return {
      events: panes.reduce((sum, { row }) => sum + row.events, 0),
      late: panes.reduce((sum, { row }) => sum + row.lateEvents, 0),
    };
  }
}

describe('reading', () => {
  it('accepts a batch only at exactly its next position', async () => {
    const world = new World();
    for (let n = 0; n < 6; n += 1) world.order();
    const engine = world.engine();
    expect(await engine.assign('orders', [0])).toEqual(new Map([[0, 0]]));
    expect(await engine.process('orders', world.fetch(2))).toEqual({ kind: 'seek', position: 0 });
    expect(await engine.process('orders', world.fetch(0, 4))).toEqual({ kind: 'accepted' });
    expect(await engine.process('orders', world.fetch(0, 4))).toEqual({ kind: 'seek', position: 4 });
    expect(await engine.process('orders', world.fetch(4))).toEqual({ kind: 'accepted' });
    await engine.flush(true);
    expect((await world.total()).events).toBe(6);
  });

  it('does not know partitions that it does not own', async () => {
    const world = new World();
    world.order();
    const engine = world.engine();
    expect(await engine.process('orders', world.fetch(0))).toEqual({ kind: 'unowned' });
    await engine.assign('orders', [0]);
    engine.revokeAll('orders');
    expect(await engine.process('orders', world.fetch(0))).toEqual({ kind: 'unowned' });
  });

  it('counts each id once within the horizon and says of which offset a duplicate is', async () => {
    const world = new World({ dedupeHorizonOffsets: 5 });
    for (const id of [1, 2, 1, 3, 4, 5, 6, 1]) world.order(id);
    const engine = world.engine();
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0));
    await engine.flush(true);
    const facts = await world.store.readFacts('orders', SOURCE);
    expect(facts.map(({ duplicateOf }) => duplicateOf)).toEqual([-1, -1, 0, -1, -1, -1, -1, -1]);
    expect(await world.store.readOutcomes(SOURCE)).toMatchObject([
      { outcome: 'ok', count: 7 },
      { outcome: 'duplicate', count: 1 },
    ]);
  });
});

describe('a flush of one topic', () => {
  it('leaves the others for a later one', async () => {
    const world = new World();
    world.order();
    world.log.createTopic('refunds', 1);
    world.log.append('refunds', 0, encodeEvent({ id: 1, timeMs: T0, region: 'eu', amount: 1 }));
    const engine = world.engine({ sources: [fakeSource('orders'), fakeSource('refunds')] });
    for (const topic of ['orders', 'refunds']) {
      await engine.assign(topic, [0]);
      await engine.process(topic, world.log.fetch(topic, 0, 0, 10));
    }
    expect(engine.load().dirty).toEqual(new Set(['orders', 'refunds']));
    await engine.flush(false, new Set(['orders']));
    expect((await world.total()).events).toBe(1);
    expect(engine.load().dirty).toEqual(new Set(['refunds']));
    await engine.flush(false);
    expect((await world.total()).events).toBe(2);
  });
});

describe('a flush without facts', () => {
  const factsAfter = async (isMappedBy: boolean): Promise<number> => {
    const world = new World();
    world.order();
    const engine = world.engine({ sources: [{ ...fakeSource('orders'), isMappedBy }] });
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0));
    await engine.flush(false);
    expect((await world.total()).events).toBe(1);
    return (await world.store.readFacts('orders', SOURCE)).length;
  };

  it('leaves them for a larger block', async () => {
    expect(await factsAfter(false)).toBe(0);
  });

  it('takes those that metrics of other topics are mapped by, for which its progress vouches', async () => {
    expect(await factsAfter(true)).toBe(1);
  });
});

describe('resume', () => {
  it('goes on at the start of the open chunk and loses nothing that was not stored', async () => {
    const world = new World();
    for (let n = 0; n < 17; n += 1) world.order();
    const first = world.engine();
    await first.assign('orders', [0]);
    await first.process('orders', world.fetch(0, 13));
    await first.flush(true);
    await first.process('orders', world.fetch(13));

    const second = world.engine();
    // The chunk begins at 10; the record before is read once more, to be compared.
    expect((await second.assign('orders', [0])).get(0)).toBe(9);
    await second.process('orders', world.fetch(9));
    await second.flush(true);
    expect((await world.total()).events).toBe(17);
    const panes = await world.store.readPanes(METRIC);
    expect(panes.map(({ chunk, through }) => [chunk, through])).toEqual([
      [0, 9],
      [10, 16],
    ]);
  });

  it('finds duplicates of events that an earlier owner counted', async () => {
    const world = new World();
    for (let n = 0; n < 10; n += 1) world.order(n);
    const first = world.engine();
    await first.assign('orders', [0]);
    await first.process('orders', world.fetch(0));
    await first.flush(true);
    world.order(3);
    const second = world.engine();
    const position = (await second.assign('orders', [0])).get(0)!;
    await second.process('orders', world.fetch(position));
    await second.flush(true);
    expect((await world.total()).events).toBe(10);
  });

  it('does not show a rebuilt chunk before it is as long as the stored one', async () => {
    const world = new World();
    for (let n = 0; n < 8; n += 1) world.order();
    const first = world.engine();
    await first.assign('orders', [0]);
    await first.process('orders', world.fetch(0));
    await first.flush(true);
    const second = world.engine();
    await second.assign('orders', [0]);
    await second.process('orders', world.fetch(0, 5));
    expect(second.status()[0]).toMatchObject({ rebuilding: true, position: 5 });
    expect((await second.flush(true)).paneRows).toBe(0);
    await second.process('orders', world.fetch(5));
    expect((await second.flush(true)).paneRows).toBe(1);
    expect((await world.total()).events).toBe(8);
  });

  it('halts on a recreated topic: another record at a stored offset', async () => {
    const world = new World();
    for (let n = 0; n < 5; n += 1) world.order();
    const first = world.engine();
    await first.assign('orders', [0]);
    await first.process('orders', world.fetch(0));
    await first.flush(true);
    world.log.createTopic('orders', 1);
    for (let n = 0; n < 8; n += 1) world.order();
    const second = world.engine();
    await second.assign('orders', [0]);
    expect(await second.process('orders', world.fetch(0))).toMatchObject({ kind: 'halted' });
    await second.flush(true);
    expect(second.status()[0]?.halted).toContain('recreated');
    expect((await world.total()).events).toBe(5);
  });

  it('refuses a log that ends before what is stored', async () => {
    const world = new World();
    for (let n = 0; n < 5; n += 1) world.order();
    const first = world.engine();
    await first.assign('orders', [0]);
    await first.process('orders', world.fetch(0));
    await first.flush(true);
    world.log.createTopic('orders', 1);
    const second = world.engine();
    expect((await second.assign('orders', [0])).size).toBe(0);
    expect(second.status()[0]?.halted).toContain('recreated');
  });

  it('keeps its state over a rebalance when nobody else claimed the partition', async () => {
    const world = new World();
    for (let n = 0; n < 5; n += 1) world.order();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0, 4));
    // Its newest record is read once more, to be compared, and counts once.
    expect((await engine.assign('orders', [0])).get(0)).toBe(3);
    expect(await engine.process('orders', world.fetch(3))).toEqual({ kind: 'accepted' });
    await engine.flush(true);
    expect((await world.total()).events).toBe(5);
    await world.engine().assign('orders', [0]);
    expect((await engine.assign('orders', [0])).get(0)).toBe(0);
  });

  it('begins where the first owner began, whatever start another instance proposed', async () => {
    const world = new World();
    for (let n = 0; n < 25; n += 1) world.order();
    await world.store.writeLedger([unstoredChunk(SOURCE, 5)]);
    const first = world.engine();
    expect((await first.assign('orders', [0])).get(0)).toBe(5);
    await first.process('orders', world.fetch(5, 5));
    await first.process('orders', world.fetch(10, 10));
    await first.flush(true);
    // Proposals that land when the start is decided: below, inside and above what was read.
    await world.store.writeLedger([0, 7, 23].map((chunk) => unstoredChunk(SOURCE, chunk)));
    const second = world.engine();
    expect((await second.assign('orders', [0])).get(0)).toBe(19);
    await second.process('orders', world.fetch(19));
    await second.flush(true);
    const third = world.engine();
    await third.process('orders', world.fetch((await third.assign('orders', [0])).get(0)!));
    await third.flush(true);
    expect((await world.total()).events).toBe(20);
  });

  it('never goes on under a claim that another instance made at the same moment', async () => {
    const world = new World();
    world.order();
    await world.engine().register('orders');
    const rival = { source: SOURCE, claim: 1, owner: '', atMs: T0 };
    const writeClaims = world.store.writeClaims.bind(world.store);
    world.store.writeClaims = async (claims) => {
      await writeClaims([rival]);
      await writeClaims(claims);
    };
    const engine = world.engine();
    await engine.assign('orders', [0]);
    expect(engine.status()[0]?.claim).toBe(2);

    rival.claim = 3;
    rival.owner = 'zzz';
    await expect(world.engine().assign('orders', [0])).rejects.toThrow('at the same moment');
  });
});

describe('retention', () => {
  it('records what it took before it was read, and goes on behind it', async () => {
    const world = new World();
    for (let n = 0; n < 25; n += 1) world.order();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0, 4));
    world.log.truncate('orders', 0, 12);
    await world.observe(engine);
    expect(await engine.process('orders', world.fetch(13))).toEqual({ kind: 'seek', position: 12 });
    await engine.process('orders', world.fetch(12));
    await engine.flush(true);
    expect(await world.store.readGaps(SOURCE)).toMatchObject([{ from: 4, through: 11, reason: 'retention' }]);
    expect((await world.total()).events).toBe(17);
  });

  it('keeps the sums of records that were stored before it took them', async () => {
    const world = new World({ chunkOffsets: 100 });
    for (let n = 0; n < 20; n += 1) world.order();
    const first = world.engine();
    await first.assign('orders', [0]);
    await first.process('orders', world.fetch(0, 10));
    await first.flush(true);
    await first.process('orders', world.fetch(10, 5));
    await first.flush(false); // panes through 14, facts through 9
    world.log.truncate('orders', 0, 8);
    const second = world.engine();
    const position = (await second.assign('orders', [0])).get(0)!;
    expect(position).toBe(10);
    await second.process('orders', world.fetch(position));
    await second.flush(true);
    expect((await world.total()).events).toBe(20);
    expect(await world.store.readGaps(SOURCE)).toEqual([]);
    expect((await world.store.readFacts('orders', SOURCE)).length).toBe(20);
  });
});

describe('a topic that is recreated under a running reader', () => {
  it('halts the partition instead of waiting in silence for the new log to grow', async () => {
    const world = new World();
    for (let n = 0; n < 6; n += 1) world.order();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0));
    await world.observe(engine);
    await engine.flush(true);
    expect(engine.status()[0]?.halted).toBeUndefined();

    world.log.createTopic('orders', 1);
    world.order();
    await world.observe(engine);
    expect(engine.status()[0]?.halted).toContain('recreated');
    expect((await world.total()).events).toBe(6);
  });

  it('halts it also when its state is kept over the assignment that the new log begins with', async () => {
    const world = new World();
    for (let n = 0; n < 6; n += 1) world.order();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0));
    await engine.flush(true);

    world.log.createTopic('orders', 1);
    for (let n = 0; n < 9; n += 1) world.order();
    const position = (await engine.assign('orders', [0])).get(0)!;
    expect(await engine.process('orders', world.fetch(position))).toMatchObject({ kind: 'halted' });
    await engine.flush(true);
    expect((await world.total()).events).toBe(6);
  });
});

describe('time', () => {
  it('advances an idle partition by the clock, stored before it takes effect and seen again by a rebuild', async () => {
    const world = new World();
    world.order();
    const first = world.engine();
    await first.assign('orders', [0]);
    await first.process('orders', world.fetch(0));
    await first.flush(true);
    await world.observe(first);
    world.nowMs += 600_000;
    await world.observe(first);
    await first.flush(false);
    expect(world.store.advancesOf(SOURCE).filter(({ frontierMs }) => frontierMs >= 0)).toEqual([
      { source: SOURCE, position: 1, frontierMs: world.nowMs, claim: 1, owner: 'instance-1' },
    ]);
    world.order(undefined, 1, T0); // its pane is final by now
    await first.process('orders', world.fetch(1));
    await first.flush(true);
    expect(await world.total()).toEqual({ events: 2, late: 1 });

    const second = world.engine();
    const position = (await second.assign('orders', [0])).get(0)!;
    await second.process('orders', world.fetch(position));
    world.order();
    await second.process('orders', world.fetch(2));
    await second.flush(true);
    expect(await world.total()).toEqual({ events: 3, late: 1 });
  });

  it('leaves the frontier alone while the end keeps moving, so that a backlog is not called late', async () => {
    const world = new World();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    for (let minute = 0; minute < 20; minute++) {
      world.order(undefined, 1, T0 + minute * 60_000);
      world.nowMs += 1_000;
      await engine.process('orders', world.fetch(minute));
      await world.observe(engine);
      await engine.flush(true);
    }
    expect(world.store.advancesOf(SOURCE).filter(({ frontierMs }) => frontierMs >= 0)).toEqual([]);
    expect(await world.total()).toEqual({ events: 20, late: 0 });
  });

  it('proves the end only when nothing is held back and all of it is read', async () => {
    const world = new World();
    world.order();
    world.order();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    const proven = () =>
      world.store.ledgerOf(SOURCE).reduce((most, row) => Math.max(most, row.provenAtMs), -1);
    world.log.holdStable('orders', 0, 1);
    world.nowMs += 1_000;
    await engine.process('orders', world.fetch(0));
    await world.observe(engine);
    await engine.flush(true);
    expect(proven()).toBe(-1);
    world.log.holdStable('orders', 0, undefined);
    world.nowMs += 1_000;
    await world.observe(engine);
    await engine.flush(true);
    expect(proven()).toBe(-1);
    const askedAtMs = world.nowMs;
    world.nowMs += 1_000;
    await engine.process('orders', world.fetch(1));
    await engine.flush(true);
    expect(proven()).toBe(askedAtMs);
  });

  it('counts an event far ahead of its log time and does not let it move the frontier', async () => {
    const world = new World();
    world.order(undefined, 1, T0 + 86_400_000);
    world.order();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0));
    await engine.flush(true);
    expect(engine.status()[0]?.frontierMs).toBe(T0);
    expect(await world.total()).toEqual({ events: 2, late: 0 });
  });
});

describe('invalid records', () => {
  it('become dead letters, acknowledged before the ledger passes them', async () => {
    const world = new World();
    world.order();
    world.log.append('orders', 0, Buffer.from('{'));
    let letters = -1;
    const store: MetricStore = Object.assign(Object.create(world.store) as MemoryStore, {
      writeLedger: async (rows: Parameters<MetricStore['writeLedger']>[0]) => {
        if (rows.some(({ panesThrough }) => panesThrough >= 1))
          letters = world.letters.offsets('orders.dlq', 0).length;
        await world.store.writeLedger(rows);
      },
    });
    const engine = world.engine({ store });
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0));
    await engine.flush(true);
    expect(letters).toBe(1);
    expect(world.letters.byTopic.get('orders.dlq')?.[0]).toMatchObject({ offset: 1, reason: 'not_json' });
  });

  it('halt the partition when they come in a long run', async () => {
    const world = new World({ deadLetterRun: 3 });
    world.order();
    for (let n = 0; n < 9; n += 1) world.log.append('orders', 0, Buffer.from('{'));
    const engine = world.engine();
    await engine.assign('orders', [0]);
    expect(await engine.process('orders', world.fetch(0))).toMatchObject({ kind: 'halted' });
    await engine.flush(true);
    expect(world.letters.offsets('orders.dlq', 0)).toEqual([1, 2, 3]);
    expect(world.store.ledgerOf(SOURCE)[0]).toMatchObject({ panesThrough: 3 });
  });
});

describe('flushing', () => {
  it('repeats a failed plan whole and accumulates the next meanwhile', async () => {
    const world = new World();
    for (let n = 0; n < 6; n += 1) world.order();
    let down = true;
    const store: MetricStore = Object.assign(Object.create(world.store) as MemoryStore, {
      writeFacts: async (blocks: Parameters<MetricStore['writeFacts']>[0]) => {
        await world.store.writeFacts(blocks);
        if (down) throw new Error('the answer was lost');
      },
    });
    const engine = world.engine({ store });
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0, 4));
    await expect(engine.flush(true)).rejects.toThrow('writing rows');
    expect(world.store.ledgerOf(SOURCE)[0]?.panesThrough).toBe(-1);
    await engine.process('orders', world.fetch(4));
    down = false;
    await engine.flush(true);
    expect(world.store.ledgerOf(SOURCE)[0]?.panesThrough).toBe(3);
    await engine.flush(true);
    expect(await world.total()).toEqual({ events: 6, late: 0 });
  });

  it.each([{ factRows: 4 }, { factBytes: 70 }, { paneRows: 1 }])(
    'lets reading wait while buffers are full: %o',
    async (limits) => {
      const world = new World({ ...limits, chunkOffsets: 100 });
      for (let n = 0; n < 12; n += 1) world.order();
      const engine = world.engine();
      await engine.assign('orders', [0]);
      await engine.process('orders', world.fetch(0, 5));
      let accepted = false;
      const second = engine.process('orders', world.fetch(5, 5)).then((answer) => {
        accepted = answer.kind === 'accepted';
      });
      await new Promise(setImmediate);
      expect(accepted).toBe(false);
      expect(engine.load().pressure).toBeGreaterThanOrEqual(1);
      await engine.flush(true);
      await second;
      expect(accepted).toBe(true);
    },
  );

  it('has nothing left to store of a partition that was halted with a proof that no flush took', async () => {
    const world = new World();
    world.order();
    const engine = world.engine();
    await engine.assign('orders', [0]);
    await engine.process('orders', world.fetch(0));
    await engine.flush(true);
    world.nowMs += 500;
    await world.observe(engine);
    expect(engine.load().dirty.size).toBe(1);
    world.log.createTopic('orders', 1);
    world.nowMs += 500;
    await world.observe(engine);
    expect(engine.status()[0]?.halted).toContain('recreated');
    expect(engine.load().dirty.size).toBe(0);
  });

  it('tells of no backlog that a halted partition does not read', async () => {
    const world = new World({ deadLetterRun: 2 }, 2);
    const engine = world.engine();
    await engine.assign('orders', [0, 1]);
    for (let n = 0; n < 50; n += 1) world.log.append('orders', 0, Buffer.from('{'));
    await world.observe(engine);
    expect(engine.load().backlogRecords).toBe(50);
    expect(await engine.process('orders', world.fetch(0, 10))).toMatchObject({ kind: 'halted' });
    expect(engine.load().backlogRecords).toBe(0);
    expect(engine.status()[0]?.backlogRecords).toBeGreaterThan(0);
  });

  it('takes no more pane rows at once than it may hold, and leaves no partition behind', async () => {
    const world = new World({ paneRows: 1 }, 3);
    const engine = world.engine();
    await engine.assign('orders', [0, 1, 2]);
    const event = encodeEvent({ id: 1, timeMs: T0, region: 'eu', amount: 1 });
    for (const partition of [0, 1, 2]) world.log.append('orders', partition, event);
    const reads = [0, 1, 2].map((partition) =>
      engine.process('orders', world.log.fetch('orders', partition, 0, 10)),
    );
    const rows: number[] = [];
    for (let n = 0; n < 4; n += 1) rows.push((await engine.flush(true)).paneRows);
    await Promise.all(reads);
    expect(rows).toEqual([1, 1, 1, 0]);
    expect(engine.load().dirty.size).toBe(0);
    expect((await world.total()).events).toBe(3);
  });

  it('gives every partition a ledger row, read or not', async () => {
    const world = new World({}, 3);
    const engine = world.engine();
    await engine.register('orders');
    const known = await world.store.loadLedger('orders', [0, 1, 2]);
    expect(known.map(({ chunks }) => chunks[0]?.panesThrough)).toEqual([-1, -1, -1]);
  });
});
