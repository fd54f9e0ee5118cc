import { DEFAULT_LIMITS, type EngineLimits } from '../limits.js';
import type { MetricStore } from '../ports.js';
import { MemoryDeadLetters, MemoryLog, MemoryStore, type MemoryRecord } from '../testing/index.js';
import { encodeEvent, METRIC } from './fakes.js';
import { Instance } from './instance.js';
import { Random } from './random.js';
import { recompute } from './recompute.js';

const TOPIC = 'orders';
const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);

const LIMITS: EngineLimits = {
  ...DEFAULT_LIMITS,
  chunkOffsets: 20,
  dedupeHorizonOffsets: 35,
  sliceRecords: 7,
  factRows: 40,
  deadLetters: 10,
  deadLetterShare: 1,
};

export interface SimulationOptions {
  readonly seed: number;
  readonly steps?: number;
  /** Owners that were replaced live on for a while. */
  readonly zombies?: boolean;
  /** Puts something between an engine and its store: switches a safeguard off. */
  readonly alterStore?: (store: MetricStore) => MetricStore;
}

/**
 * Runs one random schedule over one random log, heals everything, and compares what is stored with a recompute.
 * @returns the differences: none when all is well
 */
export async function simulate(options: SimulationOptions): Promise<string[]> {
  const world = new World(options);
  for (let step = 0; step < (options.steps ?? 250); step += 1) await world.step();
  await world.heal();
  return world.differences();
}

class World {
  private readonly random: Random;
  private nowMs = T0;
  private readonly store = new MemoryStore();
  private readonly letters = new MemoryDeadLetters();
  private readonly log = new MemoryLog(() => this.nowMs);
  private readonly history: MemoryRecord[][];
  private readonly partitions: number[];
  private instances: Instance[] = [];
  private started = 0;
  /** Writes of dead processes that may still land. */
  private ghosts: (() => Promise<unknown>)[] = [];

  constructor(private readonly options: SimulationOptions) {
    this.random = new Random(options.seed);
    const count = this.random.between(1, 4);
    this.partitions = Array.from({ length: count }, (_, partition) => partition);
    this.history = this.partitions.map(() => []);
    this.log.createTopic(TOPIC, count);
  }

  async step(): Promise<void> {
    const { random } = this;
    const dice = random.next();
    if (dice < 0.12) this.append();
    else if (dice < 0.2) this.nowMs += random.between(0, random.chance(0.1) ? 400_000 : 20_000);
    else if (dice < 0.23) this.start();
    else if (dice < 0.25) this.crash();
    else if (dice < 0.27) this.rebalance();
    else if (dice < 0.29) await this.ghosts.pop()?.();
    else if (dice < 0.3) this.truncate();
    else if (dice < 0.32) this.transaction();
    else if (this.instances.length > 0) {
      const instance = random.pick(this.instances);
      if (dice < 0.5) instance.read(random.pick(this.partitions), random.chance(0.1));
      else if (dice < 0.58) instance.flush(random.chance(0.4));
      else if (dice < 0.64) await instance.observeEnds();
      else for (let n = random.between(1, 8); n > 0; n -= 1) await this.settle(instance, true);
    }
    await tick();
  }

  /** No more faults: one new owner reads all and stores all. */
  async heal(): Promise<void> {
    for (const partition of this.partitions) this.log.holdStable(TOPIC, partition, undefined);
    for (const instance of this.instances) this.ghosts.push(...instance.crash());
    for (const write of this.ghosts) await write();
    const last = this.newInstance();
    const quiet = async (): Promise<void> => {
      for (await tick(); last.waiting > 0; await tick()) await this.settle(last, false);
    };
    last.assign(this.partitions);
    await quiet();
    for (let round = 0; round < 200; round += 1) {
      for (const partition of this.partitions) last.read(partition, false);
      await tick();
      if (round % 3 === 0) {
        await last.observeEnds();
        last.flush(true);
      }
      await quiet();
    }
  }

  async differences(): Promise<string[]> {
    const found: string[] = [];
    const compare = (what: string, expected: unknown, stored: unknown): void => {
      const [a, b] = [JSON.stringify(expected), JSON.stringify(stored)];
      if (a !== b) found.push(`${what}: expected ${a}, stored ${b}`);
    };
    const panes = await this.store.readPanes(METRIC);
    for (const partition of this.partitions) {
      const source = { topic: TOPIC, incarnation: 1, partition };
      const expected = recompute(this.history[partition]!, this.store.advancesOf(source), {
        ...LIMITS,
        horizonOffsets: LIMITS.dedupeHorizonOffsets,
      });
      const sums = new Map<string, { events: number; late: number; sum: number }>();
      const chunks = new Set<number>();
      for (const { source: of, chunk, row } of panes) {
        if (of.partition !== partition) continue;
        chunks.add(chunk);
        const key = `${row.paneStartMs}/${row.dimensions[0]}`;
        const pane = sums.get(key) ?? { events: 0, late: 0, sum: 0 };
        pane.events += row.events;
        pane.late += row.lateEvents;
        pane.sum += Number(row.sums[0]);
        sums.set(key, pane);
      }
      const stored = [...sums].map(([key, { events, late, sum }]) => [
        key,
        `${events} (${late} late) = ${sum}`,
      ]);
      compare(`panes of ${partition}`, sorted(expected.panes), stored.sort());
      compare(`chunks of ${partition}`, [...expected.chunks].sort(ascending), [...chunks].sort(ascending));
      const facts = await this.store.readFacts(TOPIC, source);
      compare(
        `verdicts of ${partition}`,
        [...expected.verdicts],
        facts.map(({ offset, duplicateOf }) => [offset, duplicateOf]),
      );
      const outcomes = new Map<string, number>();
      for (const { outcome, reason, count } of await this.store.readOutcomes(source)) {
        const key = `${outcome}/${reason}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + count);
      }
      compare(`outcomes of ${partition}`, sorted(expected.outcomes), sorted(outcomes));
      compare(`letters of ${partition}`, expected.invalid, this.letters.offsets(`${TOPIC}.dlq`, partition));
      const [end] = await this.log.ends(TOPIC, [partition]);
      const through = Math.max(...this.store.ledgerOf(source).map(({ panesThrough }) => panesThrough));
      compare(`ledger of ${partition}`, end!.highWatermark - 1, through);
    }
    return found;
  }

  private async settle(instance: Instance, faults: boolean): Promise<void> {
    await instance.step(faults);
    await tick();
  }

  private append(): void {
    const { random } = this;
    const partition = random.pick(this.partitions);
    const history = this.history[partition]!;
    for (let n = random.between(1, 15); n > 0; n -= 1) {
      this.nowMs += random.between(0, 3_000);
      const value = this.value(history.length);
      const offset = this.log.append(TOPIC, partition, value);
      history.push({ offset, logTimeMs: this.nowMs, key: null, value });
    }
  }

  private value(soFar: number): Uint8Array | null {
    const { random } = this;
    if (random.chance(0.03)) return null;
    if (random.chance(0.05)) return Buffer.from('{"id":');
    const late = random.chance(0.2) ? 900_000 : 5_000;
    const timeMs = random.chance(0.03) ? this.nowMs + 86_400_000 : this.nowMs - random.between(0, late);
    const id = random.chance(0.15) ? random.between(0, soFar + 1) : 1_000_000 + random.between(0, 1_000_000);
    const [region, amount] = [random.pick(['eu', 'us', 'apac']), random.between(-50, 100)];
    return encodeEvent({ id, timeMs, region, amount });
  }

  private newInstance(): Instance {
    const { random, store, log, letters, options } = this;
    const clock = { nowMs: () => this.nowMs };
    const alter = options.alterStore ?? ((same: MetricStore) => same);
    const name = `instance-${(this.started += 1)}`;
    return new Instance(name, TOPIC, random, store, log, letters, clock, LIMITS, alter);
  }

  private start(): void {
    if (this.instances.length >= 2) return;
    if (this.instances.length > 0 && this.options.zombies !== true) return;
    const instance = this.newInstance();
    this.instances.push(instance);
    // Where another lives on, it is not told: two owners at once.
    instance.assign(this.partitions.filter(() => this.random.chance(0.8)));
  }

  private crash(): void {
    if (this.instances.length === 0) return;
    const dead = this.random.pick(this.instances);
    this.instances = this.instances.filter((instance) => instance !== dead);
    this.ghosts.push(...dead.crash());
  }

  private rebalance(): void {
    if (this.instances.length === 0) return;
    const instance = this.random.pick(this.instances);
    if (!instance.assigning) instance.assign(this.partitions.filter(() => this.random.chance(0.8)));
  }

  /** Retention takes whole sealed chunks, now and then. */
  private truncate(): void {
    const partition = this.random.pick(this.partitions);
    const rows = this.store.ledgerOf({ topic: TOPIC, incarnation: 1, partition });
    const open = rows.find((row) => row.end < 0 || row.panesThrough < row.end || row.factsThrough < row.end);
    if (open !== undefined) this.log.truncate(TOPIC, partition, open.chunk);
  }

  private transaction(): void {
    const partition = this.random.pick(this.partitions);
    if (this.random.chance(0.5)) this.log.appendControl(TOPIC, partition, this.random.between(1, 4));
    else {
      const length = this.history[partition]!.at(-1)?.offset;
      this.log.holdStable(TOPIC, partition, this.random.chance(0.5) ? undefined : length);
    }
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Lets every promise that can go on do so. */
function tick(): Promise<void> {
  return new Promise(setImmediate);
}
