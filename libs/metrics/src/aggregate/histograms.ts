import { enlarged, PairTable } from './pair-table.js';

/** Bucket counts of the cells of one metric: entries of one cell form a list through `next`. */
export class Histograms {
  private readonly entries = new PairTable();
  private counts = new Float64Array(32);
  private next = new Int32Array(32);
  private heads = new Int32Array(32).fill(-1);

  add(cell: number, bucket: number): void {
    const size = this.entries.size;
    const entry = this.entries.intern(cell, bucket);
    if (entry === size) this.link(cell, entry);
    this.counts[entry]!++;
  }

  of(cell: number): Map<number, number> {
    const buckets = new Map<number, number>();
    for (let entry = this.heads[cell] ?? -1; entry >= 0; entry = this.next[entry]!) {
      buckets.set(this.entries.secondOf(entry), this.counts[entry]!);
    }
    return buckets;
  }

  private link(cell: number, entry: number): void {
    if (entry === this.counts.length) {
      this.counts = enlarged(this.counts, new Float64Array(entry * 2));
      this.next = enlarged(this.next, new Int32Array(entry * 2));
    }
    while (cell >= this.heads.length) {
      this.heads = enlarged(this.heads, new Int32Array(this.heads.length * 2).fill(-1));
    }
    this.next[entry] = this.heads[cell]!;
    this.heads[cell] = entry;
  }
}
