import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { HOUR_MS, openStream, OPENED_MS, takeAll } from '../testing/open-stream.js';
import { Replay } from './replay.js';
import { minorUnits, readInvoices, RECORDED_WEEK, WEEK_MS } from './slice.js';

const invoices = readInvoices(RECORDED_WEEK);
/** From the text of the CSV alone, without the reader: the last five columns hold no commas. */
const rows = gunzipSync(readFileSync(RECORDED_WEEK))
  .toString('utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => {
    const [quantity, , price] = row.split(',').slice(-5);
    const [whole, part = ''] = price!.split('.');
    return {
      invoice: row.slice(0, row.indexOf(',')),
      customer: row.split(',').at(-2)!,
      minor: BigInt(quantity!) * BigInt(whole! + part.padEnd(2, '0')),
    };
  });

test('the slice is a whole week with its cancellations and missing customers', () => {
  expect(invoices).toHaveLength(894);
  expect(invoices.filter(({ cancelled }) => cancelled)).toHaveLength(121);
  expect(invoices.filter(({ order }) => order.customerId === null)).toHaveLength(110);
  expect(invoices.flatMap(({ order }) => order.lines)).toHaveLength(21_112);
  const days = new Set(invoices.map(({ offsetMs }) => Math.floor(offsetMs / 86_400_000)));
  expect([...days].sort()).toEqual([0, 1, 2, 3, 4, 6]);
  expect(Math.max(...invoices.map(({ offsetMs }) => offsetMs))).toBeLessThan(WEEK_MS);
});

test("one loop's totals equal the exact sums of the CSV, by invoice", () => {
  const expected = new Map<string, bigint>();
  for (const { invoice, minor } of rows) expected.set(invoice, (expected.get(invoice) ?? 0n) + minor);
  const loopMs = Math.round(WEEK_MS / 21);
  const from = Math.ceil(OPENED_MS / loopMs) * loopMs;
  const replay = new Replay(invoices, 21, 1);
  replay.seek(from);
  const found = new Map<string, bigint>();
  while (replay.nextMs() < from + loopMs) {
    const { type, data } = JSON.parse(replay.take().value);
    const number = data.orderId.split('.')[0];
    expect(type).toBe(number.startsWith('C') ? 'orders.order_cancelled' : 'orders.order_placed');
    expect(data.items).toBe(data.lines.length);
    found.set(number, BigInt(data.totalMinor));
  }
  expect(found).toEqual(expected);
  for (const [number, total] of found) if (number.startsWith('C')) expect(total).toBeLessThan(0n);
});

test('loops follow each other with fresh ids, in eight hours at the default speed', () => {
  const messages = takeAll(openStream({ simulate: false, speed: 21 }), OPENED_MS + 24 * HOUR_MS).filter(
    ({ value }) => value.includes('"/retail/replay"'),
  );
  const events = messages.map(({ value }) => JSON.parse(value));
  expect(messages).toHaveLength(3 * 894);
  expect(new Set(events.map(({ id }) => id)).size).toBe(messages.length);
  expect(new Set(events.map(({ data }) => data.orderId)).size).toBe(messages.length);
  expect(events.filter(({ data }) => data.customerId === null)).toHaveLength(3 * 110);
  expect(messages.every(({ emitMs }, i) => i === 0 || emitMs >= messages[i - 1]!.emitMs)).toBe(true);
});

test('a seek gives what a replay from before gives from there on', () => {
  const from = OPENED_MS + 3 * HOUR_MS;
  const walked = new Replay(invoices, 21, 1);
  walked.seek(OPENED_MS);
  while (walked.nextMs() < from) walked.take();
  const sought = new Replay(invoices, 21, 1);
  sought.seek(from);
  for (let i = 0; i < 2_000; i++) expect(sought.take().value).toBe(walked.take().value);
});

test('amounts are read exactly or refused', () => {
  expect(['2.55', '0.1', '7', '1556.08', '-11062.06'].map(minorUnits)).toEqual([
    255, 10, 700, 155_608, -1_106_206,
  ]);
  for (const text of ['0.001', '', '1e3', '1,5']) expect(() => minorUnits(text)).toThrow();
});
