/**
 * Numbers pairs of 32-bit integers 0, 1, 2 … in first-seen order: open addressing with linear probing over
 * typed arrays, at most half full. Entries are never removed; a table lives as long as its chunk.
 */
export class PairTable {
  private mask = 63;
  private index = new Int32Array(64).fill(-1);
  private first = new Int32Array(32);
  private second = new Int32Array(32);
  size = 0;

  /** Number of the pair, or -1. */
  find(a: number, b: number): number {
    const { index, first, second, mask } = this;
    for (let at = spread(a, b) & mask; ; at = (at + 1) & mask) {
      const entry = index[at]!;
      if (entry < 0) return -1;
      if (first[entry] === a && second[entry] === b) return entry;
    }
  }

  /** Number of the pair; a new one gets `size`. Amortised constant time. */
  intern(a: number, b: number): number {
    const { index, first, second, mask } = this;
    for (let at = spread(a, b) & mask; ; at = (at + 1) & mask) {
      const entry = index[at]!;
      if (entry < 0) {
        index[at] = this.size;
        break;
      }
      if (first[entry] === a && second[entry] === b) return entry;
    }
    first[this.size] = a;
    second[this.size] = b;
    if (++this.size === this.first.length) this.grow();
    return this.size - 1;
  }

  firstOf(entry: number): number {
    return this.first[entry]!;
  }

  secondOf(entry: number): number {
    return this.second[entry]!;
  }

  private grow(): void {
    this.first = enlarged(this.first, new Int32Array(this.first.length * 2));
    this.second = enlarged(this.second, new Int32Array(this.second.length * 2));
    this.index = new Int32Array(this.index.length * 2).fill(-1);
    this.mask = this.index.length - 1;
    for (let entry = 0; entry < this.size; entry++) {
      let at = spread(this.first[entry]!, this.second[entry]!) & this.mask;
      while (this.index[at]! >= 0) at = (at + 1) & this.mask;
      this.index[at] = entry;
    }
  }
}

function spread(a: number, b: number): number {
  const h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  return h ^ (h >>> 15);
}

/** `target` with the content of `source` at its beginning. */
export function enlarged<T extends Int32Array | Float64Array | Uint8Array>(source: T, target: T): T {
  target.set(source as never);
  return target;
}
