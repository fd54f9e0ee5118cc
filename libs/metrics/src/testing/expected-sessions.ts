import type { PaneRow } from '../aggregator.js';
import { mergePaneRows } from '../merge.js';
import type { MetricDefinition, SessionRule } from '../metric.js';
import { slotsOf } from '../slots.js';

/** A session as it should be told. */
export interface ExpectedSession {
  /** Values of the dimensions, and the key. */
  readonly dimensions: readonly string[];
  readonly startMs: number;
  readonly lastMs: number;
  readonly endMs: number;
  /** Its events merged; sums as they are in a session. */
  readonly merged: PaneRow;
  readonly lateEvents: number;
  /** First event time of a row with late events; undefined where there are none. */
  readonly lateFromMs: number | undefined;
}

/** Sessions of rows that hold runs of events of any length below a gap, said plainly. */
export function expectedSessions(
  definition: MetricDefinition,
  rows: readonly PaneRow[],
): readonly ExpectedSession[] {
  const span = slotsOf(definition).span!;
  const rule = definition.window.session!;
  const firstOf = (row: PaneRow): number => row.extremes[span.first]!;
  const byKey = new Map<string, PaneRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.dimensions);
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  return [...byKey.values()].flatMap((own) => {
    const ordered = own.toSorted((a, b) => firstOf(a) - firstOf(b));
    const runs: PaneRow[][] = [];
    let lastMs = -Infinity;
    for (const row of ordered) {
      if (firstOf(row) - lastMs >= rule.gapMs) runs.push([]);
      runs.at(-1)!.push(row);
      lastMs = Math.max(lastMs, row.extremes[span.last]!);
    }
    return runs.flatMap((run) => cut(definition, rule, run));
  });
}

/** Cuts a run where it has gone on through a whole `longest`. */
function cut(definition: MetricDefinition, rule: SessionRule, run: readonly PaneRow[]): ExpectedSession[] {
  const span = slotsOf(definition).span!;
  const firstOf = (row: PaneRow): number => row.extremes[span.first]!;
  const startMs = firstOf(run[0]!);
  const runLastMs = Math.max(...run.map((row) => row.extremes[span.last]!));
  const { gapMs, longestMs } = rule;
  // The first whole block begins where the run began in its first pane, or with the next block.
  const whole = Math.ceil((startMs - gapMs + 1) / longestMs) * longestMs + longestMs;
  const sessions: ExpectedSession[] = [];
  let from = -Infinity;
  let before: readonly PaneRow[] = [];
  for (let endMs = whole; from < runLastMs; endMs += longestMs) {
    const isWhole = runLastMs >= endMs - gapMs;
    const until = isWhole ? endMs : Infinity;
    const own = run.filter((row) => firstOf(row) >= from && firstOf(row) < until);
    if (own.length === 0) break;
    sessions.push(told(definition, own, before, isWhole ? endMs : runLastMs + gapMs));
    before = own.filter((row) => firstOf(row) >= endMs - longestMs);
    from = until;
  }
  return sessions;
}

function told(
  definition: MetricDefinition,
  rows: readonly PaneRow[],
  before: readonly PaneRow[],
  endMs: number,
): ExpectedSession {
  const { parts, span } = slotsOf(definition);
  const merged = rows.reduce((a, b) => mergePaneRows(definition, a, b));
  const [startMs, lastMs] = [merged.extremes[span!.first]!, merged.extremes[span!.last]!];
  const sums = [...merged.sums];
  for (const { slots } of parts) {
    if (slots.kind === 'sessions') sums[slots.sum] = sums[slots.sum]! > 0n ? 1n : 0n;
    if (slots.kind === 'duration') sums[slots.sum] = BigInt(lastMs - startMs);
  }
  const lateBefore = before.reduce((sum, { lateEvents }) => sum + lateEvents, 0);
  const late = rows.filter(({ lateEvents }) => lateEvents > 0).map((row) => row.extremes[span!.first]!);
  return {
    dimensions: merged.dimensions,
    startMs,
    lastMs,
    endMs,
    merged: { ...merged, sums },
    lateEvents: merged.lateEvents + lateBefore,
    lateFromMs: lateBefore > 0 ? startMs : late.length > 0 ? Math.min(...late) : undefined,
  };
}
