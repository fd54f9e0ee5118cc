const EMPTY = -1;
/** Slots taken, as a share, at which the table is compacted or doubled. */
const FULL = 0.7;
/** Share of live entries above which it is doubled. */
const CROWDED = 0.5;
const INITIAL_SLOTS = 128;

/**
 * Offsets of counted events by the 128-bit hash of their id: open addressing with linear probing in typed arrays,
 * 24 bytes a slot. The answer depends on the records alone: an entry older than the horizon counts as absent,
 * whether it has been evicted or not. With the default horizon of 250,000 offsets it holds at most 524,288 slots.
 */
export class DedupeIndex {
  private words: Uint32Array;
  private offsets: Float64Array;
  private mask: number;
  private used = 0;

  constructor(private readonly horizonOffsets: number) {
    this.mask = INITIAL_SLOTS - 1;
    this.words = new Uint32Array(INITIAL_SLOTS * 4);
    this.offsets = new Float64Array(INITIAL_SLOTS).fill(EMPTY);
  }

  /** Slots of the table: its memory is 24 bytes times this. */
  get slots(): number {
    return this.mask + 1;
  }

  /**
   * Looks an id up and, when it is new within the horizon, remembers it. Offsets must come ascending.
   * @param idHash four words a row, as a decoded block has them
   * @returns the offset of the counted event with this id at most `horizonOffsets` before, or -1: the event counts
   */
  claim(idHash: Uint32Array, row: number, offset: number): number {
    const w0 = idHash[row * 4]!;
    const w1 = idHash[row * 4 + 1]!;
    const w2 = idHash[row * 4 + 2]!;
    const w3 = idHash[row * 4 + 3]!;
    const { words, offsets, mask } = this;
    let slot = w0 & mask;
    for (;;) {
      const seen = offsets[slot]!;
      if (seen === EMPTY) break;
      const at = slot * 4;
      if (words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2 && words[at + 3] === w3) {
        if (offset - seen <= this.horizonOffsets) return seen;
        offsets[slot] = offset;
        return -1;
      }
      slot = (slot + 1) & mask;
    }
    const at = slot * 4;
    words[at] = w0;
    words[at + 1] = w1;
    words[at + 2] = w2;
    words[at + 3] = w3;
    offsets[slot] = offset;
    this.used += 1;
    if (this.used > (mask + 1) * FULL) this.compact(offset);
    return -1;
  }

  private compact(newest: number): void {
    const oldest = newest - this.horizonOffsets;
    const { words, offsets } = this;
    let live = 0;
    for (const offset of offsets) if (offset !== EMPTY && offset >= oldest) live += 1;
    const slots = live > this.slots * CROWDED ? this.slots * 2 : this.slots;
    const nextWords = new Uint32Array(slots * 4);
    const nextOffsets = new Float64Array(slots).fill(EMPTY);
    const mask = slots - 1;
    for (let slot = 0; slot < offsets.length; slot += 1) {
      const offset = offsets[slot]!;
      if (offset === EMPTY || offset < oldest) continue;
      let to = words[slot * 4]! & mask;
      while (nextOffsets[to] !== EMPTY) to = (to + 1) & mask;
      nextOffsets[to] = offset;
      nextWords.set(words.subarray(slot * 4, slot * 4 + 4), to * 4);
    }
    this.words = nextWords;
    this.offsets = nextOffsets;
    this.mask = mask;
    this.used = live;
  }
}
