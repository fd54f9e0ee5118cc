import { type DecodedColumn } from '../block.js';
import { type ReferenceData } from '../contract.js';
import { REFERENCE_COLUMNS } from '../fact-columns.js';
import { type ColumnBuffer } from './column-buffer.js';
import { show } from './field-value.js';

/**
 * Keys of reference data. A record without a value has nothing but its key, so the key of every record has to be the
 * text of the key's field: otherwise nobody could tell what such a record deletes.
 */
export class ReferenceKeys {
  readonly #column: ColumnBuffer;
  readonly #name: string;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #deleted = new Uint8Array(0);

  constructor({ key }: ReferenceData, columns: readonly ColumnBuffer[]) {
    const column = columns.find(({ field }) => field.name === key);
    if (column === undefined) throw new Error(`there is no field ${key}`);
    this.#column = column;
    this.#name = key;
  }

  /** Of each row, whether its record deletes the key. */
  get deleted(): DecodedColumn {
    return {
      name: REFERENCE_COLUMNS.deleted,
      absent: undefined,
      data: { kind: 'boolean', values: this.#deleted },
    };
  }

  prepare(capacity: number): void {
    if (this.#deleted.length < capacity) this.#deleted = new Uint8Array(capacity);
    else this.#deleted.fill(0);
  }

  /** Writes a row that has nothing but its key. @returns false, and writes nothing, where that is no key */
  deletes(row: number, key: Uint8Array | null): boolean {
    const text = this.#textOf(key);
    if (text === undefined || text === '') return false;
    if (this.#column.kind !== 'number') this.#column.write(row, text);
    else if (String(Number(text)) === text && Number.isSafeInteger(Number(text)))
      this.#column.write(row, Number(text));
    else return false;
    this.#deleted[row] = 1;
    return true;
  }

  /** How the key of a decoded row differs from its field, in words; undefined where it does not. */
  differs(row: number, key: Uint8Array | null): string | undefined {
    const text = this.#textOf(key);
    const field = this.#textAt(row);
    if (text === field) return undefined;
    const found = key === null ? 'none' : text === undefined ? 'no text' : show(text);
    return `the record's key is ${found} and ${this.#name} is ${show(field)}`;
  }

  #textOf(key: Uint8Array | null): string | undefined {
    if (key === null) return undefined;
    try {
      return this.#utf8.decode(key);
    } catch {
      return undefined;
    }
  }

  #textAt(row: number): string {
    const { kind, ids, table, numbers, texts } = this.#column;
    if (kind === 'dictionary') return table.values[ids[row]!]!;
    return kind === 'text' ? texts.at(row) : String(numbers[row]);
  }
}
