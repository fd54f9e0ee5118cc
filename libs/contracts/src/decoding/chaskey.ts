/** Hash of bytes [from, to): four 32-bit words at `out[at]`. O(to - from), no allocation. */
export type Hash128 = (bytes: Uint8Array, from: number, to: number, out: Uint32Array, at: number) => void;

type Words = readonly [number, number, number, number];

/**
 * Chaskey of eight rounds (Mouha and others, 2014): 128 bits, made for arithmetic of 32 bits, which is what JavaScript
 * does fast. Every word of a block reaches all four words of the state before the next block comes.
 *
 * That is what it is here for. MurmurHash3 x86 128 keeps its four words apart until the end, so that two differences in
 * the same column of two blocks may cancel each other: 16 of 257,000 ids such as "1100489-clickstream-99" had the hash
 * of another one, whose repeats they were taken for. See docs/decisions/0009.
 */
export function chaskeyOf(key: Words): Hash128 {
  const whole = doubled(key);
  const padded = doubled(whole);
  return (bytes, from, to, out, at) => {
    let [v0, v1, v2, v3] = key;
    let p = from;
    for (;;) {
      const left = to - p;
      const isLast = left <= 16;
      const end = left === 16 ? whole : padded;
      if (left >= 16) {
        v0 ^= word(bytes, p);
        v1 ^= word(bytes, p + 4);
        v2 ^= word(bytes, p + 8);
        v3 ^= word(bytes, p + 12);
      } else {
        v0 ^= paddedWord(bytes, p, to);
        v1 ^= paddedWord(bytes, p + 4, to);
        v2 ^= paddedWord(bytes, p + 8, to);
        v3 ^= paddedWord(bytes, p + 12, to);
      }
      if (isLast) {
        v0 ^= end[0];
        v1 ^= end[1];
        v2 ^= end[2];
        v3 ^= end[3];
      }
      for (let round = 0; round < 8; round += 1) {
        v0 = (v0 + v1) | 0;
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
        v0 = (v0 + v3) | 0;
        v3 = ((v3 << 13) | (v3 >>> 19)) ^ v0;
        v2 = (v2 + v1) | 0;
        v1 = ((v1 << 7) | (v1 >>> 25)) ^ v2;
        v2 = (v2 << 16) | (v2 >>> 16);
      }
      if (isLast) {
        out[at] = v0 ^ end[0];
        out[at + 1] = v1 ^ end[1];
        out[at + 2] = v2 ^ end[2];
        out[at + 3] = v3 ^ end[3];
        return;
      }
      p += 16;
    }
  };
}

/** Of event ids; the key is no secret: the first digits of π. */
export const hashOfId: Hash128 = chaskeyOf([0x243f6a88, 0x85a308d3 | 0, 0x13198a2e, 0x03707344]);

/** Times two in GF(2^128). */
function doubled([a, b, c, d]: Words): Words {
  return [(a << 1) ^ (d < 0 ? 0x87 : 0), (b << 1) | (a >>> 31), (c << 1) | (b >>> 31), (d << 1) | (c >>> 31)];
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** The bytes of [at, to), at most four of them, with a 1 after the last of all. */
function paddedWord(bytes: Uint8Array, at: number, to: number): number {
  if (at > to) return 0;
  let k = at + 4 > to ? 1 : 0;
  for (let i = Math.min(to, at + 4) - 1; i >= at; i -= 1) k = (k << 8) | (bytes[i] as number);
  return k;
}
