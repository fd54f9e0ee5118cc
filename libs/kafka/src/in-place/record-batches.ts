/**
 * Reads record batches (magic 2) where they lie in a fetch answer: columns of numbers and views of the values, no
 * object a record. kafkajs makes an object with headers, BigInts and strings of each, which costs several times as much;
 * its decoding is the slow twin that this is tested against. Whatever looks unusual is left to it.
 *
 * Layout: https://kafka.apache.org/documentation/#recordbatch
 */

/** A run of committed records. */
export interface RecordRun {
  readonly count: number;
  readonly offsets: Float64Array;
  readonly logTimesMs: Float64Array;
  readonly values: (Uint8Array | null)[];
  /** Past all that was read: records, control records, aborted ones. */
  readonly nextOffset: number;
  key(row: number): Uint8Array | null;
  headers(row: number): readonly (readonly [string, Uint8Array])[];
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export type Decompress = (codec: number, bytes: Buffer) => Promise<Buffer>;

/** Bytes before the batch length counts. */
const PREFIX_BYTES = 12;
const HEADER_BYTES = 61;
const MAGIC = 2;
const ABORT = 0;

const CODEC_MASK = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** Bytes are not what the layout says; kafkajs shall read, or refuse, them. */
class Unusual extends Error {}

/**
 * Records of `bytes` from `fetchOffset` on that are committed and for readers. Undefined when it is not sure that it
 * understands them, or when there is no whole batch. A cut-off last batch is left out.
 */
export async function readRecordBatches(
  bytes: Buffer,
  fetchOffset: number,
  aborted: readonly AbortedTransaction[],
  decompress: Decompress,
): Promise<RecordRun | undefined> {
  try {
    const heads = headsOf(bytes);
    if (heads.length === 0) return undefined;
    const run = new Run(heads.reduce((sum, head) => sum + (head.isControl ? 0 : head.count), 0));
    const transactions = new OpenTransactions(aborted);
    for (const head of heads) {
      transactions.reach(head.lastOffset);
      const plain =
        head.codec === 0
          ? bytes.subarray(head.recordsAt, head.end)
          : await decompress(head.codec, bytes.subarray(head.recordsAt, head.end));
      if (head.isControl) {
        if (isAbort(plain)) transactions.end(head.producerId);
      } else if (!head.isTransactional || !transactions.isAborted(head.producerId)) {
        run.append(head, plain, fetchOffset);
      }
      run.nextOffset = head.lastOffset + 1;
    }
    run.trim();
    return run;
  } catch (error) {
    if (error instanceof Unusual || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface BatchHead {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly codec: number;
  readonly isAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly baseTimeMs: number;
  readonly maxTimeMs: number;
  readonly producerId: bigint;
  readonly count: number;
  readonly recordsAt: number;
  readonly end: number;
}

/** Heads of the whole batches. */
function headsOf(bytes: Buffer): BatchHead[] {
  const heads: BatchHead[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + PREFIX_BYTES + bytes.readInt32BE(at + 8);
    if (bytes.readInt8(at + 16) !== MAGIC || end < at + HEADER_BYTES) throw new Unusual();
    if (end > bytes.length) break;
    const attributes = bytes.readInt16BE(at + 21);
    const baseOffset = safe(bytes.readBigInt64BE(at));
    const lastDelta = bytes.readInt32BE(at + 23);
    const count = bytes.readInt32BE(at + 57);
    if (lastDelta < 0 || count < 0 || (attributes & CODEC_MASK) > 4) throw new Unusual();
    heads.push({
      baseOffset,
      lastOffset: baseOffset + lastDelta,
      codec: attributes & CODEC_MASK,
      isAppendTime: (attributes & APPEND_TIME) !== 0,
      isTransactional: (attributes & TRANSACTIONAL) !== 0,
      isControl: (attributes & CONTROL) !== 0,
      baseTimeMs: safe(bytes.readBigInt64BE(at + 27)),
      maxTimeMs: safe(bytes.readBigInt64BE(at + 35)),
      producerId: bytes.readBigInt64BE(at + 43),
      count,
      recordsAt: at + HEADER_BYTES,
      end,
    });
    at = end;
  }
  return heads;
}

/** Of the list that the broker sends along, those that reading has entered and not left. */
class OpenTransactions {
  private readonly waiting: AbortedTransaction[];
  private readonly open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.waiting = [...aborted].sort((a, b) => b.firstOffset - a.firstOffset);
  }

  reach(lastOffset: number): void {
    for (let next = this.waiting.at(-1); next !== undefined; next = this.waiting.at(-1)) {
      if (next.firstOffset > lastOffset) return;
      this.open.add(next.producerId);
      this.waiting.pop();
    }
  }

  isAborted(producerId: bigint): boolean {
    return this.open.has(producerId);
  }

  end(producerId: bigint): void {
    this.open.delete(producerId);
  }
}

/** The one record of a control batch has its kind in the key: version, then abort or commit, 16 bits each. */
function isAbort(records: Buffer): boolean {
  const cursor = new Cursor(records);
  cursor.enterRecord();
  const length = cursor.varint();
  return length >= 4 && records.readInt16BE(cursor.at + 2) === ABORT;
}

class Run implements RecordRun {
  offsets: Float64Array;
  logTimesMs: Float64Array;
  readonly values: (Uint8Array | null)[];
  nextOffset = 0;
  count = 0;
  /** Where the records of each batch lie, from which row on. */
  private readonly sources: { readonly fromRow: number; readonly records: Buffer }[] = [];
  /** Where each row's key begins with its length. */
  private readonly keysAt: Int32Array;

  constructor(capacity: number) {
    this.offsets = new Float64Array(capacity);
    this.logTimesMs = new Float64Array(capacity);
    this.values = new Array<Uint8Array | null>(capacity);
    this.keysAt = new Int32Array(capacity);
  }

  append(head: BatchHead, records: Buffer, fetchOffset: number): void {
    const { baseOffset, baseTimeMs, maxTimeMs, isAppendTime } = head;
    const cursor = new Cursor(records);
    let row = this.count;
    this.sources.push({ fromRow: row, records });
    for (let index = 0; index < head.count; index += 1) {
      const timeDelta = cursor.enterRecord();
      const offset = baseOffset + cursor.offsetDelta;
      if (offset >= fetchOffset) {
        this.offsets[row] = offset;
        this.logTimesMs[row] = isAppendTime ? maxTimeMs : baseTimeMs + timeDelta;
        this.keysAt[row] = cursor.at;
        cursor.skipBytes();
        this.values[row] = cursor.bytes();
        row += 1;
      }
      cursor.leaveRecord();
    }
    this.count = row;
  }

  /** Gives back the room of records that were not for readers. */
  trim(): void {
    this.offsets = this.offsets.subarray(0, this.count);
    this.logTimesMs = this.logTimesMs.subarray(0, this.count);
    this.values.length = this.count;
  }

  key(row: number): Uint8Array | null {
    return this.cursorAt(row).bytes();
  }

  headers(row: number): (readonly [string, Uint8Array])[] {
    const cursor = this.cursorAt(row);
    cursor.skipBytes();
    cursor.skipBytes();
    const headers: (readonly [string, Uint8Array])[] = [];
    for (let left = cursor.varint(); left > 0; left -= 1) {
      const name = cursor.bytes();
      const value = cursor.bytes();
      // A header without a value says nothing.
      if (name !== null && value !== null) headers.push([Buffer.from(name).toString('utf8'), value]);
    }
    return headers;
  }

  private cursorAt(row: number): Cursor {
    let source = this.sources.length - 1;
    while (source > 0 && this.sources[source]!.fromRow > row) source -= 1;
    const cursor = new Cursor(this.sources[source]!.records);
    cursor.at = this.keysAt[row]!;
    return cursor;
  }
}

/** Walks the records of one batch. */
class Cursor {
  at = 0;
  offsetDelta = 0;
  private recordEnd = 0;

  constructor(private readonly records: Buffer) {}

  /** Goes to the key's length. @returns milliseconds since the batch's first timestamp */
  enterRecord(): number {
    const length = this.varint();
    this.recordEnd = this.at + length;
    if (length < 0 || this.recordEnd > this.records.length) throw new Unusual();
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
    if (this.at > this.records.length) throw new Unusual();
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

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Unusual();
  return number;
}
