import { ListRows, TextRows } from '@freshet/contracts';
import { describe, expect, it } from 'vitest';

import { ByteWriter } from './byte-writer.js';
import {
  arrayColumn,
  BigUInt64,
  Bool,
  column,
  constantColumn,
  constantTextColumn,
  hashesColumn,
  Int64,
  int64Column,
  listColumn,
  lowCardinalityColumn,
  nullableColumn,
  Text,
  textColumn,
  UInt32,
  type NativeColumn,
} from './columns.js';

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  255,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
  1_763_000_000_000,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
];
const TEXTS = ['', 'a', 'u-12345', 'é', 'Zürich', 'x'.repeat(23), 'y'.repeat(200), '🙂', 'a\0b'];
const some = <T>(values: readonly T[]): T[] =>
  Array.from({ length: 300 }, (_, row) => values[(row * 7) % values.length]!);
const absent = Uint8Array.from({ length: 300 }, (_, row) => (row % 3 === 0 ? 1 : 0));

/** Each column that is fast, and the slow twin that writes a value at a time. */
const numbers = Float64Array.from(some(NUMBERS), (value, row) => (absent[row] === 1 ? 0 : value));
const texts = some(TEXTS).map((value, row) => (absent[row] === 1 ? '' : value));
const lists = some([[], ['a'], ['', 'Zürich', 'x'.repeat(200)]]);
const numberLists = some([[], [-1], [2 ** 53 - 1, 0]]);
const flagLists = some([[true], [], [false, true]]);
const hashes = some([[], [1n], [2n ** 64n - 1n, 5n]]);
const orNull = <T>(value: T, row: number): T | null => (absent[row] === 1 ? null : value);
const TWINS: Record<string, readonly [NativeColumn, NativeColumn]> = {
  numbers: [int64Column('c', Int64, numbers), column('c', Int64, (row) => numbers[row]!)],
  'numbers or NULL': [
    int64Column('c', Int64, numbers, absent),
    nullableColumn('c', Int64, (row) => orNull(numbers[row]!, row)),
  ],
  texts: [textColumn('c', TextRows.of(texts)), column('c', Text, (row) => texts[row]!)],
  'texts or NULL': [
    textColumn('c', TextRows.of(texts), absent),
    nullableColumn('c', Text, (row) => orNull(texts[row]!, row)),
  ],
  'one number': [constantColumn('c', UInt32, 70_000), column('c', UInt32, () => 70_000)],
  'one text': [constantTextColumn('c', 'orders'), lowCardinalityColumn('c', () => 'orders')],
  'lists of text': [
    listColumn('c', 'String', ListRows.of('text', lists)),
    arrayColumn('c', Text, (row) => lists[row]!),
  ],
  'lists of numbers': [
    listColumn('c', 'Int64', ListRows.of('number', numberLists)),
    arrayColumn('c', Int64, (row) => numberLists[row]!),
  ],
  'lists of flags': [
    listColumn('c', 'Bool', ListRows.of('boolean', flagLists)),
    arrayColumn('c', Bool, (row) => flagLists[row]!),
  ],
  hashes: [
    hashesColumn('c', (row) => BigUint64Array.from(hashes[row]!)),
    arrayColumn('c', BigUInt64, (row) => hashes[row]!),
  ],
};

describe('columns written in one loop', () => {
  it.each(Object.keys(TWINS))('%s: the same bytes as a value at a time', (name) => {
    const [fast, slow] = TWINS[name]!;
    expect(fast.type).toBe(slow.type);
    for (const [from, to] of [
      [0, 300],
      [0, 1],
      [17, 251],
      [299, 300],
    ] as const)
      expect(written(fast, from, to)).toEqual(written(slow, from, to));
  });

  it.each([0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d in a column of whole numbers',
    (value) => {
      expect(() => written(int64Column('c', Int64, [1, value]), 0, 2)).toThrow(RangeError);
    },
  );
});

function written(each: NativeColumn, from: number, to: number): Buffer {
  const out = new ByteWriter(1);
  each.write(out, from, to);
  return out.finish();
}
