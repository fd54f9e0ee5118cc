/** Share of slots taken at which the table is made anew. */
const FULL = 0.7;
const INITIAL_SLOTS = 128;
const INITIAL_PLACES = 64;
/** So many offsets after one another, ages cannot be mistaken: they are told in 32 bits. */
const SAFE_OFFSETS = 2 ** 30;

/**
 * Offsets of counted events by the 128-bit hash of their id.
 *
 * The truth is a ring: place `offset modulo places` has the hash and the offset of the event that was counted there. It
 * has more places than the horizon has offsets, so nothing within the horizon is overwritten, and an entry is as old as
 * its offset says, whether something has come to its place or not. A table, open addressing with linear probing, leads
 * from a hash to its place; a slot has some bits of the hash besides, so that a look at a new id, as nearly all are, costs
 * one line of the processor's cache. A slot is a hint: it may lead to a place that has another hash by now.
 *
 * With the default horizon of 250,000 offsets it holds at most 262,144 places of 20 bytes and 524,288 slots of 4: 7.3 MB.
 */
export class DedupeIndex {
  /** Lower 32 bits of each place's offset; of one that holds nothing, or what is too old, those of any that is too old. */
  private offsets = new Uint32Array(INITIAL_PLACES);
  private hashes = new Uint32Array(INITIAL_PLACES * 4);
  /** Upper bits of the hash's second word, as many as a place leaves, and place + 1; 0 in an empty slot. */
  private table = new Uint32Array(INITIAL_SLOTS);
  private used = 0;
  /** From here on what is too old has to be said to be so anew: 32 bits would take it for young one day. */
  private safeUntil = Number.NEGATIVE_INFINITY;

  /** @param horizonOffsets below 2^30 */
  constructor(private readonly horizonOffsets: number) {}

  /** Bytes that it holds. */
  get sizeBytes(): number {
    return this.offsets.byteLength + this.hashes.byteLength + this.table.byteLength;
  }

  /**
   * Brings the slots of the first `count` ids into the cache, to be called before they are claimed: in a loop that does
   * nothing else, the waits for memory overlap.
   * @returns a number of no meaning, so that the loop is not optimised away
   */
  prepare(idHash: Uint32Array, count: number): number {
    const { table } = this;
    const mask = table.length - 1;
    let touched = 0;
    for (let row = 0; row < count; row += 1) touched ^= table[idHash[row * 4]! & mask]!;
    return touched;
  }

  /**
   * Looks an id up and, when it is new within the horizon, remembers it. Offsets must come ascending. The answer depends
   * on the records alone.
   * @param idHash four words a row, as a decoded block has them
   * @returns the offset of the counted event with this id at most `horizonOffsets` before, or -1: the event counts
   */
  claim(idHash: Uint32Array, row: number, offset: number): number {
    if (offset >= this.safeUntil) this.forget(offset);
    const { table, hashes } = this;
    const from = row * 4;
    const first = idHash[from]!;
    const second = idHash[from + 1]!;
    const mask = table.length - 1;
    const { placeMask } = this;
    let slot = first & mask;
    for (let entry = table[slot]!; entry !== 0; entry = table[slot]!) {
      if (((entry ^ second) & ~placeMask) === 0) {
        const place = (entry & placeMask) - 1;
        const at = place * 4;
        const age = this.ageOf(place, offset);
        if (
          hashes[at] === first &&
          hashes[at + 1] === second &&
          hashes[at + 2] === idHash[from + 2] &&
          hashes[at + 3] === idHash[from + 3] &&
          age <= this.horizonOffsets
        )
          return offset - age;
      }
      slot = (slot + 1) & mask;
    }
    this.remember(idHash, from, offset, slot);
    return -1;
  }

  private remember(idHash: Uint32Array, from: number, offset: number, slot: number): void {
    const isTaken = this.isTaken(offset);
    if (isTaken) this.widen(offset);
    const place = this.placeOf(offset);
    this.offsets[place] = offset;
    for (let word = 0; word < 4; word += 1) this.hashes[place * 4 + word] = idHash[from + word]!;
    this.used += 1;
    if (isTaken || this.used > this.table.length * FULL) return this.rebuild(offset);
    this.table[slot] = this.entry(idHash[from + 1]!, place);
  }

  /** Bits of a slot that have the place. */
  private get placeMask(): number {
    return this.offsets.length * 2 - 1;
  }

  private entry(second: number, place: number): number {
    return (second & ~this.placeMask) | (place + 1);
  }

  private placeOf(offset: number): number {
    return offset & (this.offsets.length - 1);
  }

  /** How many offsets ago the event of a place was counted; of an empty one, more than the horizon. */
  private ageOf(place: number, offset: number): number {
    return (offset - this.offsets[place]!) >>> 0;
  }

  /** An event within the horizon has the place of this one. */
  private isTaken(offset: number): boolean {
    const age = this.ageOf(this.placeOf(offset), offset);
    return age <= this.horizonOffsets && age !== 0;
  }

  /** The youngest offset that is too old, which is also what an empty place has. */
  private tooOld(offset: number): number {
    return offset - this.horizonOffsets - 1;
  }

  /** Makes all that is too old as young as that may be. */
  private forget(offset: number): void {
    // All there is was counted before `safeUntil`.
    const isAll = this.tooOld(offset) >= this.safeUntil;
    for (let place = 0; place < this.offsets.length; place += 1)
      if (isAll || this.ageOf(place, offset) > this.horizonOffsets) this.offsets[place] = this.tooOld(offset);
    this.safeUntil = offset + SAFE_OFFSETS;
  }

  /** Doubles the ring until the place of `offset` is free. */
  private widen(offset: number): void {
    while (this.isTaken(offset)) {
      const { offsets, hashes } = this;
      const places = offsets.length * 2;
      const wider = new Uint32Array(places).fill(this.tooOld(offset));
      const widerHashes = new Uint32Array(places * 4);
      for (let from = 0; from < offsets.length; from += 1) {
        const age = this.ageOf(from, offset);
        if (age > this.horizonOffsets) continue;
        const to = (offset - age) & (places - 1);
        wider[to] = offsets[from]!;
        for (let word = 0; word < 4; word += 1) widerHashes[to * 4 + word] = hashes[from * 4 + word]!;
      }
      this.offsets = wider;
      this.hashes = widerHashes;
    }
  }

  /** Makes the table of what the ring has within the horizon: slots that lead nowhere are left out. */
  private rebuild(offset: number): void {
    const { offsets, hashes } = this;
    const isKept = (place: number): boolean => this.ageOf(place, offset) <= this.horizonOffsets;
    this.used = 0;
    for (let place = 0; place < offsets.length; place += 1) if (isKept(place)) this.used += 1;
    let slots = this.table.length;
    while (this.used * 2 > slots) slots *= 2;
    const table = slots === this.table.length ? this.table.fill(0) : new Uint32Array(slots);
    const mask = slots - 1;
    for (let place = 0; place < offsets.length; place += 1) {
      if (!isKept(place)) continue;
      let slot = hashes[place * 4]! & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = this.entry(hashes[place * 4 + 1]!, place);
    }
    this.table = table;
  }
}
