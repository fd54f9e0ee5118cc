import type { Rank } from '../metric.js';
import type { ResolvedSelection } from './selection.js';
import { literal } from './text.js';

/** Column that `ranksJoin` adds: (name, rank). */
export const RANK = 'told_rank';

/** What makes a row for each quantile of rows with buckets: goes after FROM. */
export function ranksJoin(ranks: readonly Rank[] | undefined): string | false {
  if (ranks === undefined) return false;
  const list = ranks.map(({ label, q }) => `(${literal(label)}, ${q})`).join(', ');
  return `ARRAY JOIN [${list}]::Array(Tuple(String, Float64)) AS ${RANK}`;
}

/** How values are told of rows that `ranksJoin` made. */
export function rankMode(ranks: readonly Rank[] | undefined): { readonly q?: string } {
  return ranks === undefined ? {} : { q: `${RANK}.2` };
}

/** Array of a row's series, with the name of the quantile in its place. */
export function seriesSql({ groupBy, quantiles }: Pick<ResolvedSelection, 'groupBy' | 'quantiles'>): string {
  const series = groupBy.map((_, index) => `g${index}`);
  if (quantiles !== undefined && quantiles.at >= 0) series.splice(quantiles.at, 0, `${RANK}.1`);
  return `[${series.join(', ')}]::Array(String)`;
}
