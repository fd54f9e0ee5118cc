import type { MetricStore, SourcePartition } from './ports.js';

/** A claim that was made on a partition. */
export interface Held {
  readonly source: SourcePartition;
  readonly claim: number;
}

export function sameSource(a: SourcePartition, b: SourcePartition): boolean {
  return a.partition === b.partition && a.topic === b.topic && a.incarnation === b.incarnation;
}

/** Those whose claim is the highest stored now; of equal claims the greater owner's is. */
export async function stillHeld<T extends Held>(
  store: Pick<MetricStore, 'highestClaims'>,
  owner: string,
  held: readonly T[],
): Promise<Set<T>> {
  if (held.length === 0) return new Set();
  const highest = await store.highestClaims(held.map(({ source }) => source));
  return new Set(
    held.filter(({ source, claim }) =>
      highest.some((each) => sameSource(each.source, source) && each.claim === claim && each.owner === owner),
    ),
  );
}
