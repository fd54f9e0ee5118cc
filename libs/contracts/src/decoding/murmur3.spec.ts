import { expect, it } from 'vitest';
import { murmur3x86x128 } from './murmur3.js';

const hash = (text: string): string => {
  const bytes = Buffer.from(text);
  const out = new Uint32Array(4);
  murmur3x86x128(bytes, 0, bytes.length, out, 0);
  return [...out].map((word) => word.toString(16).padStart(8, '0')).join('');
};

// Reference values of MurmurHash3_x86_128 with seed 0.
it.each([
  ['', '00000000000000000000000000000000'],
  ["I will not buy this tobacconist's, it is scratched.", '9b5b7ba2ef3f7866889adeaf00f3f98e'],
  ['The quick brown fox jumps over the lazy dog', '2f1583c3ecee2c675d7bf66ce5e91d2c'],
])('hashes "%s" as the reference does', (text, expected) => {
  expect(hash(text)).toBe(expected);
});

it('reads only the bytes that it is given', () => {
  const bytes = Buffer.from('xxabcdefghijklmnopqrstuvwxyzyy');
  const out = new Uint32Array(8);
  murmur3x86x128(bytes, 2, 28, out, 4);
  expect([...out.subarray(4)].map((word) => word.toString(16).padStart(8, '0')).join('')).toBe(
    hash('abcdefghijklmnopqrstuvwxyz'),
  );
  expect([...out.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
});

it('gives every length a hash of its own', () => {
  const hashes = new Set(Array.from({ length: 64 }, (_, length) => hash('a'.repeat(length))));
  expect(hashes.size).toBe(64);
});
