import { RecordValues } from '@freshet/contracts';

import { Cursor, Unusual } from './record-cursor.js';

/**
 * Reads record batches (magic 2) where they lie in a fetch answer: columns of numbers, and where the values lie, no
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
  readonly values: RecordValues;
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
    const { records, places } = await decompressed(bytes, heads, decompress);
    const capacity = heads.reduce((sum, head) => sum + (head.isControl ? 0 : head.count), 0);
    const run = new Run(records, capacity);
    const transactions = new OpenTransactions(aborted);
    for (const [index, head] of heads.entries()) {
      transactions.reach(head.lastOffset);
      const place = places[index]!;
      if (head.isControl) {
        if (isAbort(records, place)) transactions.end(head.producerId);
      } else if (!head.isTransactional || !transactions.isAborted(head.producerId)) {
        run.append(head, place, fetchOffset);
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

/** Where the records of one batch lie. */
interface Place {
  readonly from: number;
  readonly to: number;
}

/** Bytes that have the records of every batch: those of the answer itself unless something is compressed. */
async function decompressed(
  bytes: Buffer,
  heads: readonly BatchHead[],
  decompress: Decompress,
): Promise<{ readonly records: Buffer; readonly places: readonly Place[] }> {
  if (heads.every(({ codec }) => codec === 0))
    return { records: bytes, places: heads.map(({ recordsAt, end }) => ({ from: recordsAt, to: end })) };
  const parts: Buffer[] = [];
  for (const { codec, recordsAt, end } of heads) {
    const part = bytes.subarray(recordsAt, end);
    parts.push(codec === 0 ? part : await decompress(codec, part));
  }
  let from = 0;
  const places = parts.map(({ length }) => ({ from, to: (from += length) }));
  return { records: Buffer.concat(parts), places };
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
function isAbort(records: Buffer, place: Place): boolean {
  const cursor = new Cursor(records, place.from, place.to);
  cursor.enterRecord();
  const length = cursor.varint();
  return length >= 4 && records.readInt16BE(cursor.at + 2) === ABORT;
}

class Run implements RecordRun {
  offsets: Float64Array;
  logTimesMs: Float64Array;
  values: RecordValues;
  nextOffset = 0;
  count = 0;
  /** Where each row's key begins with its length. */
  private readonly keysAt: Int32Array;

  constructor(
    private readonly records: Buffer,
    capacity: number,
  ) {
    this.offsets = new Float64Array(capacity);
    this.logTimesMs = new Float64Array(capacity);
    this.values = new RecordValues(records, new Int32Array(capacity), new Int32Array(capacity));
    this.keysAt = new Int32Array(capacity);
  }

  append(head: BatchHead, place: Place, fetchOffset: number): void {
    const { baseOffset, baseTimeMs, maxTimeMs, isAppendTime } = head;
    const { starts, ends } = this.values;
    const cursor = new Cursor(this.records, place.from, place.to);
    let row = this.count;
    for (let index = 0; index < head.count; index += 1) {
      const timeDelta = cursor.enterRecord();
      const offset = baseOffset + cursor.offsetDelta;
      if (offset >= fetchOffset) {
        this.offsets[row] = offset;
        this.logTimesMs[row] = isAppendTime ? maxTimeMs : baseTimeMs + timeDelta;
        this.keysAt[row] = cursor.at;
        cursor.skipBytes();
        const length = cursor.varint();
        starts[row] = length < 0 ? -1 : cursor.at;
        ends[row] = length < 0 ? -1 : (cursor.at += length);
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
    const { starts, ends } = this.values;
    this.values = new RecordValues(
      this.records,
      starts.subarray(0, this.count),
      ends.subarray(0, this.count),
    );
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
    return new Cursor(this.records, this.keysAt[row]!, this.records.length);
  }
}

function safe(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Unusual();
  return number;
}
