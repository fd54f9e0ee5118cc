import type { ChunkAggregator } from '../aggregator.js';

/** One aggregator of several, e.g. of two revisions of the same metric. */
export function combineAggregators(factories: readonly (() => ChunkAggregator)[]): () => ChunkAggregator {
  const [only] = factories;
  if (only !== undefined && factories.length === 1) return only;
  return () => {
    const parts = factories.map((make) => make());
    return {
      accumulate: (segment) => {
        for (const part of parts) part.accumulate(segment);
      },
      takeChanged: () => parts.flatMap((part) => part.takeChanged()),
      get changedCount() {
        return parts.reduce((sum, { changedCount }) => sum + changedCount, 0);
      },
    };
  };
}
