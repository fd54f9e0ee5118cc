import { type MetricInfo, type Point } from '@freshet/live-protocol';
import { DAY_MS, nextEnd } from './steps.js';

/**
 * What is counted so far of these starts at nothing in every window: it fills its slot from the floor, apart from
 * the line, since dashes down from the line would look like a fall. Averages and shares go on from where they were.
 */
export function startsAtNothing(metric: Pick<MetricInfo, 'measure'>): boolean {
  return metric.measure === 'count' || metric.measure === 'sum';
}

/** One window of one line. */
export interface Slice {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: number | null;
  readonly numerator: number | undefined;
  readonly denominator: number | undefined;
  readonly state: Point['state'];
  readonly lateEvents: number;
  readonly incomplete: boolean;
  readonly partial: boolean;
}

/** The windows of one series, oldest first. */
export interface Line {
  /** The series' own values of `groupBy`; for money, without the currency. */
  readonly series: readonly string[];
  readonly currency: string | undefined;
  readonly closed: readonly Slice[];
  /** The window that closes next, as counted so far. */
  readonly open: Slice | undefined;
  /** The window after it: has begun while that one, over, waits for stragglers. */
  readonly next?: Slice;
}

type Measured = Pick<MetricInfo, 'measure' | 'currencyDimension' | 'window' | 'lateness'>;

/** Of a window in which nothing happened, these measures are 0; the others have no value. */
const ZERO_WHEN_SILENT: ReadonlySet<MetricInfo['measure']> = new Set(['count', 'sum', 'distinct']);

/**
 * End of the newest window that the watermark has passed, as far as the client can tell: everything in the log
 * by `asOfMs` is counted, less the delay that the metric waits for stragglers.
 */
export function closedThroughMs(metric: Measured, asOfMs: number | null, everyMs: number): number {
  if (asOfMs === null) return Number.NEGATIVE_INFINITY;
  const closedMs = asOfMs - metric.lateness.watermarkDelayMs;
  return everyMs === DAY_MS ? closedMs : Math.floor(closedMs / everyMs) * everyMs;
}

function toSlice(point: Point): Slice {
  return {
    startMs: point.start,
    endMs: point.end,
    value: point.value,
    numerator: point.numerator,
    denominator: point.denominator,
    state: point.state,
    lateEvents: point.lateEvents,
    incomplete: point.incomplete,
    partial: point.partial,
  };
}

/** What a window in which nothing happened holds. */
export function silentValue(metric: Pick<MetricInfo, 'measure'>): 0 | null {
  return ZERO_WHEN_SILENT.has(metric.measure) ? 0 : null;
}

/** Windows that are missing between those that are there: nothing happened in them. */
function silent(endMs: number, sizeMs: number, value: number | null): Slice {
  return {
    startMs: endMs - sizeMs,
    endMs,
    value,
    numerator: undefined,
    denominator: undefined,
    state: 'final',
    lateEvents: 0,
    incomplete: false,
    partial: false,
  };
}

/**
 * Sorts points into lines, one a series, and tells closed windows from the open one. A window that is missing
 * after the first one, up to `throughMs`, is one in which nothing happened.
 * @param everyMs distance of windows. @param throughMs see `closedThroughMs`. @param timeZone of days.
 * Linear in the number of points and windows.
 */
export function toLines(
  metric: Measured,
  points: readonly Point[],
  everyMs: number,
  throughMs: number,
  timeZone: string,
): readonly Line[] {
  const bySeries = new Map<string, { series: readonly string[]; slices: Map<number, Slice> }>();
  let firstEnd = Number.POSITIVE_INFINITY;
  let newestClosed = Number.NEGATIVE_INFINITY;
  let nextOpen = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const key = JSON.stringify(point.series);
    let entry = bySeries.get(key);
    if (entry === undefined) bySeries.set(key, (entry = { series: point.series, slices: new Map() }));
    entry.slices.set(point.end, toSlice(point));
    firstEnd = Math.min(firstEnd, point.end);
    if (point.state !== 'live' || point.end <= throughMs) newestClosed = Math.max(newestClosed, point.end);
    else nextOpen = Math.min(nextOpen, point.end);
  }
  const through = Number.isFinite(throughMs) ? Math.max(throughMs, newestClosed) : newestClosed;
  const sizeMs = Math.max(everyMs, metric.window.sizeMs);
  const nothing = silentValue(metric);
  const zone = metric.window.calendar?.timeZone ?? timeZone;
  const lines: Line[] = [];
  for (const { series, slices } of bySeries.values()) {
    const closed: Slice[] = [];
    for (let end = firstEnd; end <= through; end = nextEnd(end, everyMs, zone)) {
      closed.push(slices.get(end) ?? silent(end, sizeMs, nothing));
    }
    const money = metric.currencyDimension !== undefined;
    const open = slices.get(nextOpen);
    const next = open && slices.get(nextEnd(open.endMs, everyMs, zone));
    lines.push({
      series: money ? series.slice(0, -1) : series,
      currency: money ? series.at(-1) : undefined,
      closed,
      open,
      ...(next !== undefined && next.startMs >= nextOpen ? { next } : {}),
    });
  }
  return lines;
}

/** The line of the business's own currency; for all else the only one there is. Currencies are never summed. */
export function mainLine(lines: readonly Line[], currency: string): Line | undefined {
  return lines.find((line) => line.currency === currency) ?? lines[0];
}

/** Slice that ends at `endMs`. */
export function sliceAt(
  line: Pick<Line, 'closed' | 'open' | 'next'> | undefined,
  endMs: number | undefined,
): Slice | undefined {
  if (line === undefined || endMs === undefined) return undefined;
  if (line.open?.endMs === endMs) return line.open;
  if (line.next?.endMs === endMs) return line.next;
  const first = line.closed[0];
  const second = line.closed[1];
  if (first === undefined) return undefined;
  const step = second === undefined ? 1 : second.endMs - first.endMs;
  const found = line.closed[Math.round((endMs - first.endMs) / step)];
  return found?.endMs === endMs ? found : undefined;
}

/**
 * Revised windows to mark on a line: at most one in every `gapPx`, the newest of them.
 * @param slices oldest first. @param x place of a window's end, in pixels.
 */
export function revisedMarks(
  slices: readonly Slice[],
  x: (endMs: number) => number,
  gapPx: number,
): readonly (Slice & { readonly value: number })[] {
  const marks: (Slice & { readonly value: number })[] = [];
  let free = Number.POSITIVE_INFINITY;
  for (const slice of slices.toReversed()) {
    const { value } = slice;
    if (slice.state !== 'revised' || value === null || x(slice.endMs) > free) continue;
    marks.push({ ...slice, value });
    free = x(slice.endMs) - gapPx;
  }
  return marks;
}

/** Lowest and highest value of all lines; undefined when there is none. */
export function extent(
  values: Iterable<number | null | undefined>,
): { min: number; max: number } | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min > max ? undefined : { min, max };
}
