import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOME_OK } from '../block.js';
import { RecordValues } from '../record-values.js';
import { ColumnBuffer } from './column-buffer.js';
import { compileDecoder } from './compile-decoder.js';
import { decodeAll, LOG_TIME_MS, SALES } from './decoder.samples.js';
import { LearningScanner } from './learning-scanner.js';

const MESSAGES = 40;

/** Values of a message, as JSON: of the contract, and two that are not. */
const USUAL = {
  id: '"e-1"',
  type: '"sales.sold"',
  time: '"2025-01-31T12:00:00.123Z"',
  trace: '{"span":[1,"}"]}',
  region: '"süd"',
  totalMinor: '-1250',
  campaign: 'null',
  lines: '[{"sku":"a","note":{"text":"b"},"price":1.5}]',
  gift: 'true',
  address: '{"city":"Köln","street":null}',
  weight: '1.125',
};
type Values = Record<keyof typeof USUAL, string>;

/** Ways in which programs write the same. */
const STYLES: Record<string, (values: Values) => string> = {
  compact: (v) =>
    `{"specversion":"1.0","id":${v.id},"source":"/shop","type":${v.type},"time":${v.time},"trace":${v.trace},` +
    `"data":{"region":${v.region},"totalMinor":${v.totalMinor},"campaign":${v.campaign},"lines":${v.lines},` +
    `"gift":${v.gift},"address":${v.address},"weight":${v.weight}}}`,
  spaced: (v) =>
    `{ "data" : {"lines": ${v.lines} ,\n "region" :${v.region}, "x": 1, "totalMinor":${v.totalMinor} },` +
    `"type":${v.type},"time": ${v.time}, "source":"/shop", "länge": "ü" , "id":${v.id}}`,
};
const styles = Object.entries(STYLES);

const bytesOf = (text: string): Buffer => Buffer.from(text);
const numbered = (style: (values: Values) => string, index: number): Buffer =>
  bytesOf(style({ ...USUAL, id: `"e-${index}"`, totalMinor: String(index), trace: `{"n":${index}}` }));
const many = (style: (values: Values) => string, count = MESSAGES): Buffer[] =>
  Array.from({ length: count }, (_, index) => numbered(style, index));

/** Messages of a block that had another layout than the one that the scanner knew. */
function othersOf(scanner: LearningScanner, messages: readonly Buffer[]): number {
  const values = RecordValues.of(messages);
  const columns = SALES.fields.map((field) => new ColumnBuffer(field));
  for (const column of columns) column.prepare(messages.length, 64);
  const [hashes, times] = [new Uint32Array(256), new Float64Array(64)];
  const bound = scanner.bind(columns, hashes, times, values.bytes);
  for (const row of messages.keys())
    if (!bound.scan(values.bytes, values.starts[row]!, values.ends[row]!, row, LOG_TIME_MS))
      throw new Error(`not recognised: ${messages[row]!.toString()}`);
  scanner.learn(values, 0, messages.length, new Uint8Array(messages.length).fill(OUTCOME_OK));
  return bound.others;
}

describe('a learning scanner', () => {
  it.each(styles)('reads messages by their layout once it has seen some (%s)', (_, style) => {
    const scanner = new LearningScanner(SALES);
    expect(othersOf(scanner, many(style))).toBe(MESSAGES);
    expect(othersOf(scanner, many(style))).toBe(0);
    const other = bytesOf(style(USUAL).replace('"region"', ' "region"'));
    expect(othersOf(scanner, [other, ...many(style)])).toBe(1);
  });

  it('learns anew when the messages change, some times', () => {
    const scanner = new LearningScanner(SALES);
    const turns = Array.from({ length: 12 }, (_, turn) => {
      const style = styles[turn % 2]![1];
      return [othersOf(scanner, many(style)), othersOf(scanner, many(style))];
    });
    expect(turns.slice(0, 8)).toEqual(turns.slice(0, 8).map(() => [MESSAGES, 0]));
    // Then it stays with the last layout.
    expect(turns.slice(8).map(([, second]) => second)).toEqual([MESSAGES, 0, MESSAGES, 0]);
  });

  it('learns nothing of a few messages, nor of ones that all differ', () => {
    const scanner = new LearningScanner(SALES);
    expect(othersOf(scanner, many(STYLES['compact']!, 5))).toBe(5);
    expect(othersOf(scanner, many(STYLES['compact']!, 5))).toBe(5);
    const differing = many(STYLES['compact']!).map((bytes, index) =>
      bytesOf(bytes.toString().replace('"specversion"', `"version${index}"`)),
    );
    othersOf(scanner, differing);
    expect(othersOf(scanner, differing)).toBe(MESSAGES);
  });
});

describe('messages of a known layout', () => {
  const value = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => JSON.stringify(text)),
    },
    { weight: 2, arbitrary: fc.integer().map(String) },
    { weight: 4, arbitrary: fc.constantFrom(...Object.values(USUAL)) },
    fc.constantFrom(
      'null',
      'true',
      '{}',
      '[]',
      '"',
      '1.',
      '-',
      '"\\u00e9"',
      '"\\',
      'nul',
      ' 1',
      '"sales.other"',
    ),
    fc.constantFrom('"}', '}}', '},{"id":"e-2"', '"a","id":"b"', '01', '1e3', '"2025-01-31T12:00:00Z"', ''),
  );
  const changes = fc.dictionary(fc.constantFrom(...Object.keys(USUAL)), value, { maxKeys: 3 });
  const damages = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { maxLength: 2 });
  const damaged = (message: Buffer, all: readonly (readonly [number, number, number])[]): Buffer => {
    let bytes = message;
    for (const [at, byte, how] of all) {
      const p = at % (bytes.length + 1);
      const rest = bytes.subarray(how === 1 ? p : p + 1);
      bytes = how === 0 ? bytes.subarray(0, p) : Buffer.concat([bytes.subarray(0, p), Buffer.of(byte), rest]);
    }
    return bytes;
  };
  const runs = Number(process.env['FRESHET_FUZZ_RUNS'] ?? 1500) * 2;

  it.each(styles)('and what is nearly such a message are read as plain JSON is (%s)', (_, style) => {
    const [scanner, plain] = [compileDecoder(SALES), compileDecoder(SALES, { path: 'plain' })];
    decodeAll(scanner, many(style));
    let okCount = 0;
    fc.assert(
      fc.property(changes, damages, (changed, all) => {
        // One after the other in memory: what goes beyond the end of one finds another.
        const bytes = [
          numbered(style, 7),
          damaged(bytesOf(style({ ...USUAL, ...changed })), all),
          numbered(style, 8),
        ];
        const rows = decodeAll(scanner, bytes);
        expect(rows).toEqual(decodeAll(plain, bytes));
        if (rows[1]!.outcome === 'ok') okCount++;
      }),
      { numRuns: runs },
    );
    expect(okCount).toBeGreaterThan(runs / 20);
  });

  it.each(styles)('are refused when they are cut off anywhere (%s)', (_, style) => {
    const [scanner, plain] = [compileDecoder(SALES), compileDecoder(SALES, { path: 'plain' })];
    decodeAll(scanner, many(style));
    const whole = numbered(style, 7);
    const cuts = Array.from(whole, (_, end) => whole.subarray(0, end));
    expect(decodeAll(scanner, cuts)).toEqual(decodeAll(plain, cuts));
  });

  it('have texts that a guess would confuse', () => {
    const [scanner, plain] = [compileDecoder(SALES), compileDecoder(SALES, { path: 'plain' })];
    // The same where a guess looks, a beginning of another one, with a quote or an escape within.
    const texts = [
      'abcdEFGHijklmnopq',
      'abcdXXXXijklmnopq',
      'abcdEFGHijklmnopQ',
      'abcdEFGHijkl',
      'a',
      'ab',
      'abc',
      '',
    ];
    const written = [...texts, 'a"', 'a"b', 'a\\', 'a\n', 'ü', 'abcdEFGHijklmnop\u0000'].map((each) =>
      JSON.stringify(each),
    );
    const broken = ['"abcdEFGHijklmnopq', '"a"b"', '"abc}', '"a\n"'];
    const campaigns = [...written, ...broken, ...written, ...broken.toReversed(), ...written.toReversed()];
    for (const [, style] of styles) {
      const bytes = [...campaigns, ...campaigns].map((campaign) =>
        bytesOf(style({ ...USUAL, campaign, lines: `[{"sku":${campaign},"note":{"text":"b"},"price":1}]` })),
      );
      decodeAll(scanner, many(style));
      expect(decodeAll(scanner, bytes)).toEqual(decodeAll(plain, bytes));
    }
  });
});
