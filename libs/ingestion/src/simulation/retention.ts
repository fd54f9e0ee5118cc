import type { LedgerRow } from '../ports.js';
import type { Random } from './random.js';
import type { World } from './world.js';
import { TOPIC } from './options.js';

/** What the broker deletes by age: sealed chunks, often a stored part of the open one, seldom what nobody has stored. */
export class Retention {
  constructor(
    private readonly world: Pick<
      World,
      'store' | 'log' | 'traits' | 'lossy' | 'partitions' | 'sourceOf' | 'isUnknownLife'
    >,
    private readonly random: Random,
  ) {}

  step(): void {
    const { random, world } = this;
    const partition = random.pick(world.partitions);
    const open = this.openRow(partition);
    if (open === undefined || world.isUnknownLife) return;
    const inside = random.chance(0.5)
      ? random.between(0, Math.max(1, open.factsThrough + 2 - open.chunk))
      : 0;
    let before = Math.min(open.chunk + inside, open.factsThrough + 1);
    if (random.chance(0.05)) {
      before = Math.min(open.factsThrough + 1 + random.between(1, 30), world.log.end(TOPIC, partition));
      if (before > open.factsThrough + 1) world.lossy.add(partition);
    }
    world.log.truncate(TOPIC, partition, before);
  }

  /** The oldest chunk that is not sealed, proposed starts left out once something was read. */
  private openRow(partition: number): LedgerRow | undefined {
    const { world } = this;
    const rows = world.store.ledgerOf(world.sourceOf(partition));
    const isOpen = (row: LedgerRow): boolean =>
      row.end < 0 || row.panesThrough < row.end || row.factsThrough < row.end;
    if (world.traits.start === 'earliest') return rows.find(isOpen);
    const read = rows.filter(({ chunk, end, panesThrough }) => end >= 0 || panesThrough >= chunk);
    return read.find(isOpen);
  }
}
