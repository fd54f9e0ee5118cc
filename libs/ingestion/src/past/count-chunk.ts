import type { ChunkAggregator } from '@freshet/metrics';
import { accumulateFacts } from '../fact-replay.js';
import { Frontier } from '../frontier.js';
import type { EngineLimits } from '../limits.js';
import type { ChunkPanes, ClockAdvance, FactBlock } from '../ports.js';
import type { PastChunk } from './ports.js';

/**
 * Counts a stored chunk again, whole, from its facts: the rows that its owner would have written had it known the
 * definition, under the same keys and versions.
 */
export function countChunk(
  { source, chunk, opening, factsThrough }: PastChunk & { opening: NonNullable<PastChunk['opening']> },
  facts: readonly FactBlock[],
  advances: readonly ClockAdvance[],
  aggregator: ChunkAggregator,
  logTime: 'append' | 'create',
  limits: Pick<EngineLimits, 'futureClampMs' | 'chunkLogTimeMs'>,
  withTakenBack = true,
): ChunkPanes {
  const frontier = new Frontier(opening.frontierMs, advancesOf(advances));
  const latestSaneMs = (logTimeMs: number): number =>
    logTime === 'append' ? logTimeMs + limits.futureClampMs : opening.openedAtMs + limits.chunkLogTimeMs;
  accumulateFacts(aggregator, facts, frontier, latestSaneMs, () => undefined, withTakenBack);
  const rows = aggregator.takeChanged();
  return { source, chunk, through: factsThrough, chunkLogTimeMs: opening.first.logTimeMs, rows };
}

/**
 * Those that took effect. An owner's first row is its mark, or an advance at the same position: from there on nothing
 * counts that an owner with a lower claim says.
 */
export function advancesOf(stored: readonly ClockAdvance[]): ClockAdvance[] {
  const firsts = new Map<string, ClockAdvance>();
  for (const row of stored) {
    const key = `${row.claim} ${row.owner}`;
    if (row.position < (firsts.get(key)?.position ?? Number.POSITIVE_INFINITY)) firsts.set(key, row);
  }
  const owners = [...firsts.values()];
  return stored.filter(
    (advance) =>
      advance.frontierMs >= 0 &&
      !owners.some((first) => first.position <= advance.position && isHigher(first, advance)),
  );
}

function isHigher(a: ClockAdvance, b: ClockAdvance): boolean {
  return a.claim > b.claim || (a.claim === b.claim && a.owner > b.owner);
}
