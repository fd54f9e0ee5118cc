import { type Dictionary, type ListRows, type TextRows } from '@freshet/contracts';
import { type ByteWriter } from './byte-writer.js';

/** Writes the values of rows [from, to). */
export type WriteValues = (out: ByteWriter, from: number, to: number) => void;

/** How a type is written: its name, and its values by a row's index. */
export interface NativeType<T> {
  readonly name: string;
  readonly write: (out: ByteWriter, value: T) => void;
  /** Stands for an absent value below Nullable. */
  readonly empty: T;
}

/** A column of a Native block. */
export interface NativeColumn {
  readonly name: string;
  /** ClickHouse type, e.g. `Array(Int64)`. */
  readonly type: string;
  readonly write: WriteValues;
}

const simple = <T>(name: string, empty: T, write: NativeType<T>['write']): NativeType<T> => ({
  name,
  empty,
  write,
});

export const UInt8 = simple('UInt8', 0, (out, value: number) => out.uint8(value));
export const UInt32 = simple('UInt32', 0, (out, value: number) => out.uint32(value));
export const Int32 = simple('Int32', 0, (out, value: number) => out.int32(value));
/** Whole numbers below 2^53. */
export const UInt64 = simple('UInt64', 0, (out, value: number) => out.int64(value));
export const Int64 = simple('Int64', 0, (out, value: number) => out.int64(value));
export const BigInt64 = simple('Int64', 0n, (out, value: bigint) => out.bigint64(value));
export const BigUInt64 = simple('UInt64', 0n, (out, value: bigint) => out.bigint64(value));
export const Float64 = simple('Float64', 0, (out, value: number) => out.float64(value));
export const Bool = simple('Bool', false, (out, value: boolean) => out.uint8(value ? 1 : 0));
export const Text = simple('String', '', (out, value: string) => out.text(value));
/** Epoch milliseconds. */
export const Time = simple("DateTime64(3, 'UTC')", 0, (out, value: number) => out.int64(value));

/** A column of one value a row. */
export function column<T>(name: string, type: NativeType<T>, valueAt: (row: number) => T): NativeColumn {
  return {
    name,
    type: type.name,
    write: (out, from, to) => {
      for (let row = from; row < to; row += 1) type.write(out, valueAt(row));
    },
  };
}

/** A column of one value in every row. */
export function constantColumn<T>(name: string, type: NativeType<T>, value: T): NativeColumn {
  return {
    name,
    type: type.name,
    write: (out, from, to) => out.repeat(to - from, () => type.write(out, value)),
  };
}

/** Whole numbers by row; NULL where `absent` has 1. Faster than `column` with the same result. */
export function int64Column(
  name: string,
  type: NativeType<number>,
  values: ArrayLike<number>,
  absent?: Uint8Array,
): NativeColumn {
  return {
    name,
    type: absent === undefined ? type.name : `Nullable(${type.name})`,
    write: (out, from, to) => {
      if (absent !== undefined) out.uint8s(absent, from, to);
      out.int64s(values, from, to);
    },
  };
}

/** Texts by row, copied as they lie in memory; NULL where `absent` has 1. */
export function textColumn(name: string, values: TextRows, absent?: Uint8Array): NativeColumn {
  return {
    name,
    type: absent === undefined ? 'String' : 'Nullable(String)',
    write: (out, from, to) => {
      if (absent !== undefined) out.uint8s(absent, from, to);
      out.raw(values.slice(from, to));
    },
  };
}

/** LowCardinality(String) of one text in every row. */
export function constantTextColumn(name: string, value: string): NativeColumn {
  return {
    name,
    type: 'LowCardinality(String)',
    write: (out, from, to) => writeLowCardinality(out, [value], new Uint32Array(to - from)),
  };
}

/** NULL where the value is null. */
export function nullableColumn<T>(
  name: string,
  type: NativeType<T>,
  valueAt: (row: number) => T | null,
): NativeColumn {
  return {
    name,
    type: `Nullable(${type.name})`,
    write: (out, from, to) => {
      for (let row = from; row < to; row += 1) out.uint8(valueAt(row) === null ? 1 : 0);
      for (let row = from; row < to; row += 1) type.write(out, valueAt(row) ?? type.empty);
    },
  };
}

/** Array(T). */
export function arrayColumn<T>(
  name: string,
  type: NativeType<T>,
  valueAt: (row: number) => readonly T[],
): NativeColumn {
  return {
    name,
    type: `Array(${type.name})`,
    write: (out, from, to) => {
      writeEnds(out, from, to, (row) => valueAt(row).length);
      for (let row = from; row < to; row += 1) for (const value of valueAt(row)) type.write(out, value);
    },
  };
}

/** Array(`itemType`) of lists by row, copied as they lie in memory. */
export function listColumn(name: string, itemType: string, lists: ListRows): NativeColumn {
  return {
    name,
    type: `Array(${itemType})`,
    write: (out, from, to) => {
      const [first, end] = [lists.startOf(from), lists.startOf(to)];
      for (let row = from; row < to; row += 1) out.int64(lists.startOf(row + 1) - first);
      if (lists.kind === 'text') out.raw(lists.texts.slice(first, end));
      else if (lists.kind === 'boolean') out.uint8s(lists.numbers, first, end);
      else out.int64s(lists.numbers, first, end);
    },
  };
}

export function nullableArrayColumn<T>(
  name: string,
  type: NativeType<T>,
  valueAt: (row: number) => readonly (T | null)[],
): NativeColumn {
  return {
    name,
    type: `Array(Nullable(${type.name}))`,
    write: (out, from, to) => {
      writeEnds(out, from, to, (row) => valueAt(row).length);
      for (let row = from; row < to; row += 1)
        for (const value of valueAt(row)) out.uint8(value === null ? 1 : 0);
      for (let row = from; row < to; row += 1)
        for (const value of valueAt(row)) type.write(out, value ?? type.empty);
    },
  };
}

export function mapColumn<K, V>(
  name: string,
  key: NativeType<K>,
  value: NativeType<V>,
  valueAt: (row: number) => ReadonlyMap<K, V>,
): NativeColumn {
  return {
    name,
    type: `Map(${key.name}, ${value.name})`,
    write: (out, from, to) => {
      writeEnds(out, from, to, (row) => valueAt(row).size);
      for (let row = from; row < to; row += 1) for (const each of valueAt(row).keys()) key.write(out, each);
      for (let row = from; row < to; row += 1)
        for (const each of valueAt(row).values()) value.write(out, each);
    },
  };
}

/** Named tuple: its elements are columns of their own, one after the other. */
export function tupleColumn(name: string, elements: readonly NativeColumn[]): NativeColumn {
  return {
    name,
    type: `Tuple(${elements.map((element) => `${element.name} ${element.type}`).join(', ')})`,
    write: (out, from, to) => {
      for (const element of elements) element.write(out, from, to);
    },
  };
}

/** Array(UInt64) of hashes by row, copied as they lie in memory (little-endian, as the format is). */
export function hashesColumn(name: string, valueAt: (row: number) => BigUint64Array): NativeColumn {
  return {
    name,
    type: 'Array(UInt64)',
    write: (out, from, to) => {
      writeEnds(out, from, to, (row) => valueAt(row).length);
      for (let row = from; row < to; row += 1) {
        const { buffer, byteOffset, byteLength } = valueAt(row);
        out.raw(new Uint8Array(buffer, byteOffset, byteLength));
      }
    },
  };
}

/** `size` bytes a row, row by row in `bytes`; `type` is FixedString(size) or a wide integer. */
export function bytesColumn(name: string, type: string, size: number, bytes: Uint8Array): NativeColumn {
  return { name, type, write: (out, from, to) => out.raw(bytes.subarray(from * size, to * size)) };
}

/** LowCardinality(String) of a text by row; repeats are found anew. */
export function lowCardinalityColumn(name: string, valueAt: (row: number) => string): NativeColumn {
  return {
    name,
    type: 'LowCardinality(String)',
    write: (out, from, to) => {
      const keys: string[] = [];
      const known = new Map<string, number>();
      const indexes = new Uint32Array(to - from);
      for (let row = from; row < to; row += 1) {
        const value = valueAt(row);
        let index = known.get(value);
        if (index === undefined) {
          index = keys.push(value) - 1;
          known.set(value, index);
        }
        indexes[row - from] = index;
      }
      writeLowCardinality(out, keys, indexes);
    },
  };
}

/** LowCardinality(String) of interned text; LowCardinality(Nullable(String)) when `absent` is given. */
export function dictionaryColumn(
  name: string,
  ids: Int32Array,
  dictionary: Dictionary,
  absent: Uint8Array | undefined,
  nullable: boolean,
): NativeColumn {
  return {
    name,
    type: nullable ? 'LowCardinality(Nullable(String))' : 'LowCardinality(String)',
    write: (out, from, to) => {
      const { values } = dictionary;
      // Key 0 of a nullable dictionary stands for NULL.
      const keys: string[] = nullable ? [''] : [];
      const indexOf = new Int32Array(values.length).fill(-1);
      const indexes = new Uint32Array(to - from);
      for (let row = from; row < to; row += 1) {
        if (nullable && absent?.[row] === 1) continue;
        const id = ids[row]!;
        let index = indexOf[id]!;
        if (index < 0) {
          index = keys.push(values[id]!) - 1;
          indexOf[id] = index;
        }
        indexes[row - from] = index;
      }
      writeLowCardinality(out, keys, indexes);
    },
  };
}

const DICTIONARY_VERSION = 1;
const HAS_KEYS = 1 << 9;
const NEW_DICTIONARY = 1 << 10;

function writeLowCardinality(out: ByteWriter, keys: readonly string[], indexes: Uint32Array): void {
  out.int64(DICTIONARY_VERSION);
  const width = keys.length <= 0x100 ? 0 : keys.length <= 0x10000 ? 1 : 2;
  out.int64(HAS_KEYS | NEW_DICTIONARY | width);
  out.int64(keys.length);
  for (const key of keys) out.text(key);
  out.int64(indexes.length);
  if (width === 0) out.uint8s(indexes, 0, indexes.length);
  else if (width === 1) for (const index of indexes) out.uint16(index);
  else for (const index of indexes) out.uint32(index);
}

/** Where each row's elements end: cumulative counts. */
function writeEnds(out: ByteWriter, from: number, to: number, lengthAt: (row: number) => number): void {
  let end = 0;
  for (let row = from; row < to; row += 1) {
    end += lengthAt(row);
    out.int64(end);
  }
}
