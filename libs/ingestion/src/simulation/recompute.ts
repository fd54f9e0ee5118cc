import type { ClockAdvance } from '../ports.js';
import type { MemoryRecord } from '../testing/index.js';
import { decodeEvent, isLate, PANE_MS } from './fakes.js';

export interface RecomputeRule {
  readonly chunkOffsets: number;
  readonly chunkLogTimeMs: number;
  readonly horizonOffsets: number;
  readonly futureClampMs: number;
}

/** What must be stored in the end, worked out in one pass over the whole log, with none of the engine's code. */
export interface Expected {
  /** `pane/region` → events, late events, sum, summed over chunks. */
  readonly panes: Map<string, string>;
  /** Offset → offset of the event that it repeats, -1 when it counts. */
  readonly verdicts: Map<number, number>;
  readonly outcomes: Map<string, number>;
  readonly invalid: number[];
  /** Starts of the chunks that hold a counted event. */
  readonly chunks: Set<number>;
}

export function recompute(
  records: readonly MemoryRecord[],
  advances: readonly ClockAdvance[],
  rule: RecomputeRule,
): Expected {
  const sums = new Map<string, { events: number; late: number; sum: number }>();
  const expected: Expected = {
    panes: new Map(),
    verdicts: new Map(),
    outcomes: new Map(),
    invalid: [],
    chunks: new Set(),
  };
  const countedAt = new Map<number, number>();
  let frontierMs = -1;
  let chunk = 0;
  let chunkFirstMs: number | undefined;
  const outcome = (name: string): void => {
    expected.outcomes.set(name, (expected.outcomes.get(name) ?? 0) + 1);
  };
  for (const { offset, logTimeMs, value } of records) {
    const block = Math.floor(offset / rule.chunkOffsets) * rule.chunkOffsets;
    if (chunk < block) {
      chunk = block;
      chunkFirstMs = undefined;
    } else if (chunkFirstMs !== undefined && logTimeMs - chunkFirstMs >= rule.chunkLogTimeMs) {
      chunk = offset;
      chunkFirstMs = undefined;
    }
    chunkFirstMs ??= logTimeMs;
    for (const advance of advances)
      if (advance.position <= offset) frontierMs = Math.max(frontierMs, advance.frontierMs);
    const event = value === null ? undefined : decodeEvent(value);
    if (value === null) outcome('ignored/tombstone');
    else if (event === undefined) {
      outcome('invalid/not_json');
      expected.invalid.push(offset);
    } else {
      const seen = countedAt.get(event.id);
      const isDuplicate = seen !== undefined && offset - seen <= rule.horizonOffsets;
      expected.verdicts.set(offset, isDuplicate ? seen : -1);
      outcome(isDuplicate ? 'duplicate/' : 'ok/');
      if (isDuplicate) continue;
      countedAt.set(event.id, offset);
      expected.chunks.add(chunk);
      const key = `${Math.floor(event.timeMs / PANE_MS) * PANE_MS}/${event.region}`;
      const pane = sums.get(key) ?? { events: 0, late: 0, sum: 0 };
      pane.events += 1;
      pane.sum += event.amount;
      if (isLate(event.timeMs, frontierMs)) pane.late += 1;
      sums.set(key, pane);
      if (event.timeMs <= logTimeMs + rule.futureClampMs) frontierMs = Math.max(frontierMs, event.timeMs);
    }
  }
  for (const [key, { events, late, sum }] of sums)
    expected.panes.set(key, `${events} (${late} late) = ${sum}`);
  return expected;
}
