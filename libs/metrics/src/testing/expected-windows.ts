import type { PaneRow } from '../aggregator.js';
import { levelsOf, mergePaneRows, valueOf } from '../merge.js';
import type { MetricDefinition } from '../metric.js';
import type { PaneSelection } from '../sql/selection.js';

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
  { fromMs, toMs, everyMs = definition.window.everyMs, filter = {} }: PaneSelection,
): Map<string, ExpectedWindow> {
  const sizeMs = Math.max(definition.window.sizeMs, everyMs);
  const index = (name: string): number => definition.dimensions.findIndex((each) => each.name === name);
  const own = rows.filter(
    (row) =>
      row.metric === definition.name &&
      Object.entries(filter).every(([name, values]) => values.includes(row.dimensions[index(name)]!)),
  );
  const seriesOf = (row: PaneRow): string[] => groupBy.map((name) => row.dimensions[index(name)]!);
  const isLevel = definition.measure.kind === 'runningTotal';
  const windows = new Map<string, ExpectedWindow>();
  for (let end = fromMs + everyMs; end <= toMs; end += everyMs) {
    const from = isLevel ? -Infinity : end - sizeMs;
    const inWindow = own.filter(({ paneStartMs }) => paneStartMs >= from && paneStartMs < end);
    for (const [series, part] of groups(inWindow, (row) => JSON.stringify([end, seriesOf(row)]))) {
      const merged = part.reduce((a, b) => mergePaneRows(definition, a, b));
      const value = isLevel ? levelAfter(definition, part) : valueOf(definition, merged, sizeMs);
      windows.set(series, { value, events: merged.events, lateEvents: merged.lateEvents, merged });
    }
  }
  return windows;
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
