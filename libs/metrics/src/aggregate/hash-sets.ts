import { enlarged } from './pair-table.js';

/**
 * One set of 64-bit hashes a cell, all in one open-addressing table; at most as many entries as the chunk has
 * events. Remembers which entries are new since the last take.
 */
export class HashSets {
  private mask = 255;
  private index = new Int32Array(256).fill(-1);
  private cells = new Int32Array(128);
  private highs = new Int32Array(128);
  private lows = new Int32Array(128);
  private size = 0;
  private taken = 0;

  add(cell: number, high: number, low: number): void {
    const { index, cells, highs, lows, mask } = this;
    for (let at = place(cell, low) & mask; ; at = (at + 1) & mask) {
      const entry = index[at]!;
      if (entry < 0) {
        index[at] = this.size;
        break;
      }
      if (lows[entry] === low && highs[entry] === high && cells[entry] === cell) return;
    }
    cells[this.size] = cell;
    highs[this.size] = high;
    lows[this.size] = low;
    if (++this.size === cells.length) this.grow();
  }

  /** Hashes added since the last call, by cell. */
  takeNew(): Map<number, BigUint64Array> {
    const { cells, highs, lows, size } = this;
    let lastCell = -1;
    for (let entry = this.taken; entry < size; entry++) lastCell = Math.max(lastCell, cells[entry]!);
    // Sorted by counting: where the hashes of each cell begin, and then, once they are placed, where they end.
    const places = new Int32Array(lastCell + 2);
    for (let entry = this.taken; entry < size; entry++) places[cells[entry]! + 1]!++;
    for (let cell = 0; cell <= lastCell; cell++) places[cell + 1]! += places[cell]!;
    const hashes = new BigUint64Array(size - this.taken);
    // Words of the hashes, so that no BigInt is made of each; the platforms that run this are little-endian.
    const words = new Int32Array(hashes.buffer);
    for (let entry = this.taken; entry < size; entry++) {
      const at = places[cells[entry]!]!++ * 2;
      words[at] = lows[entry]!;
      words[at + 1] = highs[entry]!;
    }
    const fresh = new Map<number, BigUint64Array>();
    for (let cell = 0, from = 0; cell <= lastCell; cell++) {
      const to = places[cell]!;
      if (to > from) fresh.set(cell, hashes.subarray(from, to));
      from = to;
    }
    this.taken = size;
    return fresh;
  }

  private grow(): void {
    this.cells = enlarged(this.cells, new Int32Array(this.size * 2));
    this.highs = enlarged(this.highs, new Int32Array(this.size * 2));
    this.lows = enlarged(this.lows, new Int32Array(this.size * 2));
    this.index = new Int32Array(this.size * 4).fill(-1);
    this.mask = this.index.length - 1;
    for (let entry = 0; entry < this.size; entry++) {
      let at = place(this.cells[entry]!, this.lows[entry]!) & this.mask;
      while (this.index[at]! >= 0) at = (at + 1) & this.mask;
      this.index[at] = entry;
    }
  }
}

function place(cell: number, low: number): number {
  const h = low ^ Math.imul(cell, 0x9e3779b1);
  return h ^ (h >>> 16);
}
