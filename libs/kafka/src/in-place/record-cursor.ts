/** Bytes are not what the layout says; kafkajs shall read, or refuse, them. */
export class Unusual extends Error {}

/** Walks the records of one batch. */
export class Cursor {
  offsetDelta = 0;
  private recordEnd = 0;

  constructor(
    private readonly records: Buffer,
    public at: number,
    private readonly end: number,
  ) {}

  /** Goes to the key's length. @returns milliseconds since the batch's first timestamp */
  enterRecord(): number {
    const length = this.varint();
    this.recordEnd = this.at + length;
    if (length < 0 || this.recordEnd > this.end) throw new Unusual();
    this.at += 1; // attributes: none are defined
    const timeDelta = this.varlong();
    this.offsetDelta = this.varint();
    return timeDelta;
  }

  leaveRecord(): void {
    if (this.at > this.recordEnd) throw new Unusual();
    this.at = this.recordEnd;
  }

  skipBytes(): void {
    const length = this.varint();
    if (length > 0) this.at += length;
  }

  /** A view of bytes with their length before them; null for length -1. */
  bytes(): Uint8Array | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    this.at = from + length;
    if (this.at > this.end) throw new Unusual();
    return this.records.subarray(from, this.at);
  }

  /** Signed 32 bits, zigzag. */
  varint(): number {
    const { records } = this;
    let byte = records[this.at++]!;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let shift = 7; ; shift += 7) {
      if (shift > 28) throw new Unusual();
      byte = records[this.at++]!;
      if (byte === undefined) throw new Unusual();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  }

  /** Signed 64 bits, zigzag, of which 53 are understood. */
  private varlong(): number {
    const { records } = this;
    let byte = records[this.at++]!;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let factor = 128; ; factor *= 128) {
      byte = records[this.at++]!;
      value += (byte & 0x7f) * factor;
      if (!(value <= Number.MAX_SAFE_INTEGER)) throw new Unusual();
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }
}
