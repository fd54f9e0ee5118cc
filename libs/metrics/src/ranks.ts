import type { Dimension, MetricOutline, Rank, SimpleMeasure } from './metric.js';

/** Dimension of a metric of several quantiles: which of them a value is. */
export const QUANTILE = 'quantile';

/** The dimension of several quantiles; undefined for any other measure. */
export function quantileDimension(measure: SimpleMeasure | { readonly kind: string }): Dimension | undefined {
  if (measure.kind !== 'quantiles' || !('at' in measure)) return undefined;
  const ranks = measure.at.map((q) => ({ label: `p${Number((q * 100).toFixed(6))}`, q }));
  return { name: QUANTILE, field: measure.field, by: { kind: 'quantile', ranks } };
}

/** Quantiles of a metric that has several, in the order of its file. */
export function ranksOf({ dimensions }: Pick<MetricOutline, 'dimensions'>): readonly Rank[] | undefined {
  for (const { by } of dimensions as readonly Partial<Dimension>[]) {
    if (by?.kind === 'quantile') return by.ranks;
  }
  return undefined;
}

/** Which quantiles are told: those that a filter leaves, and only the first where they are not told apart. */
export function chosenRanks(
  ranks: readonly Rank[],
  wanted: readonly string[] | undefined,
  isSplit: boolean,
): readonly Rank[] {
  const left = wanted === undefined ? ranks : ranks.filter(({ label }) => wanted.includes(label));
  return isSplit ? left : left.slice(0, 1);
}
