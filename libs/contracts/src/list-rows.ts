import { type ContractField } from './contract.js';
import { TextRows } from './text-rows.js';

export type ListItem = string | number | boolean;
export type ItemKind = 'text' | 'number' | 'boolean';

const INITIAL_ITEMS = 64;

/** How items of a field with `each` are held. */
export function itemKindOf({ type }: ContractField): ItemKind {
  return type === 'string' ? 'text' : type === 'boolean' ? 'boolean' : 'number';
}

/**
 * Lists by row: the items of all rows one after the other, and where those of each row end. No array is made of what is
 * only passed on: those of a backlog that waits for the store would be most of what the garbage collector looks at.
 * Rows are written in ascending order; the last one may be written again. A row is opened, filled and closed.
 */
export class ListRows {
  /** Rows written. */
  length = 0;
  /** Items of rows before this one; one more than rows. */
  private starts: Int32Array;
  /** Items of text. */
  readonly texts = new TextRows();
  /** Other items; true is 1. */
  numbers = new Float64Array(INITIAL_ITEMS);
  private items = 0;

  constructor(
    readonly kind: ItemKind,
    rows = 0,
  ) {
    this.starts = new Int32Array(rows + 1);
  }

  static of(kind: ItemKind, lists: Iterable<readonly ListItem[]>): ListRows {
    const rows = new ListRows(kind);
    for (const list of lists) rows.put(rows.length, list);
    return rows;
  }

  /** Begins anew with room for `rows` rows. */
  reset(rows: number): void {
    this.length = 0;
    this.items = 0;
    if (this.starts.length <= rows) this.starts = new Int32Array(rows + 1);
    this.texts.reset(INITIAL_ITEMS);
  }

  at(row: number): readonly ListItem[] {
    const [from, to] = [this.startOf(row), this.startOf(row + 1)];
    return Array.from({ length: to - from }, (_, item) => this.item(from + item));
  }

  /** Number of the first item of a row, among the items of all rows; of the row after the last: how many there are. */
  startOf(row: number): number {
    return this.starts[row]!;
  }

  open(row: number): void {
    this.items = this.starts[row]!;
    this.texts.length = this.items;
  }

  /** Adds an item that is not text. */
  push(value: number): void {
    this.reserveItems(this.items + 1);
    this.numbers[this.items++] = value;
  }

  close(row: number): void {
    this.reserveRows(row + 1);
    this.starts[row + 1] = this.kind === 'text' ? this.texts.length : this.items;
    this.length = row + 1;
  }

  putEmpty(row: number): void {
    this.open(row);
    this.close(row);
  }

  put(row: number, list: readonly ListItem[]): void {
    this.open(row);
    for (const item of list)
      if (this.kind === 'text') this.texts.putText(this.texts.length, item as string);
      else this.push(Number(item));
    this.close(row);
  }

  /** Adds `count` rows of another, given by number. Rows that follow one another are copied at once. */
  append(source: ListRows, rows: Int32Array, count: number): void {
    if (count === 0) return;
    if (rows[count - 1]! - rows[0]! === count - 1) return this.appendRun(source, rows[0]!, count);
    for (let n = 0; n < count; n++) this.appendRun(source, rows[n]!, 1);
  }

  private appendRun(source: ListRows, first: number, count: number): void {
    const { length } = this;
    const [from, to] = [source.startOf(first), source.startOf(first + count)];
    this.open(length);
    const shift = this.items - from;
    if (this.kind === 'text') this.texts.appendRun(source.texts, from, to - from);
    else {
      this.reserveItems(this.items + to - from);
      this.numbers.set(source.numbers.subarray(from, to), this.items);
    }
    this.reserveRows(length + count);
    for (let n = 1; n <= count; n++) this.starts[length + n] = source.starts[first + n]! + shift;
    this.length += count;
  }

  private item(index: number): ListItem {
    if (this.kind === 'text') return this.texts.at(index);
    return this.kind === 'boolean' ? this.numbers[index] === 1 : this.numbers[index]!;
  }

  private reserveRows(rows: number): void {
    if (rows < this.starts.length) return;
    const starts = new Int32Array(Math.max(rows + 1, this.starts.length * 2));
    starts.set(this.starts);
    this.starts = starts;
  }

  private reserveItems(items: number): void {
    if (items <= this.numbers.length) return;
    const numbers = new Float64Array(Math.max(items, this.numbers.length * 2));
    numbers.set(this.numbers);
    this.numbers = numbers;
  }
}
