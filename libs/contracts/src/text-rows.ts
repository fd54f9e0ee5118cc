/** Beyond this many bytes the room of a large block is given back at the next `reset`. */
const KEPT_BYTES = 1024 * 1024;
/** Texts up to this length are copied byte by byte: cheaper than a call into the runtime. */
const SHORT_BYTES = 40;
const LONGEST_PREFIX = 5;

/**
 * Texts by row as bytes, in one run of memory: each is its length (unsigned LEB128) and its UTF-8. No string is
 * made of what is only passed on, and rows that follow one another are copied at once. Rows are written in
 * ascending order; the last one may be written again.
 */
export class TextRows {
  /** Rows written. */
  length = 0;
  private bytes: Buffer;
  /** Where each row begins; one more than rows. */
  private starts: Int32Array;

  constructor(rows = 0) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(64, rows * 8));
    this.starts = new Int32Array(rows + 1);
  }

  static of(texts: Iterable<string>): TextRows {
    const rows = new TextRows();
    for (const text of texts) rows.putText(rows.length, text);
    return rows;
  }

  /** Begins anew with room for `rows` rows. */
  reset(rows: number): void {
    this.length = 0;
    if (this.starts.length <= rows) this.starts = new Int32Array(rows + 1);
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(rows * 8);
  }

  at(row: number): string {
    return this.bytes.toString('utf8', this.textStart(row), this.starts[row + 1]);
  }

  /** Bytes that hold the texts themselves, for whoever reads one of `textStart` to `textEnd`. */
  get utf8(): Uint8Array {
    return this.bytes;
  }

  textStart(row: number): number {
    const start = this.starts[row]!;
    const size = this.starts[row + 1]! - start;
    // The length of the prefix follows from that of both.
    return (
      start + (size <= 0x80 ? 1 : size <= 0x4001 ? 2 : size <= 0x200002 ? 3 : size <= 0x10000003 ? 4 : 5)
    );
  }

  textEnd(row: number): number {
    return this.starts[row + 1]!;
  }

  /** Rows [from, to) with their lengths, as they lie in memory. */
  slice(from: number, to: number): Uint8Array {
    return this.bytes.subarray(this.starts[from], this.starts[to]);
  }

  /** Sets a row to the UTF-8 of bytes [from, to). */
  put(row: number, source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    let at = this.open(row, size);
    const { bytes } = this;
    if (size <= SHORT_BYTES) for (let i = from; i < to; i++) bytes[at++] = source[i]!;
    else {
      bytes.set(source.subarray(from, to), at);
      at += size;
    }
    this.close(row, at);
  }

  putEmpty(row: number): void {
    this.close(row, this.open(row, 0));
  }

  putText(row: number, text: string): void {
    const size = Buffer.byteLength(text);
    const at = this.open(row, size);
    this.bytes.write(text, at, size, 'utf8');
    this.close(row, at + size);
  }

  /** Adds `count` rows of another, given by number. */
  append(source: TextRows, rows: Int32Array, count: number): void {
    if (count === 0) return;
    const first = rows[0]!;
    if (rows[count - 1]! - first === count - 1) return this.appendRun(source, first, count);
    for (let n = 0; n < count; n++) {
      const row = rows[n]!;
      this.put(this.length, source.bytes, source.textStart(row), source.textEnd(row));
    }
  }

  /** Adds `count` rows of another, from `first` on. */
  appendRun(source: TextRows, first: number, count: number): void {
    const run = source.slice(first, first + count);
    const start = this.starts[this.length] ?? 0;
    this.reserve(this.length + count, start + run.length);
    this.bytes.set(run, start);
    const shift = start - source.starts[first]!;
    const { starts, length } = this;
    for (let n = 1; n <= count; n++) starts[length + n] = source.starts[first + n]! + shift;
    this.length += count;
  }

  /** Writes the length of what is to be written to a row, and answers where. */
  private open(row: number, size: number): number {
    let at = this.starts[row]!;
    this.reserve(row + 1, at + size + LONGEST_PREFIX);
    const { bytes } = this;
    let rest = size;
    for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    return at;
  }

  private close(row: number, end: number): void {
    this.starts[row + 1] = end;
    this.length = row + 1;
  }

  private reserve(rows: number, size: number): void {
    if (rows >= this.starts.length) {
      const starts = new Int32Array(Math.max(rows + 1, this.starts.length * 2));
      starts.set(this.starts);
      this.starts = starts;
    }
    if (size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(size, this.bytes.length * 2));
    this.bytes.copy(larger);
    this.bytes = larger;
  }
}
