import type { ChunkOpening, ClockAdvance } from '../ports.js';
import { compareClaims, type MemoryRecord } from '../testing/index.js';
import { decodeEvent, isLate, OTHER, PANE_MS } from './fakes.js';

export interface RecomputeRule {
  readonly chunkOffsets: number;
  readonly chunkLogTimeMs: number;
  readonly horizonOffsets: number;
  readonly futureClampMs: number;
  readonly logTime: 'append' | 'create';
  /** Offset at which counting began. */
  readonly from: number;
  readonly maxSeries: number;
}

export interface PaneSum {
  readonly chunk: number;
  events: number;
  late: number;
  sum: number;
}

/** What must be stored in the end, worked out in one pass over the whole log, with none of the engine's code. */
export interface Expected {
  /** By `chunk/pane/region`. */
  readonly panes: Map<string, PaneSum>;
  /** Offset → offset of the event that it repeats, -1 when it counts. */
  readonly verdicts: Map<number, number>;
  readonly outcomes: Map<string, number>;
  readonly invalid: number[];
}

/** Rows that count at each position: those of the last owner that began at or before it. */
export function effectiveAdvances(rows: readonly ClockAdvance[]): ClockAdvance[] {
  return rows
    .filter(
      (row) =>
        row.frontierMs >= 0 &&
        !rows.some((other) => other.position <= row.position && compareClaims(other, row) > 0),
    )
    .sort((a, b) => a.position - b.position);
}

export function recompute(
  records: readonly MemoryRecord[],
  advances: readonly ClockAdvance[],
  openings: readonly ChunkOpening[],
  rule: RecomputeRule,
): Expected {
  const expected: Expected = { panes: new Map(), verdicts: new Map(), outcomes: new Map(), invalid: [] };
  const openedAt = new Map(openings.map(({ chunk, openedAtMs }) => [chunk, openedAtMs]));
  const countedAt = new Map<number, number>();
  let frontierMs = -1;
  let chunk = rule.from;
  let ownSeries = new Set<string>();
  let chunkFirstMs: number | undefined;
  let nextAdvance = 0;
  const outcome = (name: string): void => {
    expected.outcomes.set(name, (expected.outcomes.get(name) ?? 0) + 1);
  };
  for (const { offset, logTimeMs, value } of records) {
    if (offset < rule.from) continue;
    const block = Math.floor(offset / rule.chunkOffsets) * rule.chunkOffsets;
    if (chunk < block) {
      chunk = block;
      chunkFirstMs = undefined;
    } else if (chunkFirstMs !== undefined && logTimeMs - chunkFirstMs >= rule.chunkLogTimeMs) {
      chunk = offset;
      chunkFirstMs = undefined;
    }
    if (chunkFirstMs === undefined) ownSeries = new Set();
    chunkFirstMs ??= logTimeMs;
    for (; nextAdvance < advances.length && advances[nextAdvance]!.position <= offset; nextAdvance += 1)
      frontierMs = Math.max(frontierMs, advances[nextAdvance]!.frontierMs);
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
      const paneMs = Math.floor(event.timeMs / PANE_MS) * PANE_MS;
      const inPane = [...ownSeries].filter((series) => series.startsWith(`${paneMs}/`));
      const isOwn = ownSeries.has(`${paneMs}/${event.region}`) || inPane.length < rule.maxSeries;
      if (isOwn) ownSeries.add(`${paneMs}/${event.region}`);
      const key = `${chunk}/${paneMs}/${isOwn ? event.region : OTHER}`;
      const pane = expected.panes.get(key) ?? { chunk, events: 0, late: 0, sum: 0 };
      pane.events += 1;
      pane.sum += event.amount;
      if (isLate(event.timeMs, frontierMs)) pane.late += 1;
      expected.panes.set(key, pane);
      const latestSaneMs =
        rule.logTime === 'append'
          ? logTimeMs + rule.futureClampMs
          : (openedAt.get(chunk) ?? 0) + rule.chunkLogTimeMs;
      if (event.timeMs <= latestSaneMs) frontierMs = Math.max(frontierMs, event.timeMs);
    }
  }
  return expected;
}
