import { OUTCOME_OK, type DecodedBlock } from '@freshet/contracts';
import type { ChunkAggregator } from '@freshet/metrics';
import type { Frontier } from './frontier.js';
import type { FactBlock } from './ports.js';

/** Verdict of an event that was counted, and that a correction takes back: its id was counted elsewhere before. */
export const TAKEN_BACK = -2;

/**
 * Counts facts, ascending by offset, with the verdicts that they have, as the records themselves were counted: the
 * frontier moves by the same events and the same stored advances of the clock.
 * @param seen told of each fact, before it is counted
 * @param withTakenBack false leaves out what corrections take back; it has moved the frontier all the same
 */
export function accumulateFacts(
  aggregator: ChunkAggregator,
  facts: readonly FactBlock[],
  frontier: Frontier,
  latestSaneMs: (logTimeMs: number) => number,
  seen: (block: FactBlock, row: number, counted: boolean) => void,
  withTakenBack = true,
): void {
  for (const block of facts) {
    const rows = new Int32Array(block.count);
    const offsets = new Float64Array(block.count);
    const frontiersMs = new Float64Array(block.count);
    let count = 0;
    for (let row = 0; row < block.count; row += 1) {
      const offset = block.offsets[row]!;
      const before = frontier.before(offset);
      const counted = block.duplicateOf[row]! < 0;
      seen(block, row, counted);
      if (!counted) continue;
      if (withTakenBack || block.duplicateOf[row] !== TAKEN_BACK) {
        rows[count] = row;
        offsets[count] = offset;
        frontiersMs[count] = before;
        count += 1;
      }
      frontier.observe(block.eventTimesMs[row]!, latestSaneMs(block.logTimesMs[row]!));
    }
    if (count > 0) aggregator.accumulate({ block: decodedOf(block), rows, count, offsets, frontiersMs });
  }
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
