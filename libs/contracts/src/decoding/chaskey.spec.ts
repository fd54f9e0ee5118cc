import { expect, it } from 'vitest';
import { chaskeyOf, hashOfId } from './chaskey.js';

const hash = (text: string): string => {
  const bytes = Buffer.from(text);
  const out = new Uint32Array(4);
  hashOfId(bytes, 0, bytes.length, out, 0);
  return [...out].join();
};

// Of the reference implementation: the message of n bytes is 0, 1 … n - 1.
it.each([
  [0, [0x792e8fe5, 0x75ce87aa, 0x2d1450b5, 0x1191970b]],
  [1, [0x13a9307b, 0x50e62c89, 0x4577bd88, 0xc0bbdc18]],
  [2, [0x55df8922, 0x2c7ff577, 0x73809ef4, 0x4e5084c0]],
])('hashes %i bytes as the reference does', (length, expected) => {
  const out = new Uint32Array(4);
  const key = [0x833d3433, 0x009f389f, 0x2398e64f, 0x417acf39].map((word) => word | 0);
  const of = chaskeyOf(key as [number, number, number, number]);
  of(
    Uint8Array.from({ length }, (_, index) => index),
    0,
    length,
    out,
    0,
  );
  expect([...out]).toEqual(expected);
});

it('reads only the bytes that it is given', () => {
  const bytes = Buffer.from('xxabcdefghijklmnopqrstuvwxyzyy');
  const out = new Uint32Array(8);
  hashOfId(bytes, 2, 28, out, 4);
  expect([...out.subarray(4)].join()).toBe(hash('abcdefghijklmnopqrstuvwxyz'));
  expect([...out.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
});

it('gives every length a hash of its own, and zeros at the end are bytes', () => {
  const texts = Array.from({ length: 64 }, (_, length) => [
    'a'.repeat(length),
    '\0'.repeat(length + 1),
  ]).flat();
  expect(new Set(texts.map(hash)).size).toBe(texts.length);
});

it('tells ids apart that differ in the same columns of two blocks', () => {
  // These two had one hash of MurmurHash3 x86 128.
  expect(hash('1100489-clickstream-99')).not.toBe(hash('1100563-clickstream-58'));
  // Half of the bits differ between neighbours, in each word: a pair is equal in one word by chance alone.
  const words = [0, 1, 2, 3].map(() => new Set<string>());
  const ids = Array.from(
    { length: 30_000 },
    (_, n) => `${1_100_000 + Math.floor(n / 100)}-clickstream-${n % 100}`,
  );
  for (const id of ids)
    hash(id)
      .split(',')
      .forEach((word, at) => words[at]!.add(word));
  for (const each of words) expect(ids.length - each.size).toBeLessThan(5);
});
