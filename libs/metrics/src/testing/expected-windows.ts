import { calendarSteps } from '@freshet/windowing';
import type { PaneRow } from '../aggregator.js';
import { levelsOf, mergePaneRows, valueOf } from '../merge.js';
import type { MetricDefinition, Rank } from '../metric.js';
import { QUANTILE, ranksOf } from '../ranks.js';
import type { PaneSelection } from '../sql/selection.js';
import { expectedSessions } from './expected-sessions.js';

/** What a window of a series should hold. */
export interface ExpectedWindow {
  readonly value: number | null;
  readonly events: number;
  readonly lateEvents: number;
  readonly merged: PaneRow;
}

/** Values as the store should give them, merged in JavaScript from a metric's rows; keys are [end, series] as JSON. */
export function expectedWindows(
  definition: MetricDefinition,
  rows: readonly PaneRow[],
  groupBy: readonly string[],
  selection: PaneSelection,
): Map<string, ExpectedWindow> {
  const { filter = {} } = selection;
  const index = (name: string): number => definition.dimensions.findIndex((each) => each.name === name);
  const own = rows.filter(
    (row) =>
      row.metric === definition.name &&
      Object.entries(filter).every(([name, values]) => values.includes(row.dimensions[index(name)]!)),
  );
  const ranks = ranksOf(definition);
  if (ranks !== undefined && (groupBy.includes(QUANTILE) || QUANTILE in filter)) {
    return byRank(definition, rows, groupBy, selection, ranks);
  }
  if (definition.window.session !== undefined) return sessionWindows(definition, own, groupBy, selection);
  const seriesOf = (row: PaneRow): string[] => groupBy.map((name) => row.dimensions[index(name)]!);
  const isLevel = definition.measure.kind === 'runningTotal';
  const windows = new Map<string, ExpectedWindow>();
  for (const { startMs, endMs: end } of stepsOf(definition, selection)) {
    const sizeMs = end - startMs;
    const from = isLevel ? -Infinity : startMs;
    const inWindow = own.filter(({ paneStartMs }) => paneStartMs >= from && paneStartMs < end);
    for (const [series, part] of groups(inWindow, (row) => JSON.stringify([end, seriesOf(row)]))) {
      const merged = part.reduce((a, b) => mergePaneRows(definition, a, b));
      const value = isLevel ? levelAfter(definition, part) : valueOf(definition, merged, sizeMs);
      windows.set(series, { value, events: merged.events, lateEvents: merged.lateEvents, merged });
    }
  }
  return windows;
}

/** Several quantiles: windows of the metric of each, with its name in the series. */
function byRank(
  definition: MetricDefinition,
  rows: readonly PaneRow[],
  groupBy: readonly string[],
  selection: PaneSelection,
  ranks: readonly Rank[],
): Map<string, ExpectedWindow> {
  const { [QUANTILE]: wanted, ...filter } = selection.filter ?? {};
  const at = groupBy.indexOf(QUANTILE);
  const windows = new Map<string, ExpectedWindow>();
  for (const { label, q } of ranks) {
    if (wanted !== undefined && !wanted.includes(label)) continue;
    const measure = { ...definition.measure, at: [q] } as MetricDefinition['measure'];
    const others = groupBy.filter((name) => name !== QUANTILE);
    const own = expectedWindows({ ...definition, measure }, rows, others, { ...selection, filter });
    for (const [key, window] of own) {
      const [end, series] = JSON.parse(key) as [number, string[]];
      const told = at < 0 ? series : series.toSpliced(at, 0, label);
      windows.set(JSON.stringify([end, told]), window);
    }
  }
  return windows;
}

/** Steps with the sessions that ended in them; those with late events in each step that they may have changed. */
function sessionWindows(
  definition: MetricDefinition,
  rows: readonly PaneRow[],
  groupBy: readonly string[],
  selection: PaneSelection,
): Map<string, ExpectedWindow> {
  const index = (name: string): number => definition.dimensions.findIndex((each) => each.name === name);
  const { gapMs } = definition.window.session!;
  const windows = new Map<string, ExpectedWindow>();
  const sessions = expectedSessions(definition, onePerPane(definition, rows));
  for (const { startMs, endMs: end } of stepsOf(definition, selection)) {
    for (const session of sessions) {
      const isOwn = session.endMs > startMs && session.endMs <= end;
      const { lateFromMs } = session;
      const isMarked = lateFromMs !== undefined && lateFromMs < end && session.lastMs + gapMs > startMs;
      if (!isOwn && !isMarked) continue;
      const key = JSON.stringify([end, groupBy.map((name) => session.dimensions[index(name)]!)]);
      const { merged } = session;
      const none = { ...merged, events: 0, sums: merged.sums.map(() => 0n) };
      const before = windows.get(key)?.merged;
      const added = before ? mergePaneRows(definition, before, isOwn ? merged : none) : isOwn ? merged : none;
      const lateEvents = (windows.get(key)?.lateEvents ?? 0) + session.lateEvents;
      const value = valueOf(definition, added, end - startMs);
      windows.set(key, { value, events: added.events, lateEvents, merged: added });
    }
  }
  return windows;
}

/** The fragments that the store has: rows of a key and pane merged. */
export function onePerPane(definition: MetricDefinition, rows: readonly PaneRow[]): PaneRow[] {
  const panes = groups(rows, ({ paneStartMs, dimensions }) => JSON.stringify([paneStartMs, dimensions]));
  return [...panes.values()].map((parts) => parts.reduce((a, b) => mergePaneRows(definition, a, b)));
}

/** The windows of a selection: one for every step, at least as long as the step. */
function stepsOf(
  { window }: MetricDefinition,
  { fromMs, toMs, everyMs, calendar }: PaneSelection,
): { startMs: number; endMs: number }[] {
  const byCalendar = calendar ?? (everyMs === undefined ? window.calendar : undefined);
  if (byCalendar !== undefined) return calendarSteps(byCalendar, fromMs, toMs);
  const stepMs = everyMs ?? window.everyMs;
  const sizeMs = Math.max(window.sizeMs, stepMs);
  const count = Math.ceil((toMs - fromMs) / stepMs);
  return Array.from({ length: count }, (_, step) => {
    const endMs = fromMs + (step + 1) * stepMs;
    return { startMs: endMs - sizeMs, endMs };
  });
}

/** Sum over the series of all dimensions of what each had after its last pane. */
function levelAfter(definition: MetricDefinition, rows: readonly PaneRow[]): number {
  let sum = 0;
  for (const series of groups(rows, (row) => JSON.stringify(row.dimensions)).values()) {
    const panes = [...groups(series, ({ paneStartMs }) => String(paneStartMs)).values()].map((parts) =>
      parts.reduce((a, b) => mergePaneRows(definition, a, b)),
    );
    sum += levelsOf(definition, panes).at(-1)!.value;
  }
  return sum;
}

function groups<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const byKey = new Map<string, T[]>();
  for (const item of items) {
    const group = byKey.get(keyOf(item));
    if (group === undefined) byKey.set(keyOf(item), [item]);
    else group.push(item);
  }
  return byKey;
}
