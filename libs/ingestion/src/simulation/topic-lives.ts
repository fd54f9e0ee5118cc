import { unstoredChunk } from '../known-chunks.js';
import type { SourcePartition } from '../ports.js';
import type { Instance } from './instance.js';
import type { Random } from './random.js';
import type { WorldRecord } from './witness.js';
import type { World } from './world.js';
import { TOPIC } from './options.js';

/** What a topic held before it was recreated. */
export interface EndedLife {
  readonly history: readonly (readonly WorldRecord[])[];
  /** Partitions of which retention took what was not stored. */
  readonly lossy: ReadonlySet<number>;
}

/** A topic that is deleted and created anew in the middle, and the operator who opens its new incarnation. */
export class TopicLives {
  incarnation = 1;
  before: EndedLife | undefined;

  constructor(
    private readonly world: Pick<
      World,
      'store' | 'log' | 'logTime' | 'history' | 'lossy' | 'partitions' | 'sourceOf'
    >,
    private readonly random: Random,
    private readonly instances: () => readonly Instance[],
  ) {}

  /** The log is another one than the ledger tells of, until an operator says so. */
  get isUnknown(): boolean {
    return this.before !== undefined && this.incarnation === 1;
  }

  async step(): Promise<void> {
    if (this.incarnation > 1) return;
    const { random, world } = this;
    if (this.isUnknown) {
      if (random.chance(0.03)) await this.open();
    } else if (random.chance(0.01) && world.partitions.every((partition) => this.isStored(partition)))
      await this.recreate();
  }

  async heal(): Promise<void> {
    if (this.isUnknown) await this.open();
  }

  recordsOf({ incarnation, partition }: SourcePartition): readonly WorldRecord[] {
    const { history } = incarnation === 1 ? (this.before ?? this.world) : this.world;
    return history[partition] ?? [];
  }

  private isStored(partition: number): boolean {
    const { world } = this;
    return world.store.ledgerOf(world.sourceOf(partition)).some(({ last }) => last !== undefined);
  }

  /** Deleted and created anew. Who reads it sees it empty, or joins anew; who sleeps joins anew when it wakes. */
  private async recreate(): Promise<void> {
    const { history, lossy, log, logTime, partitions } = this.world;
    this.before = { history: history.map((records) => [...records]), lossy: new Set(lossy) };
    lossy.clear();
    for (const records of history) records.length = 0;
    log.createTopic(TOPIC, history.length, logTime);
    for (const instance of this.instances()) {
      if (instance.frozen) instance.mustRejoin = true;
      else if (this.random.chance(0.5)) instance.assign(partitions);
      else for (let answer = 0; answer < 2; answer += 1) await instance.observeEnds();
    }
    await new Promise(setImmediate);
  }

  /** What an operator does about it; ingest is made to join anew. */
  private async open(): Promise<void> {
    const { store, partitions } = this.world;
    this.incarnation = 2;
    for (const partition of partitions)
      await store.writeLedger([unstoredChunk(this.world.sourceOf(partition), 0)]);
    for (const instance of this.instances()) {
      if (instance.frozen) instance.mustRejoin = true;
      else instance.assign(partitions);
    }
  }
}
