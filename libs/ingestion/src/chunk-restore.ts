import { OUTCOME_OK, type DecodedBlock } from '@freshet/contracts';
import type { ChunkState } from './chunk-state.js';
import type { DedupeIndex } from './dedupe-index.js';
import type { Frontier } from './frontier.js';
import type { FactBlock, OutcomeRow } from './ports.js';
import type { ChunkToRestore } from './resume.js';

/** What the store has of the beginning of a chunk that retention took. */
export interface RestoredBeginning {
  readonly plan: ChunkToRestore;
  /** Its facts, ascending by offset. */
  readonly facts: readonly FactBlock[];
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
  for (const block of facts) {
    const rows = new Int32Array(block.count);
    const offsets = new Float64Array(block.count);
    const frontiersMs = new Float64Array(block.count);
    let count = 0;
    for (let row = 0; row < block.count; row += 1) {
      const offset = block.offsets[row]!;
      const before = frontier.before(offset);
      if (block.duplicateOf[row]! >= 0) {
        chunk.counts.duplicate += 1;
        continue;
      }
      dedupe.claim(block.idHash, row, offset);
      chunk.counts.ok += 1;
      rows[count] = row;
      offsets[count] = offset;
      frontiersMs[count] = before;
      count += 1;
      frontier.observe(block.eventTimesMs[row]!, latestSaneMs(block.logTimesMs[row]!));
    }
    if (count > 0)
      chunk.aggregator.accumulate({ block: decodedOf(block), rows, count, offsets, frontiersMs });
  }
  chunk.counts.restore(outcomes);
  if (plan.lossy) frontier.advance(plan.stored?.frontierMs ?? -1);
  chunk.frontierMs = frontier.currentMs;
  chunk.through = Math.max(chunk.through, plan.before - 1);
  if (plan.end >= 0) chunk.end = plan.end;
}

function decodedOf({ count, idHash, eventTimesMs, columns }: FactBlock): DecodedBlock {
  return {
    count,
    outcomes: new Uint8Array(count).fill(OUTCOME_OK),
    reasons: new Uint8Array(count),
    details: new Map(),
    idHash,
    eventTimesMs,
    columns,
  };
}
