import { expect, it } from 'vitest';
import type { DeadLetter } from '@freshet/ingestion';
import { BoundedLetters } from './bounded-letters.js';

const letter = (offset: number, bytes: number): DeadLetter => ({
  source: { topic: 'orders', incarnation: 1, partition: 0 },
  offset,
  logTimeMs: 0,
  reason: 'not_json',
  detail: '',
  contractVersion: '1.0.0',
  key: null,
  value: new Uint8Array(bytes),
  headers: [],
});

function setUp(brokerTakesBytes = Number.POSITIVE_INFINITY) {
  const batches: DeadLetter[][] = [];
  const originals: DeadLetter[] = [];
  const sink = {
    write: async (_topic: string, letters: readonly DeadLetter[]) => {
      const bytes = letters.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0);
      if (bytes > brokerTakesBytes)
        throw new Error('send failed', {
          cause: Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' }),
        });
      batches.push([...letters]);
    },
  };
  const keep = { writeOriginals: async (letters: readonly DeadLetter[]) => void originals.push(...letters) };
  const bounded = new BoundedLetters(sink, keep, { letterBytes: 100_000, batchBytes: 150_000 });
  return { bounded, batches, originals };
}

const offsets = (batches: DeadLetter[][]) => batches.map((batch) => batch.map(({ offset }) => offset));

it('sends letters in batches of bounded size, in order', async () => {
  const { bounded, batches, originals } = setUp();
  await bounded.write(
    'orders.dlq',
    [1, 2, 3, 4].map((offset) => letter(offset, 60_000)),
  );
  expect(offsets(batches)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(originals).toEqual([]);
});

it('keeps an original that is too large in the store and sends a letter that refers to it', async () => {
  const { bounded, batches, originals } = setUp();
  await bounded.write('orders.dlq', [letter(1, 10), letter(2, 10_000_000), letter(3, 10)]);
  expect(originals.map(({ offset, value }) => [offset, value?.byteLength])).toEqual([[2, 10_000_000]]);
  expect(offsets(batches)).toEqual([[2], [1, 3]]);
  const headers = batches[0]![0]!.headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString()]);
  expect(headers).toEqual([
    ['freshet-original', 'store'],
    ['freshet-original-bytes', '10000000'],
  ]);
});

it('lets a reference keep key, redrives and the headers that fit', async () => {
  const { bounded, batches } = setUp();
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const headers = [
    ['large', new Uint8Array(70_000)],
    ['trace', text('t-1')],
    ['freshet-redrives', text('2')],
  ] as const;
  await bounded.write('orders.dlq', [{ ...letter(2, 10_000_000), key: text('k'), headers }]);
  const [sent] = batches[0]!;
  expect(Buffer.from(sent!.key!).toString()).toBe('k');
  expect(sent!.headers.map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
    ['freshet-redrives', '2'],
    ['trace', 't-1'],
    ['freshet-original', 'store'],
    ['freshet-original-bytes', '10000000'],
    ['freshet-original-headers-lost', '1'],
  ]);
});

it('does the same when the broker takes less than expected, and only then', async () => {
  const { bounded, batches, originals } = setUp(50_000);
  await bounded.write('orders.dlq', [letter(1, 40_000), letter(2, 60_000), letter(3, 30_000)]);
  expect(originals.map(({ offset }) => offset)).toEqual([2]);
  expect(offsets(batches)).toEqual([[1], [2], [3]]);
});
