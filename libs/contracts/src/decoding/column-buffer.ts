import { type ColumnData, type DecodedColumn } from '../block.js';
import { type ContractField } from '../contract.js';
import { itemKindOf, ListRows, type ListItem } from '../list-rows.js';
import { TextRows } from '../text-rows.js';
import { InternTable } from './intern-table.js';

export type FieldValue = ListItem | readonly ListItem[];

const NO_BYTES = new Uint8Array(0);

/** One column that is written row by row and used again for the next block. Grows to the largest block. */
export class ColumnBuffer {
  readonly kind: ColumnData['kind'];
  readonly isOptional: boolean;
  absent: Uint8Array = NO_BYTES;
  /** Dictionary columns. */
  ids = new Int32Array(0);
  /** Also of lists of text that has an enumeration. */
  table: InternTable;
  /** Number and boolean columns. */
  numbers = new Float64Array(0);
  flags: Uint8Array = NO_BYTES;
  /** Text columns. */
  readonly texts = new TextRows();
  /** List columns. */
  readonly list: ListRows;
  #capacity = 0;
  #view: DecodedColumn | undefined;

  constructor(readonly field: ContractField) {
    this.kind = kindOf(field);
    this.isOptional = !field.required;
    this.table = new InternTable(field.values);
    this.list = new ListRows(itemKindOf(field));
  }

  /** Makes room for `count` rows and replaces a dictionary that reached its bound. */
  prepare(count: number, capacity: number): void {
    if (this.table.isFull) {
      this.table = new InternTable(this.field.values);
      this.#view = undefined;
    }
    if (this.kind === 'text') this.texts.reset(capacity);
    else if (this.kind === 'list') this.list.reset(capacity);
    if (this.#capacity >= count) return;
    this.#capacity = capacity;
    this.#view = undefined;
    if (this.isOptional) this.absent = new Uint8Array(capacity);
    if (this.kind === 'dictionary') this.ids = new Int32Array(capacity);
    else if (this.kind === 'number') this.numbers = new Float64Array(capacity);
    else if (this.kind === 'boolean') this.flags = new Uint8Array(capacity);
  }

  /** Default value, absent where the field is optional. */
  clear(row: number): void {
    if (this.isOptional) this.absent[row] = 1;
    if (this.kind === 'dictionary') this.ids[row] = 0;
    else if (this.kind === 'number') this.numbers[row] = 0;
    else if (this.kind === 'boolean') this.flags[row] = 0;
    else if (this.kind === 'text') this.texts.putEmpty(row);
    else this.list.putEmpty(row);
  }

  /** Writes a checked value. */
  write(row: number, value: FieldValue): void {
    if (this.isOptional) this.absent[row] = 0;
    if (this.kind === 'dictionary') this.ids[row] = this.table.internText(value as string);
    else if (this.kind === 'number') this.numbers[row] = value as number;
    else if (this.kind === 'boolean') this.flags[row] = value === true ? 1 : 0;
    else if (this.kind === 'text') this.texts.putText(row, value as string);
    else this.list.put(row, value as readonly ListItem[]);
  }

  view(): DecodedColumn {
    this.#view ??= {
      name: this.field.name,
      absent: this.isOptional ? this.absent : undefined,
      data: this.#data(),
    };
    return this.#view;
  }

  #data(): ColumnData {
    if (this.kind === 'dictionary') return { kind: 'dictionary', ids: this.ids, dictionary: this.table };
    if (this.kind === 'number') return { kind: 'number', values: this.numbers };
    if (this.kind === 'boolean') return { kind: 'boolean', values: this.flags };
    if (this.kind === 'text') return { kind: 'text', values: this.texts };
    return { kind: 'list', values: this.list };
  }
}

/** How values of a field are held in a block. */
export function kindOf(field: ContractField): ColumnData['kind'] {
  if (field.each !== undefined) return 'list';
  if (field.type === 'string') return field.lowCardinality ? 'dictionary' : 'text';
  return field.type === 'boolean' ? 'boolean' : 'number';
}
