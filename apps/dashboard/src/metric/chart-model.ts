import { extent, type Line, type Slice } from '../figures/series.js';

/** One line of the large chart. */
export interface ChartLine {
  readonly key: string;
  readonly name: string;
  /** Value of the dimension that the chart is split by, as the store has it; absent on totals and ghosts. */
  readonly value?: string;
  readonly colour: string;
  /** Total: ink and bold. Ghost: the compared time. */
  readonly role: 'total' | 'part' | 'ghost';
  readonly currency: string | undefined;
  readonly closed: readonly Slice[];
  readonly open: Slice | undefined;
  /** See `Line`; shown in the table alone. */
  readonly next?: Slice;
}

/** One row for Recharts: the time and one value a line. */
export type ChartRow = { readonly endMs: number } & Record<string, number | null>;

/** Rows by window end, oldest first; a line without a value there has null. */
export function toRows(lines: readonly ChartLine[]): readonly ChartRow[] {
  const rows = new Map<number, Record<string, number | null>>();
  for (const line of lines) {
    for (const slice of line.closed) {
      let row = rows.get(slice.endMs);
      if (row === undefined) rows.set(slice.endMs, (row = { endMs: slice.endMs }));
      row[line.key] = slice.value;
    }
  }
  return [...rows.values()].sort((a, b) => (a['endMs'] ?? 0) - (b['endMs'] ?? 0)) as ChartRow[];
}

/** Rows as they are drawn: values in whole steps, so that what nobody can see is no change. */
export function inSteps(rows: readonly ChartRow[], step: number): readonly ChartRow[] {
  return rows.map((row) => {
    const values = Object.entries(row).map(([key, value]) => [
      key,
      key === 'endMs' || value === null ? value : Math.round(value / step) * step,
    ]);
    return Object.fromEntries(values) as ChartRow;
  });
}

/** Highest and lowest value that the axis has to show; always with 0. */
export function valueExtent(lines: readonly ChartLine[]): { min: number; max: number } {
  const values = lines.flatMap((line) => [...line.closed.map((slice) => slice.value), line.open?.value]);
  const found = extent(values) ?? { min: 0, max: 1 };
  return {
    min: Math.min(0, found.min),
    max: Math.max(found.max, found.min === 0 && found.max === 0 ? 1 : 0),
  };
}

/**
 * Round ticks from at or below `min` to at or above `max`, about `count` of them.
 * @param scale what the numbers are shown as: 100 for shares in per cent, 0.01 for money in minor units.
 */
export function niceTicks(min: number, max: number, count: number, scale = 1): readonly number[] {
  const low = min * scale;
  const high = max * scale;
  const raw = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step =
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? 10 * power;
  const ticks: number[] = [];
  for (let i = Math.floor(low / step + 1e-9); i <= Math.ceil(high / step - 1e-9); i++)
    ticks.push((i * step) / scale);
  return ticks;
}

const MINUTE = 60_000;
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map(
  (minutes) => minutes * MINUTE,
);

/** Round times within [fromMs, toMs], at most `most`, aligned to the clock that is `offsetMs` ahead of UTC. */
export function timeTicks(fromMs: number, toMs: number, most: number, offsetMs: number): readonly number[] {
  const span = toMs - fromMs;
  const step = TIME_STEPS.find((candidate) => span / candidate <= most) ?? span;
  const ticks: number[] = [];
  for (let at = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; at <= toMs; at += step)
    ticks.push(at);
  return ticks;
}

/**
 * Moves labels apart to at least `gap` pixels, keeping their order and staying within [top, bottom] where that
 * can be. @returns the new place of each, in the order given.
 */
export function spread(
  places: readonly number[],
  gap: number,
  top: number,
  bottom: number,
): readonly number[] {
  const order = places.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  let previous = Number.NEGATIVE_INFINITY;
  for (const item of order) {
    item.y = Math.max(item.y, previous + gap, top);
    previous = item.y;
  }
  let next = Number.POSITIVE_INFINITY;
  for (const item of order.toReversed()) {
    item.y = Math.min(item.y, next - gap, bottom);
    next = item.y;
  }
  const moved = new Array<number>(places.length).fill(0);
  for (const item of order) moved[item.index] = item.y;
  return moved;
}

/** A line of the metric itself as a line of the chart. */
export function chartLine(
  line: Line,
  look: Pick<ChartLine, 'key' | 'name' | 'value' | 'colour' | 'role'>,
): ChartLine {
  const { currency, closed, open, next } = line;
  return { ...look, currency, closed, open, ...(next === undefined ? {} : { next }) };
}
