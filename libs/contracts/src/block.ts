import { type ListRows } from './list-rows.js';
import { type RecordValues } from './record-values.js';
import { type TextRows } from './text-rows.js';

/**
 * Decoded records in columns: row i is record i of the batch, whatever became of it, so that no index has
 * to be translated. Columns of rows that are not `ok` hold defaults.
 */

/** Records of one partition as the log delivers them; columns of equal length. */
export interface RecordColumns {
  readonly count: number;
  /** Ascending; gaps are control records or compaction. */
  readonly offsets: ArrayLike<number>;
  /** Log timestamp of each record, epoch ms. */
  readonly logTimesMs: ArrayLike<number>;
  readonly values: RecordValues;
  /** Bytes of a record's key; needed for reference data alone. */
  key?(row: number): Uint8Array | null;
}

export const OUTCOME_OK = 0;
export const OUTCOME_INVALID = 1;
export const OUTCOME_IGNORED = 2;

/** Closed list: the same words are metric labels, dead-letter reasons and columns. */
export const INVALID_REASONS = [
  'empty',
  'too_large',
  'not_utf8',
  'not_json',
  'not_an_object',
  'duplicate_key',
  'too_deep',
  'missing_field',
  'wrong_type',
  'out_of_range',
  'enum',
  'bad_time',
  'insane_time',
  'missing_id',
  'key_mismatch',
] as const;
export const IGNORED_REASONS = ['tombstone', 'unknown_type'] as const;
export type InvalidReason = (typeof INVALID_REASONS)[number];
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** Interned text: `ids[i]` indexes `dictionary.values`. Id 0 is always the empty string (also: absent). */
export interface DictionaryColumn {
  readonly kind: 'dictionary';
  readonly ids: Int32Array;
  readonly dictionary: Dictionary;
}
/** A growing list of distinct strings. It is replaced by a new object when its bound is reached. */
export interface Dictionary {
  readonly values: readonly string[];
}
export interface TextColumn {
  readonly kind: 'text';
  readonly values: TextRows;
}
/** Integers, scaled decimals and epoch milliseconds; all safe integers. */
export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
}
export interface BooleanColumn {
  readonly kind: 'boolean';
  readonly values: Uint8Array;
}
/** Fields with `each`. */
export interface ListColumn {
  readonly kind: 'list';
  readonly values: ListRows;
}
export type ColumnData = DictionaryColumn | TextColumn | NumberColumn | BooleanColumn | ListColumn;

export interface DecodedColumn {
  readonly name: string;
  /** 1 where the optional field was absent or null; undefined for required fields. */
  readonly absent: Uint8Array | undefined;
  readonly data: ColumnData;
}

export interface DecodedBlock {
  readonly count: number;
  /** OUTCOME_OK, OUTCOME_INVALID or OUTCOME_IGNORED a row. */
  readonly outcomes: Uint8Array;
  /** Index into INVALID_REASONS or IGNORED_REASONS, by outcome. */
  readonly reasons: Uint8Array;
  /** For invalid rows: what, in words (e.g. `data.totalMinor: expected integer, found "12"`); sparse. */
  readonly details: ReadonlyMap<number, string>;
  /** 128-bit hash of the event id: four 32-bit words a row. */
  readonly idHash: Uint32Array;
  /** Event time, epoch ms. */
  readonly eventTimesMs: Float64Array;
  /** By field, in the contract's order; then, of reference data, whether the key was deleted. */
  readonly columns: readonly DecodedColumn[];
}

export interface Decoder {
  /**
   * Decodes records [from, to) of a batch. Row 0 of the answer is record `from`. The block is valid until
   * the next call: columns are reused. Never throws for any bytes.
   */
  decode(records: RecordColumns, from: number, to: number): DecodedBlock;
}
