const FIRST_BYTES = 64 * 1024;
/** ASCII texts up to this length are copied byte by byte: cheaper than a call into the runtime. */
const SHORT_TEXT = 24;

/** Bytes appended to one growing buffer, little-endian. Its owner bounds what it appends. */
export class ByteWriter {
  private bytes: Buffer;
  private view: DataView;
  private used = 0;

  constructor(firstBytes = FIRST_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(firstBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  get length(): number {
    return this.used;
  }

  /** What was written; shares memory with the writer, which must not be used afterwards. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  /**
   * Makes room for `count` bytes and advances; the answer is where they begin. The buffer may be another one
   * afterwards, so it is looked up only then.
   */
  private take(count: number): number {
    const at = this.used;
    const end = at + count;
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.used = end;
    return at;
  }

  uint8(value: number): void {
    const at = this.take(1);
    this.bytes[at] = value;
  }

  uint16(value: number): void {
    const at = this.take(2);
    this.view.setUint16(at, value, true);
  }

  uint32(value: number): void {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
  }

  int32(value: number): void {
    const at = this.take(4);
    this.view.setInt32(at, value, true);
  }

  float64(value: number): void {
    const at = this.take(8);
    this.view.setFloat64(at, value, true);
  }

  /** A safe integer as 64 bits, two's complement: also UInt64 below 2^53. Throws on anything else. */
  int64(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number of at most 2^53`);
    const at = this.take(8);
    const high = Math.floor(value / 4_294_967_296);
    this.view.setUint32(at, value - high * 4_294_967_296, true);
    this.view.setInt32(at + 4, high, true);
  }

  /** 64 bits, signed or not. Throws when it needs more. */
  bigint64(value: bigint): void {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`${value} needs more than 64 bits`);
    const at = this.take(8);
    this.view.setBigInt64(at, BigInt.asIntN(64, value), true);
  }

  /** As `int64` of values [from, to), in one loop: most of a block of facts is such columns. */
  int64s(values: ArrayLike<number>, from: number, to: number): void {
    let at = this.take((to - from) * 8);
    const { view } = this;
    for (let i = from; i < to; i += 1, at += 8) {
      const value = values[i]!;
      const low = value | 0;
      if (low === value) {
        view.setInt32(at, low, true);
        view.setInt32(at + 4, low >> 31, true);
      } else {
        const high = Math.floor(value / 4_294_967_296);
        if (!Number.isSafeInteger(value))
          throw new RangeError(`${value} is not a whole number of at most 2^53`);
        view.setUint32(at, value - high * 4_294_967_296, true);
        view.setInt32(at + 4, high, true);
      }
    }
  }

  /** Bytes [from, to) of `values`, which are numbers below 256. */
  uint8s(values: ArrayLike<number>, from: number, to: number): void {
    const at = this.take(to - from) - from;
    const { bytes } = this;
    for (let i = from; i < to; i += 1) bytes[at + i] = values[i]!;
  }

  /** What `write` writes, `times` times. */
  repeat(times: number, write: () => void): void {
    if (times <= 0) return;
    const from = this.used;
    write();
    const once = this.used - from;
    const all = once * times;
    this.take(all - once);
    for (let done = once; done < all; done *= 2)
      this.bytes.copyWithin(from + done, from, from + Math.min(done, all - done));
  }

  raw(bytes: Uint8Array): void {
    const at = this.take(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Unsigned LEB128, for lengths. */
  varUint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.uint8((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.uint8(rest);
  }

  /** UTF-8 with its length before it. */
  text(value: string): void {
    const { length } = value;
    if (length <= SHORT_TEXT && this.shortAscii(value, length)) return;
    const size = Buffer.byteLength(value);
    this.varUint(size);
    const at = this.take(size);
    this.bytes.write(value, at, size, 'utf8');
  }

  private shortAscii(value: string, length: number): boolean {
    const at = this.take(length + 1);
    const { bytes } = this;
    bytes[at] = length;
    for (let i = 0; i < length; i += 1) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.used = at;
        return false;
      }
      bytes[at + 1 + i] = code;
    }
    return true;
  }
}
