import type { ChunkPanes, LedgerRow, SourcePartition } from '../ports.js';
import { MemoryDeadLetters, MemoryLog, MemoryStore } from '../testing/index.js';
import { Archiving } from './archiving.js';
import { drawValue } from './draw-value.js';
import { fakeSource, REVISIONS, type Revision } from './fakes.js';
import { Instance } from './instance.js';
import { LIMITS, TOPIC, type SimulationOptions } from './options.js';
import { Random } from './random.js';
import { drawTraits, type Traits } from './traits.js';
import { TopicLives, type EndedLife } from './topic-lives.js';
import { Retention } from './retention.js';
import { Witness, type WorldRecord } from './witness.js';

const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);
const MOST_PARTITIONS = 3;

/** A log, a store, ingest processes and a schedule of what happens to them, all drawn from one seed. */
export class World {
  readonly store: MemoryStore;
  readonly witness: Witness;
  readonly traits: Traits;
  readonly letters = new MemoryDeadLetters();
  readonly log = new MemoryLog(() => this.nowMs);
  readonly logTime: 'append' | 'create';
  readonly history: WorldRecord[][] = [];
  /** Partitions of which retention took what was not stored. */
  readonly lossy = new Set<number>();
  /** Chunks that were sealed by an engine of this revision, as `revision/incarnation/partition/chunk`. */
  readonly sealedBy = new Set<string>();
  /** Undefined: nobody archives. */
  readonly archiving: Archiving | undefined;
  private readonly random: Random;
  /** Draws what traits bring, so that the rest of a schedule stays as it is without them. */
  private readonly traitRandom: Random;
  private readonly lives: TopicLives;
  private readonly retention: Retention;
  private nowMs = T0;
  private instances: Instance[] = [];
  private started = 0;
  private revision: Revision;
  private readonly nextRevision: Revision;
  /** Replaced owners live on. */
  private readonly zombies: boolean;
  /** Writes of dead processes that may still land. */
  private ghosts: (() => Promise<unknown>)[] = [];

  constructor(private readonly options: SimulationOptions) {
    this.random = new Random(options.seed);
    this.traitRandom = new Random(options.seed ^ 0x3c3c);
    this.traits = drawTraits(options.seed, options.plain ?? false);
    this.store = options.makeStore?.() ?? new MemoryStore();
    this.witness = new Witness(this.store, (source) => this.lives.recordsOf(source), this.traits.skewMs);
    [this.revision, this.nextRevision] = options.revisions ?? REVISIONS;
    if (this.traits.archives) {
      this.revision = this.nextRevision;
      this.archiving = new Archiving(this, options.seed, options.makeArchive);
    }
    this.logTime = this.random.chance(0.25) ? 'create' : 'append';
    this.zombies = this.random.chance(0.5);
    const count = this.random.between(1, MOST_PARTITIONS + 1);
    for (let n = 0; n < count; n += 1) this.history.push([]);
    this.log.createTopic(TOPIC, count, this.logTime, this.traits.compacted);
    this.lives = new TopicLives(this, this.traitRandom, () => this.instances);
    this.retention = new Retention(this, this.random);
    if (this.traits.start === 'latest')
      for (let n = this.traitRandom.between(1, 9); n > 0; n -= 1) this.append();
  }

  /** The broker's clock, epoch ms. */
  get timeMs(): number {
    return this.nowMs;
  }

  get partitions(): number[] {
    return this.history.map((_, partition) => partition);
  }

  async step(): Promise<void> {
    const { random } = this;
    await this.traitStep();
    const dice = random.next();
    if (dice < 0.12) this.append();
    else if (dice < 0.2) this.nowMs += random.between(0, random.chance(0.1) ? 400_000 : 20_000);
    else if (dice < 0.23) this.start();
    else if (dice < 0.245) this.crash();
    else if (dice < 0.265) this.rebalance();
    else if (dice < 0.285) await this.ghosts.splice(random.between(0, this.ghosts.length), 1)[0]?.();
    else if (dice < 0.3) this.retention.step();
    else if (dice < 0.32) this.transaction();
    else if (dice < 0.325) this.revision = this.nextRevision;
    else if (dice < 0.328) this.addPartition();
    else if (dice < 0.335) this.freeze();
    else if (dice < 0.36) await this.idle();
    else {
      const awake = this.instances.filter(({ frozen }) => !frozen);
      if (awake.length === 0) return;
      const instance = random.pick(awake);
      if (dice < 0.5) instance.read(random.pick(this.partitions), random.chance(0.1));
      else if (dice < 0.58) instance.flush(random.chance(0.4));
      else if (dice < 0.64) await instance.observeEnds();
      else for (let n = random.between(1, 8); n > 0; n -= 1) await this.settle(instance, true);
    }
    await tick();
  }

  /** No more faults: one new owner reads all and stores all. */
  async heal(): Promise<void> {
    // Some writes that were on their way never arrive, some before the last owner begins, some after all is done.
    this.ghosts = this.ghosts.filter(() => this.random.chance(0.7));
    for (const partition of this.partitions) this.log.holdStable(TOPIC, partition, undefined);
    for (const instance of this.instances) this.ghosts.push(...instance.crash().slice(0, 3));
    this.revision = this.nextRevision;
    await this.lives.heal();
    const late = this.ghosts.filter(() => this.random.chance(0.5));
    for (const write of this.ghosts) if (!late.includes(write)) await write();
    const last = this.newInstance();
    const quiet = async (): Promise<void> => {
      for (await tick(); last.waiting > 0; await tick()) await this.settle(last, false);
    };
    last.assign(this.partitions);
    await quiet();
    const done = (): boolean =>
      this.partitions.every(
        (partition) => (last.positions.get(partition) ?? 0) >= this.log.end(TOPIC, partition),
      );
    for (let round = 0; round < 60 && !(round > 3 && done()); round += 1) {
      for (const partition of this.partitions) last.read(partition, false);
      await tick();
      if (round % 3 === 0) {
        await last.observeEnds();
        last.flush(true);
      }
      await quiet();
      await this.archiving?.step(3);
    }
    for (let round = 0; round < 2; round += 1) {
      last.flush(true);
      await quiet();
    }
    for (const write of late) {
      await this.archiving?.step(12);
      await write();
    }
    await this.archiving?.heal();
  }

  sourceOf(partition: number): SourcePartition {
    return { topic: TOPIC, incarnation: this.lives.incarnation, partition };
  }

  /** The log is another one than the ledger tells of, until an operator says so. */
  get isUnknownLife(): boolean {
    return this.lives.isUnknown;
  }

  /** What the topic held before it was recreated. */
  get before(): EndedLife | undefined {
    return this.lives.before;
  }

  private async traitStep(): Promise<void> {
    const { traits, traitRandom } = this;
    if (traits.compacted && traitRandom.chance(0.2)) {
      const partition = traitRandom.pick(this.partitions);
      this.log.compact(TOPIC, partition, traitRandom.between(0, this.log.end(TOPIC, partition) + 1));
    }
    if (traits.recreated) await this.lives.step();
    await this.archiving?.step(12);
  }

  private async settle(instance: Instance, faults: boolean): Promise<void> {
    await instance.step(faults);
    await tick();
  }

  private append(lateMs?: number): number {
    const { random } = this;
    const partition = random.pick(this.partitions);
    const history = this.history[partition]!;
    for (let n = random.between(1, 15); n > 0; n -= 1) {
      this.nowMs += random.between(0, 3_000);
      // A producer's clock may be wrong, and its records may come in another order than their stamps.
      const logTimeMs = this.logTime === 'append' ? this.nowMs : this.nowMs + random.between(-90_000, 90_000);
      const value = drawValue(
        random,
        this.nowMs,
        history.length,
        lateMs ?? (random.chance(0.2) ? 900_000 : 5_000),
      );
      const offset = this.log.append(TOPIC, partition, value, logTimeMs);
      history.push({ offset, logTimeMs, key: null, value, appendedAtMs: this.nowMs });
    }
    return partition;
  }

  private newInstance(): Instance {
    const { random, traitRandom, store, log, letters, options, revision } = this;
    const { start, maxSeries, slowLog, repeats, skewMs } = this.traits;
    const aheadMs = skewMs === 0 ? 0 : traitRandom.between(-skewMs, skewMs);
    return new Instance({
      name: `instance-${(this.started += 1)}`,
      source: fakeSource(TOPIC, revision, start, maxSeries),
      random,
      store,
      log,
      letters,
      clock: { nowMs: () => this.nowMs + aheadMs },
      limits: LIMITS,
      isLogSlow: slowLog,
      alter: options.alterStore ?? ((same) => same),
      alterLetters: options.alterLetters ?? ((same) => same),
      stored: (method, rows) => {
        this.witness.stored(method, rows);
        if (method === 'writePanes') void this.archiving?.archive.writePanes(rows as readonly ChunkPanes[]);
        if (method === 'writeLedger') this.noteSealed(revision, rows as readonly LedgerRow[]);
      },
      repeatable: (write) => {
        if (repeats && traitRandom.chance(0.1)) this.ghosts.push(write);
      },
    });
  }

  private noteSealed(by: Revision, rows: readonly LedgerRow[]): void {
    for (const { source, chunk, end, panesThrough } of rows)
      if (end >= 0 && panesThrough >= end)
        this.sealedBy.add(`${by.name}/${source.incarnation}/${source.partition}/${chunk}`);
  }

  private start(): void {
    if (this.instances.length >= 3) return;
    if (this.instances.length > 0 && !this.zombies) return;
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
    if (!instance.assigning && !instance.frozen)
      instance.assign(this.partitions.filter(() => this.random.chance(0.8)));
  }

  /** Time passes and nothing comes, as readers at the end of their log see it; then come events of that time. */
  private async idle(): Promise<void> {
    const { random } = this;
    const awake = this.instances.filter(({ frozen }) => !frozen);
    if (awake.length === 0) return;
    const watching = random.chance(0.5) ? awake : [random.pick(awake)];
    for (const passedMs of [3_000, random.between(3_000, 300_000)]) {
      this.nowMs += passedMs;
      for (const instance of watching) await instance.observeEnds();
    }
    for (const instance of watching) {
      instance.flush(false);
      for (let n = random.between(0, 8); n > 0; n -= 1) await this.settle(instance, true);
    }
    if (random.chance(0.3)) return;
    const partition = this.append(300_000);
    if (random.chance(0.5)) return;
    for (const instance of awake) {
      instance.read(partition, false);
      await tick();
      instance.flush(true);
      for (let n = random.between(0, 12); n > 0; n -= 1) await this.settle(instance, true);
    }
  }

  private freeze(): void {
    if (this.instances.length === 0) return;
    const instance = this.random.pick(this.instances);
    instance.frozen = !instance.frozen;
    if (instance.frozen || !instance.mustRejoin) return;
    instance.mustRejoin = false;
    instance.assign(this.partitions);
  }

  private addPartition(): void {
    if (this.history.length >= MOST_PARTITIONS || this.traits.recreated) return;
    this.history.push([]);
    this.log.addPartitions(TOPIC, this.history.length);
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

/** Lets every promise that can go on do so. */
function tick(): Promise<void> {
  return new Promise(setImmediate);
}
