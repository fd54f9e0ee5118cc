/**
 * Seeded random numbers: xoroshiro64** (Blackman & Vigna, 2018), 64 bits of state, period 2^64 − 1. Fast and
 * small enough to have one per visitor, so that a visitor's whole story depends on its own seed alone.
 */
export class Random {
  #a: number;
  #b: number;

  /** Any two integers; nearby seeds give unrelated sequences. */
  constructor(seedA: number, seedB: number) {
    // Both words depend on both seeds: the first number drawn shows the first word alone.
    this.#a = mix32(mix32(seedA ^ 0x9e3779b9) + seedB) | 0;
    this.#b = mix32(mix32(seedB ^ 0x7f4a7c15) + seedA) | 0;
    if (this.#a === 0 && this.#b === 0) this.#a = 1;
  }

  /** Uniform in 0 … 2^32 − 1. */
  uint32(): number {
    const a = this.#a;
    const b = this.#b ^ a;
    let result = Math.imul(a, 0x9e3779bb);
    result = Math.imul((result << 5) | (result >>> 27), 5);
    this.#a = ((a << 26) | (a >>> 6)) ^ b ^ (b << 9);
    this.#b = (b << 13) | (b >>> 19);
    return result >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** Uniform in [from, to). */
  between(from: number, to: number): number {
    return from + this.unit() * (to - from);
  }

  /** Exponential with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** Standard normal (Box–Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /** Log-normal with this median; sigma is the deviation of the logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Poisson with this mean: by products below 30, by the normal approximation above. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.unit(); product > limit; product *= this.unit()) count++;
    return count;
  }
}

/** MurmurHash3's 32-bit finalizer: a bijection that spreads every bit. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
