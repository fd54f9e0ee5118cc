import { createHash } from 'node:crypto';
import type { MetricDefinition } from './metric.js';

/** Raised when the engine counts differently with the same definition. 3: different values are counted one by one. */
export const ENGINE_SEMANTICS = 3;

/** What of a definition changes its numbers. */
export type Counted = Pick<
  MetricDefinition,
  'name' | 'source' | 'measure' | 'dimensions' | 'maxSeries' | 'window' | 'lateness' | 'filter'
>;

/**
 * Revision of a metric: 16 hex digits of SHA-256 over canonical JSON of what changes its numbers, with the
 * contract's hash and the engine's semantics. Words, owner, targets and looks are not in it.
 */
export function revisionOf(definition: Counted, contractHash: string): string {
  const { name, source, filter, measure, dimensions, maxSeries, window, lateness } = definition;
  const canonical = canonicalJson([
    ENGINE_SEMANTICS,
    contractHash,
    { name, source, filter: filter ?? null, measure, dimensions, maxSeries, window, lateness },
  ]);
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}

/** JSON with sorted keys, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
