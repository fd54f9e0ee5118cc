/** Of an empty slot; others hold their offset + 1, so that fresh memory is empty. */
const EMPTY = 0;
/** Slots taken, as a share, at which the table is compacted or doubled. */
const FULL = 0.7;
/** Share of live entries above which it is doubled. */
const CROWDED = 0.5;
const INITIAL_SLOTS = 128;
/** Doubles of a slot: offset + 1, and the four words of the hash. They share a line of the processor's cache. */
const DOUBLES = 3;
const WORDS = DOUBLES * 2;

/**
 * Offsets of counted events by the 128-bit hash of their id: open addressing with linear probing in one typed
 * array, 24 bytes a slot. The answer depends on the records alone: an entry older than the horizon counts as absent,
 * whether it has been evicted or not. With the default horizon of 250,000 offsets it holds at most 524,288 slots.
 */
export class DedupeIndex {
  private offsets: Float64Array;
  /** The same memory as words: those of slot s are at `s * WORDS + 2` and after. */
  private words: Uint32Array;
  private mask: number;
  private used = 0;

  constructor(private readonly horizonOffsets: number) {
    this.mask = INITIAL_SLOTS - 1;
    this.offsets = new Float64Array(INITIAL_SLOTS * DOUBLES);
    this.words = new Uint32Array(this.offsets.buffer);
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
    let at = slot * WORDS + 2;
    for (;;) {
      const seen = offsets[slot * DOUBLES]!;
      if (seen === EMPTY) break;
      if (words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2 && words[at + 3] === w3) {
        if (offset + 1 - seen <= this.horizonOffsets) return seen - 1;
        offsets[slot * DOUBLES] = offset + 1;
        return -1;
      }
      slot = (slot + 1) & mask;
      at = slot * WORDS + 2;
    }
    words[at] = w0;
    words[at + 1] = w1;
    words[at + 2] = w2;
    words[at + 3] = w3;
    offsets[slot * DOUBLES] = offset + 1;
    this.used += 1;
    if (this.used > (mask + 1) * FULL) this.compact(offset);
    return -1;
  }

  private compact(newest: number): void {
    const oldest = newest - this.horizonOffsets + 1;
    const { words, offsets, slots } = this;
    let live = 0;
    for (let slot = 0; slot < slots; slot += 1) {
      const offset = offsets[slot * DOUBLES]!;
      if (offset !== EMPTY && offset >= oldest) live += 1;
    }
    const nextSlots = live > slots * CROWDED ? slots * 2 : slots;
    const nextOffsets = new Float64Array(nextSlots * DOUBLES);
    const nextWords = new Uint32Array(nextOffsets.buffer);
    const mask = nextSlots - 1;
    for (let slot = 0; slot < slots; slot += 1) {
      const offset = offsets[slot * DOUBLES]!;
      if (offset === EMPTY || offset < oldest) continue;
      const from = slot * WORDS + 2;
      let to = words[from]! & mask;
      while (nextOffsets[to * DOUBLES] !== EMPTY) to = (to + 1) & mask;
      nextOffsets[to * DOUBLES] = offset;
      // Word by word: a view of each entry would cost more than all the rest.
      for (let word = 0; word < 4; word += 1) nextWords[to * WORDS + 2 + word] = words[from + word]!;
    }
    this.words = nextWords;
    this.offsets = nextOffsets;
    this.mask = mask;
    this.used = live;
  }
}
