import {
  ListRows,
  TextRows,
  type ColumnData,
  type DecodedBlock,
  type DecodedColumn,
  type Dictionary,
  type RecordColumns,
} from '@freshet/contracts';
import type { FactBlock, SourcePartition } from './ports.js';

/** Rows of one block handed to the store; a longer buffer is handed over as several. */
const BLOCK_ROWS = 65_536;
const INITIAL_ROWS = 32;

type Growing =
  | { kind: 'dictionary'; ids: Int32Array; dictionary: Dictionary }
  | { kind: 'text'; values: TextRows }
  | { kind: 'number'; values: Float64Array }
  | { kind: 'boolean'; values: Uint8Array }
  | { kind: 'list'; values: ListRows };

interface GrowingColumn {
  readonly name: string;
  absent: Uint8Array | undefined;
  readonly data: Growing;
}

/** Rows of a decoded block that become facts; the first `count` entries of each column. */
export interface FactRows {
  readonly rows: Int32Array;
  readonly count: number;
  /** By position in `rows`. */
  readonly duplicateOf: Float64Array;
}

/** Facts of one chunk that wait for a flush, copied out of blocks whose columns are reused. */
export class FactBuffer {
  private done: FactBlock[] = [];
  private doneRows = 0;
  private open: OpenBlock | undefined;
  /** Of the messages that the rows are of: texts and lists take about as much. */
  bytes = 0;

  constructor(
    private readonly contract: string,
    private readonly source: SourcePartition,
    private readonly chunk: number,
  ) {}

  get count(): number {
    return this.doneRows + (this.open?.count ?? 0);
  }

  /** Copies rows; row r of the block is record `from + r`. O(rows × columns). */
  append(block: DecodedBlock, records: RecordColumns, from: number, facts: FactRows): void {
    if (facts.count === 0) return;
    if (this.open !== undefined && (!this.open.accepts(block) || this.open.count >= BLOCK_ROWS)) this.seal();
    this.open ??= new OpenBlock(block);
    this.open.append(block, records, from, facts);
    for (let n = 0; n < facts.count; n += 1) this.bytes += records.values.sizeOf(from + facts.rows[n]!);
  }

  /** Hands all rows over and starts empty. */
  take(): FactBlock[] {
    this.seal();
    const blocks = this.done;
    this.done = [];
    this.doneRows = 0;
    this.bytes = 0;
    return blocks;
  }

  private seal(): void {
    if (this.open === undefined) return;
    this.done.push(this.open.finish(this.contract, this.source, this.chunk));
    this.doneRows += this.open.count;
    this.open = undefined;
  }
}

class OpenBlock {
  count = 0;
  private capacity = INITIAL_ROWS;
  private offsets = new Float64Array(INITIAL_ROWS);
  private logTimesMs = new Float64Array(INITIAL_ROWS);
  private eventTimesMs = new Float64Array(INITIAL_ROWS);
  private duplicateOf = new Float64Array(INITIAL_ROWS);
  private idHash = new Uint32Array(INITIAL_ROWS * 4);
  private readonly columns: GrowingColumn[];

  constructor(block: DecodedBlock) {
    this.columns = block.columns.map((column) => ({
      name: column.name,
      absent: column.absent === undefined ? undefined : new Uint8Array(INITIAL_ROWS),
      data: emptyLike(column.data),
    }));
  }

  /** A dictionary that was replaced cannot be told from ids alone: its rows need a block of their own. */
  accepts(block: DecodedBlock): boolean {
    return block.columns.every((column, i) => {
      const mine = this.columns[i]?.data;
      return column.data.kind !== 'dictionary'
        ? mine?.kind === column.data.kind
        : mine?.kind === 'dictionary' && mine.dictionary === column.data.dictionary;
    });
  }

  append(block: DecodedBlock, records: RecordColumns, from: number, facts: FactRows): void {
    const { rows, count } = facts;
    this.reserve(this.count + count);
    const start = this.count;
    for (let n = 0; n < count; n += 1) {
      const index = from + rows[n]!;
      this.offsets[start + n] = records.offsets[index]!;
      this.logTimesMs[start + n] = records.logTimesMs[index]!;
    }
    this.duplicateOf.set(facts.duplicateOf.subarray(0, count), start);
    const run = new Selection(rows, count, start);
    run.copy(block.eventTimesMs, this.eventTimesMs);
    run.copy(block.idHash, this.idHash, 4);
    for (let c = 0; c < this.columns.length; c += 1) copyRows(block.columns[c]!, this.columns[c]!, run);
    this.count += count;
  }

  finish(contract: string, source: SourcePartition, chunk: number): FactBlock {
    const n = this.count;
    return {
      contract,
      source,
      chunk,
      count: n,
      offsets: this.offsets.subarray(0, n),
      logTimesMs: this.logTimesMs.subarray(0, n),
      eventTimesMs: this.eventTimesMs.subarray(0, n),
      duplicateOf: this.duplicateOf.subarray(0, n),
      idHash: this.idHash.subarray(0, n * 4),
      columns: this.columns.map((column) => finished(column, n)),
    };
  }

  private reserve(rows: number): void {
    if (rows <= this.capacity) return;
    let capacity = this.capacity;
    while (capacity < rows) capacity *= 2;
    this.capacity = capacity;
    this.offsets = grownFloats(this.offsets, capacity);
    this.logTimesMs = grownFloats(this.logTimesMs, capacity);
    this.eventTimesMs = grownFloats(this.eventTimesMs, capacity);
    this.duplicateOf = grownFloats(this.duplicateOf, capacity);
    const idHash = new Uint32Array(capacity * 4);
    idHash.set(this.idHash);
    this.idHash = idHash;
    for (const column of this.columns) {
      if (column.absent !== undefined) column.absent = grownBytes(column.absent, capacity);
      const data = column.data;
      if (data.kind === 'number') data.values = grownFloats(data.values, capacity);
      else if (data.kind === 'boolean') data.values = grownBytes(data.values, capacity);
      else if (data.kind === 'dictionary') {
        const ids = new Int32Array(capacity);
        ids.set(data.ids);
        data.ids = ids;
      }
    }
  }
}

function emptyLike(data: ColumnData): Growing {
  switch (data.kind) {
    case 'dictionary':
      return { kind: 'dictionary', ids: new Int32Array(INITIAL_ROWS), dictionary: data.dictionary };
    case 'number':
      return { kind: 'number', values: new Float64Array(INITIAL_ROWS) };
    case 'boolean':
      return { kind: 'boolean', values: new Uint8Array(INITIAL_ROWS) };
    case 'text':
      return { kind: 'text', values: new TextRows() };
    case 'list':
      return { kind: 'list', values: new ListRows(data.values.kind) };
  }
}

type Numbers = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** Rows of a block and where they go. Nearly always they follow one another, and are then copied at once. */
class Selection {
  private readonly first: number;
  private readonly isRun: boolean;

  constructor(
    readonly rows: Int32Array,
    readonly count: number,
    private readonly start: number,
  ) {
    this.first = rows[0]!;
    this.isRun = rows[count - 1]! - this.first === count - 1;
  }

  copy<T extends Numbers>(source: T, target: T, width = 1): void {
    const { rows, count, first } = this;
    const start = this.start * width;
    if (this.isRun) {
      target.set(source.subarray(first * width, (first + count) * width), start);
      return;
    }
    for (let n = 0; n < count; n += 1)
      for (let w = 0; w < width; w += 1) target[start + n * width + w] = source[rows[n]! * width + w]!;
  }
}

function copyRows(from: DecodedColumn, to: GrowingColumn, selection: Selection): void {
  const { rows, count } = selection;
  if (from.absent !== undefined && to.absent !== undefined) selection.copy(from.absent, to.absent);
  const source = from.data;
  const target = to.data;
  if (source.kind === 'dictionary' && target.kind === 'dictionary') selection.copy(source.ids, target.ids);
  else if (source.kind === 'number' && target.kind === 'number') selection.copy(source.values, target.values);
  else if (source.kind === 'boolean' && target.kind === 'boolean')
    selection.copy(source.values, target.values);
  else if (source.kind === 'text' && target.kind === 'text') target.values.append(source.values, rows, count);
  else if (source.kind === 'list' && target.kind === 'list') target.values.append(source.values, rows, count);
  else throw new Error(`column ${from.name} changed its kind from ${target.kind} to ${source.kind}`);
}

function finished(column: GrowingColumn, count: number): DecodedColumn {
  const { name, data } = column;
  const absent = column.absent?.subarray(0, count);
  switch (data.kind) {
    case 'dictionary':
      return { name, absent, data: { ...data, ids: data.ids.subarray(0, count) } };
    case 'number':
      return { name, absent, data: { ...data, values: data.values.subarray(0, count) } };
    case 'boolean':
      return { name, absent, data: { ...data, values: data.values.subarray(0, count) } };
    default:
      return { name, absent, data };
  }
}

function grownFloats(values: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer>;
function grownFloats(values: Float64Array, capacity: number): Float64Array;
function grownFloats(values: Float64Array, capacity: number): Float64Array {
  const grown = new Float64Array(capacity);
  grown.set(values);
  return grown;
}

function grownBytes(values: Uint8Array, capacity: number): Uint8Array {
  const grown = new Uint8Array(capacity);
  grown.set(values);
  return grown;
}
