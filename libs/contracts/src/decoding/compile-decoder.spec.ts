import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Contract } from '../contract.js';
import { RecordValues } from '../record-values.js';
import { compileDecoder } from './compile-decoder.js';
import { decodeAll, LOG_TIME_MS, READINGS, SALES, SHELVES } from './decoder.samples.js';

const text = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

const sale = (data: object = {}, attributes: object = {}) => ({
  specversion: '1.0',
  id: 'e-1',
  source: '/shop',
  type: 'sales.sold',
  time: '2025-01-31T12:00:00.123Z',
  ...attributes,
  data: { region: 'north', totalMinor: 1250, lines: [], ...data },
});

/** Decodes one message on both paths, which must agree, and shows it. */
function decode(value: unknown, contract: Contract = SALES) {
  const bytes = value instanceof Uint8Array ? value : text(value);
  const [scanned] = decodeAll(compileDecoder(contract), [bytes]);
  const [plain] = decodeAll(compileDecoder(contract, { path: 'plain' }), [bytes]);
  expect(scanned).toEqual(plain);
  if (scanned === undefined) throw new Error('no row');
  return scanned;
}

describe('a decoder', () => {
  it('reads every kind of field', () => {
    const row = decode(
      sale({
        customerId: 'c-7',
        region: 'süd',
        pieces: 3,
        weight: 1.5,
        gift: true,
        address: { city: 'Zürich', street: null },
        lines: [
          { sku: 'A', note: { text: 'x' }, price: '1.10', color: 'red' },
          { sku: 'B', note: { text: '' }, price: -2 },
        ],
        tags: ['new', 'ü'],
        deliveredAt: '2025-02-01T01:00:00+02:00',
      }),
    );
    expect(row.outcome).toBe('ok');
    expect(row.eventTimeMs).toBe(Date.parse('2025-01-31T12:00:00.123Z'));
    expect(row.fields).toEqual({
      id: 'e-1',
      source: '/shop',
      type: 'sales.sold',
      time: Date.parse('2025-01-31T12:00:00.123Z'),
      customerId: 'c-7',
      region: 'süd',
      campaign: { absent: '' },
      totalMinor: 1250,
      pieces: 3,
      weight: 1500,
      gift: 1,
      city: 'Zürich',
      street: { absent: '' },
      lineSku: ['A', 'B'],
      lineNote: ['x', ''],
      linePrice: [110, -200],
      tags: ['new', 'ü'],
      deliveredAt: Date.parse('2025-01-31T23:00:00Z'),
    });
  });

  it('reads plain JSON, composite ids and every way of writing a time', () => {
    const reading = {
      device: 'd',
      sequence: 12,
      kind: 'a',
      at: 1738324800.25,
      seenAt: 1738324800250,
      localAt: '2025-07-01 13:00:00',
      flags: [{ ok: true }, { ok: false }],
    };
    const row = decode(reading, READINGS);
    expect(row.outcome).toBe('ok');
    expect(row.eventTimeMs).toBe(1738324800250);
    expect(row.fields['localAt']).toBe(Date.parse('2025-07-01T12:00:00Z'));
    expect(row.fields['ok']).toEqual([true, false]);
    expect(decode({ ...reading, device: 'd1', sequence: 2 }, READINGS).idHash).not.toBe(row.idHash);
  });

  it.each<readonly [string, unknown, string]>([
    ['no bytes', '', 'invalid empty'],
    ['truncated JSON', JSON.stringify(sale()).slice(0, -3), 'invalid not_json'],
    ['text after the object', `${JSON.stringify(sale())}x`, 'invalid not_json'],
    ['a trailing comma', JSON.stringify(sale()).replace(/}}$/, ',}}'), 'invalid not_json'],
    ['a byte order mark', `﻿${JSON.stringify(sale())}`, 'invalid not_json'],
    ['an array', '[1]', 'invalid not_an_object'],
    ['null', 'null', 'invalid not_an_object'],
    ['invalid UTF-8', Buffer.from(JSON.stringify(sale({ x: 'é' })), 'latin1'), 'invalid not_utf8'],
    ['half a surrogate pair', sale({ customerId: '\ud800' }), 'invalid not_utf8'],
    ['half a surrogate pair in an unknown field', sale({ other: '\ud800' }), 'ok'],
    ['a key that comes twice', '{"id":"a","id":"b"}', 'invalid duplicate_key'],
    ['an unknown key that comes twice', '{"x":{"y":1,"y":2}}', 'invalid duplicate_key'],
    ['a key that comes twice, once with escapes', '{"id":"a","\\u0069d":"b"}', 'invalid duplicate_key'],
    ['nesting of 10,000', '['.repeat(10_000) + ']'.repeat(10_000), 'invalid too_deep'],
    ['unclosed nesting of 10,000', '{"a":'.repeat(10_000), 'invalid not_json'],
    ['nesting of 100', sale({ x: JSON.parse('['.repeat(98) + ']'.repeat(98)) }), 'ok'],
    ['nesting of 101', sale({ x: JSON.parse('['.repeat(99) + ']'.repeat(99)) }), 'invalid too_deep'],
    ['10 MB', sale({ x: 'a'.repeat(10 * 1024 * 1024) }), 'invalid too_large'],
    ['another type', sale({ region: 7 }, { type: 'sales.quoted' }), 'ignored unknown_type'],
    ['no type', sale({}, { type: undefined }), 'invalid missing_field'],
    ['no id', sale({}, { id: undefined }), 'invalid missing_id'],
    ['a null id', sale({}, { id: null }), 'invalid missing_id'],
    ['an empty id', sale({}, { id: '' }), 'invalid missing_id'],
    ['a number as id', sale({}, { id: 5 }), 'invalid wrong_type'],
    ['a missing field', sale({ totalMinor: undefined }), 'invalid missing_field'],
    ['a null field', sale({ totalMinor: null }), 'invalid missing_field'],
    ['data that is text', { ...sale(), data: 'x' }, 'invalid wrong_type'],
    ['a number as text', sale({ totalMinor: '12' }), 'invalid wrong_type'],
    ['a fraction', sale({ totalMinor: 1.5 }), 'invalid wrong_type'],
    [
      'almost an integer',
      text(sale()).toString().replace('1250', '0.99999999999999999999'),
      'invalid wrong_type',
    ],
    [
      'a number beyond 2^53',
      text(sale()).toString().replace('1250', '9007199254740993'),
      'invalid out_of_range',
    ],
    ['a huge exponent', text(sale()).toString().replace('1250', '1e999999999'), 'invalid out_of_range'],
    ['above the maximum', sale({ pieces: 101 }), 'invalid out_of_range'],
    ['below the minimum', sale({ weight: -5.501 }), 'invalid out_of_range'],
    ['too many decimal places', sale({ weight: 0.0001 }), 'invalid out_of_range'],
    [
      'a leading zero',
      text(sale({ weight: 1.5 }))
        .toString()
        .replace('1.5', '01.5'),
      'invalid not_json',
    ],
    ['a leading zero', text(sale()).toString().replace('1250', '0125'), 'invalid not_json'],
    ['a value that is not listed', sale({ region: 'west' }), 'invalid enum'],
    ['a day that does not exist', sale({}, { time: '2025-02-29T00:00:00Z' }), 'invalid bad_time'],
    ['a time without a zone', sale({}, { time: '2025-01-29T00:00:00' }), 'invalid bad_time'],
    ['the year 1999', sale({}, { time: '1999-12-31T23:59:59.999Z' }), 'invalid insane_time'],
    ['two days ahead of the log', sale({}, { time: '2025-02-03T00:00:00Z' }), 'invalid insane_time'],
    [
      'a line without its article',
      sale({ lines: [{ note: { text: '' }, price: 1 }] }),
      'invalid missing_field',
    ],
    ['lines that are text', sale({ lines: 'x' }), 'invalid wrong_type'],
  ])('judges %s', (_, message, outcome) => {
    expect(decode(message).outcome).toBe(outcome);
  });

  it('keeps amounts exact', () => {
    const amount = (written: string) =>
      decode(text(sale()).toString().replace('1250', written)).fields['totalMinor'];
    expect(amount('-1250')).toBe(-1250);
    expect(amount('-0')).toBe(0);
    expect(amount('1.25e3')).toBe(1250);
    expect(amount('100000000000000')).toBe(100_000_000_000_000);
    const weight = (written: string) =>
      decode(
        text(sale({ weight: 1 }))
          .toString()
          .replace('"weight":1', `"weight":${written}`),
      ).fields['weight'];
    expect(weight('0.1')).toBe(100);
    expect(weight('"1.005"')).toBe(1005);
    expect(weight('1.0050000')).toBe(1005);
    expect(weight('-2.675')).toBe(-2675);
  });

  it('takes __proto__ for a key like any other', () => {
    const message = JSON.stringify(sale()).replace('"data":{', '"data":{"__proto__":{"region":"north"},');
    expect(decode(message).outcome).toBe('ok');
    expect(decode(message.replace('"region":"north",', '')).outcome).toBe('invalid missing_field');
    expect(decode(`{"constructor":1,"toString":2,${message.slice(1)}`).outcome).toBe('ok');
    expect(({} as Record<string, unknown>)['region']).toBeUndefined();
  });

  it('counts tombstones as ignored, and says in words what is wrong', () => {
    const rows = decodeAll(compileDecoder(SALES), [null, text(sale({ totalMinor: '12' }))]);
    expect(rows[0]?.outcome).toBe('ignored tombstone');
    expect(rows[1]?.detail).toBe('data.totalMinor: expected integer, found "12"');
  });

  it('takes the key of reference data for all that a record without a value says', () => {
    const bytes = (value: string | null) => (value === null ? null : text(value));
    const decoded = (path: 'scanner' | 'plain') => {
      const pairs: readonly (readonly [string | null, string | null])[] = [
        ['{"shelf":7,"label":"A"}', '7'],
        [null, '7'],
        [null, null],
        [null, 'seven'],
        ['{"shelf":8}', '9'],
        ['{"shelf":9}', null],
        [null, '10'],
      ];
      const block = compileDecoder(SHELVES, { path }).decode(
        {
          count: pairs.length,
          offsets: pairs.map((_, offset) => offset),
          logTimesMs: pairs.map(() => LOG_TIME_MS),
          values: RecordValues.of(pairs.map(([value]) => bytes(value))),
          key: (row) => bytes(pairs[row]![1]),
        },
        0,
        pairs.length,
      );
      const [shelf, label, deleted] = block.columns.map(({ data }) => data);
      if (shelf?.kind !== 'number' || label?.kind !== 'text' || deleted?.kind !== 'boolean')
        throw new Error('columns differ');
      return pairs.map((_, row) => [
        block.outcomes[row],
        shelf.values[row],
        label.values.at(row),
        deleted.values[row],
        block.eventTimesMs[row] === LOG_TIME_MS,
        block.details.get(row),
      ]);
    };
    expect(decoded('scanner')).toEqual([
      [0, 7, 'A', 0, true, undefined],
      [0, 7, '', 1, true, undefined],
      [2, 0, '', 0, false, undefined],
      [2, 0, '', 0, false, undefined],
      [1, 0, '', 0, false, `the record's key is "9" and shelf is "8"`],
      [1, 0, '', 0, false, `the record's key is none and shelf is "9"`],
      [0, 10, '', 1, true, undefined],
    ]);
    expect(decoded('plain')).toEqual(decoded('scanner'));
  });

  it('recognises usual messages without reading them as JSON', () => {
    const decoder = compileDecoder(SALES);
    const messages = [sale(), sale({ city: 'ü', campaign: 'x' }), sale({ other: { deep: ['\n'] } })];
    decodeAll(decoder, [...messages.map(text), text(JSON.stringify(sale(), null, 2))]);
    expect(decoder.plainCount).toBe(0);
    decodeAll(decoder, [text(sale({ customerId: 'a"b', region: 'north' }))]);
    expect(decoder.plainCount).toBe(0);
    decodeAll(decoder, [text(sale({}, { id: 'a"b' }))]);
    expect(decoder.plainCount).toBe(1);
  });

  it('uses its columns again and leaves nothing of the block before', () => {
    const decoder = compileDecoder(SALES);
    const full = sale({ campaign: 'x', gift: true, tags: ['t'] });
    decodeAll(
      decoder,
      Array.from({ length: 100 }, () => text(full)),
    );
    expect(decodeAll(decoder, [text(sale()), text('{')])).toEqual(
      decodeAll(compileDecoder(SALES), [text(sale()), text('{')]),
    );
  });

  it('replaces a dictionary that reached its bound', () => {
    const decoder = compileDecoder(SALES);
    const block = (from: number, count: number) => {
      const values = Array.from({ length: count }, (_, i) => text(sale({ campaign: `c${from + i}` })));
      const times = new Float64Array(count).fill(LOG_TIME_MS);
      const { columns } = decoder.decode(
        { count, offsets: times, logTimesMs: times, values: RecordValues.of(values) },
        0,
        count,
      );
      const data = columns.find(({ name }) => name === 'campaign')?.data;
      if (data?.kind !== 'dictionary') throw new Error('not a dictionary');
      return { dictionary: data.dictionary, last: data.dictionary.values[data.ids[count - 1] ?? -1] };
    };
    const first = block(0, 40_000);
    const second = block(40_000, 40_000);
    const third = block(80_000, 10);
    expect(second.dictionary).toBe(first.dictionary);
    expect(second.last).toBe('c79999');
    expect(third.dictionary).not.toBe(first.dictionary);
    expect(third.dictionary.values).toHaveLength(11);
  });
});

describe('the scanner and the plain reading of JSON', () => {
  const word = fc.oneof(
    fc.constantFrom('', 'a', 'north', 'süd', 'e"1', 'tab\t', 'ü€😀', '}', '\u007f', '\u0000', '\ud800', '﻿x'),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const number = fc.oneof(
    fc.integer({ min: -200, max: 200 }).map(String),
    fc.constantFrom(
      '-0',
      '0',
      '1.10',
      '-5.5',
      '1e2',
      '12.3456',
      '0.001',
      '99999999999999',
      '123456789012345678',
    ),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  );
  const time = fc.oneof(
    fc
      .date({ min: new Date('2024-01-01'), max: new Date('2025-02-05'), noInvalidDate: true })
      .map((d) => d.toISOString()),
    fc.constantFrom(
      '2025-01-31T12:00:00Z',
      '2025-01-31t12:00:00.5z',
      '2025-01-31T12:00:00.123456789+05:30',
      '2025-01-31T12:00:00-00:00',
      '2025-01-31 12:00:00',
      '2025-03-30 01:30:00',
      '2025-02-30T12:00:00Z',
      '1850-01-01T00:00:00Z',
      'x',
    ),
  );
  /** Any JSON, written as text; biased to what the contracts expect. */
  const value = fc.oneof(
    word.map((w) => JSON.stringify(w)),
    time.map((t) => JSON.stringify(t)),
    number,
    number.map((n) => `"${n}"`),
    fc.constantFrom('true', 'false', 'null', '{}', '[]', '[1,{"a":[]}]', '"\\u0041\\n"'),
  );
  const space = fc.constantFrom('', '', '', ' ', '\n\t');
  const object = (keys: Readonly<Record<string, fc.Arbitrary<string>>>): fc.Arbitrary<string> =>
    fc
      .tuple(
        fc.tuple(...Object.entries(keys).map(([key, arbitrary]) => arbitrary.map((v) => [key, v] as const))),
        fc.array(fc.tuple(fc.constantFrom('x', 'y', 'id', 'data', 'région', '__proto__'), value), {
          maxLength: 2,
        }),
        fc.array(fc.nat(1000), { minLength: 20, maxLength: 20 }),
        fc.nat(300),
        space,
      )
      .map(([known, unknown, order, dropped, gap]) => {
        const all = [
          ...known.filter((_, index) => index !== dropped),
          ...unknown.filter((_, i) => order[i] === i),
        ];
        const extra = (order[0] ?? 0) < 400 ? unknown.slice(0, 1) : [];
        const entries = [...all, ...extra];
        if ((order[1] ?? 0) < 300)
          entries.sort((a, b) => (order[a[0].length] ?? 0) - (order[b[0].length] ?? 0));
        const members = entries.map(([key, v]) => `${gap}${JSON.stringify(key)}${gap}:${gap}${v}${gap}`);
        return `{${members.join(',')}}`;
      });
  const mostly = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.oneof({ weight: 100, arbitrary: usual }, { weight: 1, arbitrary: value });
  const quoted = (...texts: string[]) => fc.constantFrom(...texts.map((t) => JSON.stringify(t)));
  const orNull = (usual: fc.Arbitrary<string>) =>
    fc.oneof({ weight: 4, arbitrary: usual }, fc.constant('null'));
  const list = (item: fc.Arbitrary<string>) =>
    fc.array(item, { maxLength: 3 }).map((items) => `[${items.join(' ,')}]`);
  const wordText = word.map((w) => JSON.stringify(w));
  const timeText = time.map((t) => JSON.stringify(t));

  const sales = object({
    id: mostly(wordText),
    source: mostly(wordText),
    type: mostly(quoted('sales.sold', 'sales.sold', 'sales.returned', 'other')),
    time: mostly(timeText),
    data: mostly(
      object({
        customerId: mostly(orNull(wordText)),
        region: mostly(quoted('north', 'süd')),
        campaign: mostly(orNull(wordText)),
        totalMinor: mostly(fc.integer({ min: -1000, max: 1000 }).map(String)),
        pieces: mostly(orNull(fc.nat(100).map(String))),
        weight: mostly(fc.integer({ min: -5000, max: 9000 }).map((n) => String(n / 1000))),
        gift: mostly(fc.constantFrom('true', 'false', 'null')),
        address: mostly(orNull(object({ city: mostly(wordText), street: mostly(orNull(wordText)) }))),
        lines: mostly(
          list(
            object({
              sku: mostly(wordText),
              note: mostly(object({ text: mostly(wordText) })),
              price: mostly(fc.nat(9999).map((n) => `"${(n / 100).toFixed(2)}"`)),
            }),
          ),
        ),
        tags: mostly(orNull(list(wordText))),
        deliveredAt: mostly(orNull(timeText)),
      }),
    ),
  });
  const readings = object({
    device: mostly(wordText),
    sequence: mostly(fc.integer().map(String)),
    kind: mostly(quoted('a', 'b')),
    at: mostly(fc.constantFrom('1738324800', '1738324800.5', '1738324800.123456', '-1.5', '1738324800.10')),
    seenAt: mostly(fc.constantFrom('1738324800123', '1738324800123.7', 'null', '-5')),
    localAt: mostly(orNull(timeText)),
    flags: mostly(list(object({ ok: fc.constantFrom('true', 'false') }))),
  });
  const mutate = fc.array(
    fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"{}[],:\\-.0 e'))),
      how: fc.nat(3),
    }),
    { maxLength: 3 },
  );
  const damaged = (
    message: string,
    damages: readonly { at: number; byte: number; how: number }[],
  ): Buffer => {
    let bytes = Buffer.from(message);
    for (const { at, byte, how } of damages) {
      const p = at % (bytes.length + 1);
      if (how === 0) bytes = bytes.subarray(0, p);
      else {
        bytes = Buffer.concat([
          bytes.subarray(0, p),
          Buffer.from([byte]),
          bytes.subarray(how === 1 ? p : p + 1),
        ]);
      }
    }
    return bytes;
  };

  const runs = Number(process.env['FRESHET_FUZZ_RUNS'] ?? 1500);

  it.each([
    ['sales', SALES, sales],
    ['readings', READINGS, readings],
  ] as const)('agree on messages of %s, valid or nearly so', (_, contract, messages) => {
    const [scanner, plain] = [compileDecoder(contract), compileDecoder(contract, { path: 'plain' })];
    let [scanned, okCount] = [0, 0];
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 6 }), (batch) => {
        const bytes = batch.map(text);
        const before = scanner.plainCount;
        const rows = decodeAll(scanner, bytes);
        expect(rows).toEqual(decodeAll(plain, bytes));
        scanned += bytes.length - (scanner.plainCount - before);
        okCount += rows.filter(({ outcome }) => outcome === 'ok').length;
      }),
      { numRuns: runs },
    );
    expect(scanned).toBeGreaterThan(runs / 10);
    expect(okCount).toBeGreaterThanOrEqual(scanned);
  });

  it.each([
    ['sales', SALES, sales],
    ['readings', READINGS, readings],
  ] as const)('agree on damaged messages of %s', (_, contract, messages) => {
    const [scanner, plain] = [compileDecoder(contract), compileDecoder(contract, { path: 'plain' })];
    fc.assert(
      fc.property(messages, mutate, (message, damages) => {
        const bytes = damaged(message, damages);
        expect(decodeAll(scanner, [bytes])).toEqual(decodeAll(plain, [bytes]));
      }),
      { numRuns: runs * 2 },
    );
  });

  it('agree on what is UTF-8, wherever it stands', () => {
    const [scanner, plain] = [compileDecoder(SALES), compileDecoder(SALES, { path: 'plain' })];
    const sample = JSON.stringify(sale({ customerId: '<1>', campaign: '<2>', other: '<3>', '<4>': 1 }));
    const edges = [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef];
    const byte = fc.constantFrom(...edges, 0xf0, 0xf1, 0xf4, 0xf5, 0xff);
    fc.assert(
      fc.property(
        fc.array(byte, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (bytes, place) => {
          const [before = '', after = ''] = sample.split(`<${place}>`);
          const message = Buffer.concat([text(before), Buffer.from(bytes), text(after)]);
          expect(decodeAll(scanner, [message])).toEqual(decodeAll(plain, [message]));
        },
      ),
      { numRuns: runs * 4 },
    );
  });

  it('agree on random bytes', () => {
    const [scanner, plain] = [compileDecoder(SALES), compileDecoder(SALES, { path: 'plain' })];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const braced = Uint8Array.from([123, ...bytes, 125]);
        expect(decodeAll(scanner, [bytes, braced])).toEqual(decodeAll(plain, [bytes, braced]));
      }),
      { numRuns: runs },
    );
  });

  it('agree on every truncation of a message', () => {
    const [scanner, plain] = [compileDecoder(SALES), compileDecoder(SALES, { path: 'plain' })];
    const bytes = text(
      sale({ customerId: 'ü}', tags: ['}'], lines: [{ sku: 'a', note: { text: 'b' }, price: 1 }] }),
    );
    const cuts = Array.from(bytes, (_, end) => bytes.subarray(0, end));
    expect(decodeAll(scanner, cuts)).toEqual(decodeAll(plain, cuts));
  });
});
