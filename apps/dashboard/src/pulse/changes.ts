import { type MetricInfo } from '@freshet/live-protocol';
import { useSyncExternalStore } from 'react';
import { type Comparison } from '../figures/compare.js';
import { type Slice } from '../figures/series.js';

/** What stands out against yesterday: the tiles tell, the line under the sentence listens. */
export interface Change {
  readonly metric: MetricInfo;
  readonly comparison: Comparison;
  readonly last: Slice;
}

let changes: ReadonlyMap<string, Change> = new Map();
/** Metrics that were compared, be it that nothing was there to compare with. */
let compared: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

/**
 * Says how a metric changed; undefined takes it back. Calls listeners only when the words would differ.
 * @param isCompared what was before is known, be it that there was nothing
 */
export function publishChange(
  metric: MetricInfo,
  comparison: Comparison | undefined,
  last: Slice | undefined,
  isCompared: boolean,
): void {
  if (isCompared && !compared.has(metric.name)) {
    compared = new Set([...compared, metric.name]);
    for (const listener of listeners) listener();
  }
  const before = changes.get(metric.name);
  if (comparison === undefined || last === undefined) {
    if (before === undefined) return;
    changes = new Map([...changes].filter(([name]) => name !== metric.name));
  } else {
    if (
      before?.comparison.amount === comparison.amount &&
      before.comparison.direction === comparison.direction
    )
      return;
    changes = new Map(changes).set(metric.name, { metric, comparison, last });
  }
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The largest changes, at most `most`, of at least 5 % of what was before. */
export function largest(all: Iterable<Change>, most: number): readonly Change[] {
  return [...all]
    .filter(({ comparison }) => Math.abs(comparison.weight) >= 0.05 && comparison.direction !== 'same')
    .sort((a, b) => Math.abs(b.comparison.weight) - Math.abs(a.comparison.weight))
    .slice(0, most);
}

/** Metrics of which it is known whether they changed. */
export function useCompared(): ReadonlySet<string> {
  return useSyncExternalStore(listen, () => compared);
}

export function useChanges(): ReadonlyMap<string, Change> {
  return useSyncExternalStore(listen, () => changes);
}
