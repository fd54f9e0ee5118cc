/**
 * Logarithmic buckets of a quantile: bucket k ≥ 1 holds the integers v with γ^(k-1) ≤ v < γ^k, 0 holds zero,
 * -k holds -v. Buckets are ordered as their values are. Bounds are whole numbers from one table that JavaScript
 * and SQL share, so that both put every value into the same bucket whatever their logarithms round to.
 */
export const GAMMA = 1.02;
/** Largest magnitude that has a bucket of its own; larger ones (a contract refuses them) share the last. */
const LARGEST = 2 ** 53;

const bounds: number[] = [];
for (let power = 1; power < LARGEST; power *= GAMMA) bounds.push(Math.ceil(power));

/** BUCKET_BOUNDS[k - 1] is the smallest integer in a bucket ≥ k. */
export const BUCKET_BOUNDS: readonly number[] = bounds;
const BOUNDS = Float64Array.from(bounds);
const PER_LOG = 1 / Math.log(GAMMA);

/** Bucket of an integer. Constant time: a logarithm, corrected by the table. */
export function bucketOf(value: number): number {
  if (value === 0) return 0;
  const size = Math.abs(value);
  let index = Math.min(Math.floor(Math.log(size) * PER_LOG), BOUNDS.length - 1);
  if (size < BOUNDS[index]!) index--;
  while (index + 1 < BOUNDS.length && size >= BOUNDS[index + 1]!) index++;
  return value < 0 ? -(index + 1) : index + 1;
}

/** Value that stands for a bucket: within 1 % of all that it holds. */
export function bucketValue(bucket: number): number {
  if (bucket === 0) return 0;
  const middle = (Math.pow(GAMMA, Math.abs(bucket) - 1) * 2 * GAMMA) / (GAMMA + 1);
  return bucket < 0 ? -middle : middle;
}

/** Counts of the buckets from `low` to `high`: for what is added to over and over, where a map would be slow. */
export class BucketSums {
  constructor(
    private readonly low: number,
    high: number,
    private readonly counts = new Float64Array(high - low + 1),
  ) {}

  copy(): BucketSums {
    return new BucketSums(this.low, 0, this.counts.slice());
  }

  add(bucket: number, count: number): void {
    this.counts[bucket - this.low]! += count;
  }

  /** @param other of the same buckets */
  addAll({ counts }: BucketSums): void {
    for (let at = 0; at < counts.length; at += 1) this.counts[at]! += counts[at]!;
  }

  quantile(q: number): number | null {
    let total = 0;
    for (const count of this.counts) total += count;
    let running = 0;
    for (let at = 0; at < this.counts.length; at += 1) {
      const count = this.counts[at]!;
      running += count;
      if (count > 0 && running >= q * total) return bucketValue(this.low + at);
    }
    return null;
  }
}

/** Quantile by nearest rank: value of the first bucket at which the running count reaches q × total; null when empty. */
export function quantileOf(buckets: ReadonlyMap<number, number> | BucketSums, q: number): number | null {
  if (buckets instanceof BucketSums) return buckets.quantile(q);
  let total = 0;
  for (const count of buckets.values()) total += count;
  let running = 0;
  for (const bucket of Int32Array.from(buckets.keys()).sort()) {
    running += buckets.get(bucket)!;
    if (running >= q * total) return bucketValue(bucket);
  }
  return null;
}
