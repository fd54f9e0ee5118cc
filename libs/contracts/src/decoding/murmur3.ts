const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/**
 * MurmurHash3 x86 128 of bytes [from, to), seed 0: four 32-bit words at `out[at]`. After Austin Appleby's
 * MurmurHash3.cpp (public domain), in 32-bit integer arithmetic. O(to - from), no allocation.
 */
export function murmur3x86x128(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint32Array,
  at: number,
): void {
  const length = to - from;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  let p = from;
  for (const end = from + (length & ~15); p < end; p += 16) {
    let k = word(bytes, p);
    k = Math.imul(k, C1);
    k = (k << 15) | (k >>> 17);
    h1 ^= Math.imul(k, C2);
    h1 = (h1 << 19) | (h1 >>> 13);
    h1 = (h1 + h2) | 0;
    h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0;

    k = word(bytes, p + 4);
    k = Math.imul(k, C2);
    k = (k << 16) | (k >>> 16);
    h2 ^= Math.imul(k, C3);
    h2 = (h2 << 17) | (h2 >>> 15);
    h2 = (h2 + h3) | 0;
    h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0;

    k = word(bytes, p + 8);
    k = Math.imul(k, C3);
    k = (k << 17) | (k >>> 15);
    h3 ^= Math.imul(k, C4);
    h3 = (h3 << 15) | (h3 >>> 17);
    h3 = (h3 + h4) | 0;
    h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0;

    k = word(bytes, p + 12);
    k = Math.imul(k, C4);
    k = (k << 18) | (k >>> 14);
    h4 ^= Math.imul(k, C1);
    h4 = (h4 << 13) | (h4 >>> 19);
    h4 = (h4 + h1) | 0;
    h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0;
  }
  const left = to - p;
  if (left > 12) {
    let k = Math.imul(partialWord(bytes, p + 12, to), C4);
    k = (k << 18) | (k >>> 14);
    h4 ^= Math.imul(k, C1);
  }
  if (left > 8) {
    let k = Math.imul(partialWord(bytes, p + 8, to), C3);
    k = (k << 17) | (k >>> 15);
    h3 ^= Math.imul(k, C4);
  }
  if (left > 4) {
    let k = Math.imul(partialWord(bytes, p + 4, to), C2);
    k = (k << 16) | (k >>> 16);
    h2 ^= Math.imul(k, C3);
  }
  if (left > 0) {
    let k = Math.imul(partialWord(bytes, p, to), C1);
    k = (k << 15) | (k >>> 17);
    h1 ^= Math.imul(k, C2);
  }
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = mix(h1);
  h2 = mix(h2);
  h3 = mix(h3);
  h4 = mix(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out[at] = h1;
  out[at + 1] = h2 + h1;
  out[at + 2] = h3 + h1;
  out[at + 3] = h4 + h1;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** The bytes of [at, to), at most four of them. */
function partialWord(bytes: Uint8Array, at: number, to: number): number {
  let k = 0;
  for (let i = Math.min(to, at + 4) - 1; i >= at; i--) k = (k << 8) | (bytes[i] as number);
  return k;
}

function mix(hash: number): number {
  let h = hash;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
