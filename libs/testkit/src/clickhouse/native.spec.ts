import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClickHouseClient } from '@clickhouse/client';
import {
  arrayColumn,
  BigInt64,
  BigUInt64,
  Bool,
  bytesColumn,
  column,
  dictionaryColumn,
  Float64,
  InsertMismatch,
  insertNative,
  Int32,
  Int64,
  lowCardinalityColumn,
  mapColumn,
  nullableArrayColumn,
  nullableColumn,
  Text,
  Time,
  tupleColumn,
  UInt32,
  UInt64,
  UInt8,
  type NativeColumn,
} from '@freshet/clickhouse/native';
import { startTestStore, type TestStore } from './test-store.js';

let store: TestStore;
let client: ClickHouseClient;
let tables = 0;

beforeAll(async () => {
  store = await startTestStore();
  client = store.client;
  await client.command({ query: 'CREATE DATABASE freshet' });
});
afterAll(async () => {
  await store?.stop();
});

/** Writes rows [from, to) of a column and reads them back in the same order, as JSON. */
async function roundTrip(made: NativeColumn, to: number, from = 0): Promise<unknown[]> {
  const table = `freshet.t${(tables += 1)}`;
  await client.command({
    query: `CREATE TABLE ${table} (v ${made.type}, n UInt32) ENGINE = MergeTree ORDER BY n`,
    clickhouse_settings: { allow_suspicious_low_cardinality_types: 1 },
  });
  const order = column('n', UInt32, (row) => row);
  await insertNative(client, table, [{ columns: [made, order], from, to }]);
  const answer = await client.query({
    query: `SELECT v FROM ${table} ORDER BY n`,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });
  return (await answer.json<[unknown]>()).map(([value]) => value);
}

const at =
  <T>(values: readonly T[]) =>
  (row: number): T =>
    values[row]!;

describe('Native blocks, read back by the engine', () => {
  it.each([
    ['UInt8', column('v', UInt8, at([0, 7, 255])), [0, 7, 255]],
    ['UInt32', column('v', UInt32, at([0, 1, 0xffffffff])), [0, 1, 0xffffffff]],
    ['Int32', column('v', Int32, at([-(2 ** 31), -1, 2 ** 31 - 1])), [-(2 ** 31), -1, 2 ** 31 - 1]],
    ['UInt64', column('v', UInt64, at([0, 2 ** 32, 2 ** 53 - 1])), ['0', '4294967296', '9007199254740991']],
    [
      'Int64',
      column('v', Int64, at([-1, -(2 ** 53) + 1, 4294967295])),
      ['-1', '-9007199254740991', '4294967295'],
    ],
    ['Int64 of bigint', column('v', BigInt64, at([-(2n ** 63n), -1n])), ['-9223372036854775808', '-1']],
    ['UInt64 of bigint', column('v', BigUInt64, at([2n ** 64n - 1n])), ['18446744073709551615']],
    ['Float64', column('v', Float64, at([-0.5, 1e300])), [-0.5, 1e300]],
    ['Bool', column('v', Bool, at([true, false])), [true, false]],
    [
      'String',
      column('v', Text, at(['', 'a', 'Käse 😀', 'x'.repeat(200), 'é'.repeat(9)])),
      ['', 'a', 'Käse 😀', 'x'.repeat(200), 'é'.repeat(9)],
    ],
    [
      'DateTime64',
      column('v', Time, at([0, Date.UTC(2026, 8, 21, 13, 33, 20, 123)])),
      ['1970-01-01 00:00:00.000', '2026-09-21 13:33:20.123'],
    ],
    ['Nullable', nullableColumn('v', Int64, at([null, 3, null])), [null, '3', null]],
    ['Array', arrayColumn('v', Text, at([[], ['a', ''], ['b']])), [[], ['a', ''], ['b']]],
    [
      'Array of Nullable',
      nullableArrayColumn('v', Int64, at([[null, 1], [], [2]])),
      [[null, '1'], [], ['2']],
    ],
    [
      'Map',
      mapColumn(
        'v',
        Int32,
        UInt64,
        at([
          new Map([
            [-3, 5],
            [4, 6],
          ]),
          new Map<number, number>(),
        ]),
      ),
      [{ '-3': '5', '4': '6' }, {}],
    ],
    [
      'Tuple',
      tupleColumn('v', [column('a', Int64, at([1, 2])), column('b', Text, at(['x', 'y']))]),
      [
        { a: '1', b: 'x' },
        { a: '2', b: 'y' },
      ],
    ],
    ['FixedString', bytesColumn('v', 'FixedString(2)', 2, Buffer.from('abcd')), ['ab', 'cd']],
    [
      'UInt128',
      bytesColumn('v', 'UInt128', 16, new Uint8Array(Uint32Array.of(1, 0, 0, 0, 0, 0, 0, 1).buffer)),
      ['1', String(2n ** 96n)],
    ],
    ['LowCardinality', lowCardinalityColumn('v', at(['b', 'a', 'b', ''])), ['b', 'a', 'b', '']],
    [
      'dictionary',
      dictionaryColumn('v', Int32Array.of(2, 0, 2), { values: ['', 'x', 'y'] }, undefined, false),
      ['y', '', 'y'],
    ],
    [
      'nullable dictionary',
      dictionaryColumn('v', Int32Array.of(2, 0, 0), { values: ['', 'x', 'y'] }, Uint8Array.of(0, 1, 0), true),
      ['y', null, ''],
    ],
  ] as const)('%s', async (_, made: NativeColumn, expected) => {
    expect(await roundTrip(made, expected.length)).toEqual(expected);
  });

  it.each([300, 70_000])('a dictionary of %i keys, from its middle', async (keys) => {
    const made = lowCardinalityColumn('v', (row) => `k${row}`);
    const read = await roundTrip(made, keys, 5);
    expect(read).toHaveLength(keys - 5);
    expect(read[0]).toBe('k5');
    expect(read.at(-1)).toBe(`k${keys - 1}`);
  });

  it('refuses numbers that 64 bits or exactness cannot hold, and columns that the table lacks', async () => {
    await expect(roundTrip(column('v', Int64, at([0.5])), 1)).rejects.toThrow('not a whole number');
    await expect(roundTrip(column('v', BigUInt64, at([2n ** 64n])), 1)).rejects.toThrow('64 bits');
    await client.command({ query: 'CREATE TABLE freshet.other (a UInt8) ENGINE = MergeTree ORDER BY a' });
    const wrong = [column('b', UInt8, at([1]))];
    await expect(insertNative(client, 'freshet.other', [{ columns: wrong, from: 0, to: 1 }])).rejects.toThrow(
      'b',
    );
  });

  it('takes what views on the table pass on for no mismatch', async () => {
    for (const table of ['fed', 'feeding'])
      await client.command({
        query: `CREATE TABLE freshet.${table} (v Int32) ENGINE = MergeTree ORDER BY v`,
      });
    await client.command({
      query:
        'CREATE MATERIALIZED VIEW freshet.feed TO freshet.fed AS SELECT v FROM freshet.feeding WHERE v > 0',
    });
    const values = column('v', Int32, (row) => row);
    await insertNative(client, 'freshet.feeding', [{ columns: [values], from: 0, to: 3 }]);
    expect(await store.rows('SELECT v FROM freshet.fed ORDER BY v')).toEqual([{ v: 1 }, { v: 2 }]);
  });

  it('notices that fewer rows were stored than sent', async () => {
    const table = 'freshet.nothing';
    await client.command({ query: `CREATE TABLE ${table} (a UInt8) ENGINE = MergeTree ORDER BY a` });
    const columns = [column('a', UInt8, at([1, 2]))];
    const deaf = Object.create(client, {
      exec: {
        value: async (params: Parameters<ClickHouseClient['exec']>[0]) => {
          const answer = await client.exec(params);
          return { ...answer, stream: answer.stream, summary: { ...answer.summary, written_rows: '1' } };
        },
      },
    }) as ClickHouseClient;
    await expect(insertNative(deaf, table, [{ columns, from: 0, to: 2 }])).rejects.toThrow(InsertMismatch);
    await insertNative(client, table, [{ columns, from: 0, to: 2 }]);
  });
});
