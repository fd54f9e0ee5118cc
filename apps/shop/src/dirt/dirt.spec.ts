import { fileURLToPath } from 'node:url';

import { compileDecoder, loadContracts, RecordValues } from '@freshet/contracts';
import { expect, test } from 'vitest';

import { type Message, TOPICS } from '../stream/message.js';
import { HOUR_MS, idOf, openStream, OPENED_MS, takeAll, timeOf } from '../testing/open-stream.js';
import { DIRT, LONGEST_DELAY_MS } from './dirt.js';

const folder = fileURLToPath(new URL('../../../../catalog/contracts', import.meta.url));
const { contracts } = loadContracts(folder);

/** Outcomes by the shop's own contracts: 0 ok, 1 invalid, 2 ignored. */
function outcomes(messages: readonly Message[]): number[] {
  const counts = [0, 0, 0];
  for (const topic of TOPICS) {
    const contract = contracts.find((one) => one.topic === topic)!;
    const values = messages.filter((one) => one.topic === topic).map(({ value }) => Buffer.from(value));
    const block = compileDecoder(contract).decode(
      {
        count: values.length,
        offsets: values.map((_, index) => index),
        logTimesMs: values.map(() => OPENED_MS + 48 * HOUR_MS),
        values: RecordValues.of(values),
      },
      0,
      values.length,
    );
    for (let row = 0; row < values.length; row++) counts[block.outcomes[row]!]!++;
  }
  return counts;
}

test('every clean message keeps the contracts', () => {
  const messages = takeAll(openStream({ speed: 21 }), OPENED_MS + 3 * HOUR_MS);
  expect(outcomes(messages)).toEqual([messages.length, 0, 0]);
});

test('dirt comes at its rates, and the contracts refuse or ignore exactly what was spoiled', () => {
  const stream = openStream({ dirt: 'high', flat: true });
  const messages = takeAll(stream, OPENED_MS + 4 * HOUR_MS);
  const count = (...kinds: string[]) =>
    [...stream.dirtCounts].reduce((sum, [kind, number]) => sum + (kinds.includes(kind) ? number : 0), 0);
  const rates = DIRT.high;
  const clean = messages.length - count('duplicate', 'duplicate_elsewhere');
  for (const [found, rate] of [
    [count('duplicate', 'duplicate_elsewhere'), rates.duplicate],
    [count('late'), rates.late],
    [count('out_of_order'), rates.outOfOrder],
    [count('wrong_clock'), rates.wrongClock],
  ] as const) {
    expect(found / clean / rate).toBeGreaterThan(0.85);
    expect(found / clean / rate).toBeLessThan(1.15);
  }
  expect(count('duplicate_elsewhere')).toBeGreaterThan(50);
  const invalid = count('truncated', 'wrong_type', 'missing_id', 'missing_field');
  expect(invalid).toBeGreaterThan(400);
  expect(outcomes(messages)).toEqual([
    messages.length - invalid - count('unknown_type'),
    invalid,
    count('unknown_type'),
  ]);
});

test('nothing is lost: every event of the clean shop leaves, within two hours', () => {
  const until = OPENED_MS + 4 * HOUR_MS;
  const dirty = takeAll(openStream({ dirt: 'high' }), until);
  const ids = new Set(dirty.map(({ value }) => idOf(value)));
  const repeated = dirty.length - ids.size;
  expect(repeated).toBeGreaterThan(0.01 * dirty.length);
  for (const { value, emitMs } of dirty) {
    const behindMs = emitMs - timeOf(value);
    if (!Number.isNaN(behindMs)) expect(behindMs).toBeLessThanOrEqual(LONGEST_DELAY_MS);
  }
});

test('wrong clocks are far ahead of the wall, also in the past that is produced first', () => {
  const wallMs = OPENED_MS + 48 * HOUR_MS;
  const ahead = takeAll(openStream({ dirt: 'high', flat: true }), OPENED_MS + 4 * HOUR_MS).filter(
    ({ value, emitMs }) => timeOf(value) > emitMs,
  );
  expect(ahead.length).toBeGreaterThan(100);
  expect(ahead.every(({ value }) => timeOf(value) >= wallMs + 10 * 60_000)).toBe(true);
});

test('without dirt there is none', () => {
  const stream = openStream();
  takeAll(stream, OPENED_MS + HOUR_MS);
  expect(stream.dirtCounts.size).toBe(0);
});
