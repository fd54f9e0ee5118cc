import type { ChunkState } from './chunk-state.js';
import type { DedupeIndex } from './dedupe-index.js';
import { accumulateFacts } from './fact-replay.js';
import type { Frontier } from './frontier.js';
import type { FactBlock, OutcomeRow } from './ports.js';
import type { ChunkToRestore } from './resume.js';

/** What the store has of the beginning of a chunk that retention took. */
export interface RestoredBeginning {
  readonly plan: ChunkToRestore;
  /** Its facts, ascending by offset; undefined for reference data, of which newer records took the place of some. */
  readonly facts: readonly FactBlock[] | undefined;
  readonly outcomes: readonly OutcomeRow[];
}

/**
 * Counts a chunk's beginning from its facts, with the verdicts that they have, as the records themselves were
 * counted: same sums, same index of ids, same frontier. Records that were invalid or ignored left no fact: their
 * counts come from the stored outcomes.
 */
export function restoreChunk(
  chunk: ChunkState,
  { plan, facts, outcomes }: RestoredBeginning,
  dedupe: DedupeIndex,
  frontier: Frontier,
  latestSaneMs: (logTimeMs: number) => number,
): void {
  chunk.counts.restore(outcomes);
  if (facts === undefined) chunk.counts.restoreOk(outcomes);
  else
    accumulateFacts(chunk.aggregator, facts, frontier, latestSaneMs, (block, row, counted) => {
      if (counted) {
        dedupe.claim(block.idHash, row, block.offsets[row]!);
        chunk.counts.ok += 1;
      } else chunk.counts.duplicate += 1;
    });
  if (plan.lossy || facts === undefined) frontier.advance(plan.stored?.frontierMs ?? -1);
  chunk.frontierMs = frontier.currentMs;
  chunk.through = Math.max(chunk.through, plan.before - 1);
  if (plan.end >= 0) chunk.end = plan.end;
}
