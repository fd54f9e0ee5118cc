import { calendarSteps, type CalendarStep } from '@freshet/windowing';
import { BucketSums } from './buckets.js';
import { TextHasher, toBigint } from './hash.js';
import { valuesOf } from './merge.js';
import { OTHER, type MetricDefinition } from './metric.js';
import { slotsOf } from './slots.js';
import { firstPaneMs, type PaneQueryRow } from './sql/panes-query.js';
import type { PanesReadRow, PanesWanted } from './sql/panes-read.js';
import { dimensionIndex } from './sql/selection.js';

/** Merged states of one series in one window. */
interface Merged {
  events: number;
  lateEvents: number;
  readonly sums: bigint[];
  readonly extremes: (number | null)[];
  /** Of one answer and selection all of the same buckets. */
  readonly buckets: BucketSums;
  different: number;
}

interface Series<Value> {
  readonly names: readonly string[];
  readonly value: Value;
}

type ByKey<Value> = Map<string, Series<Value>>;

interface Window {
  readonly startMs: number;
  readonly endMs: number;
  /** As `partial` of chunk rows: 2 where a folded series may stand under its name, too. */
  partial: 0 | 1 | 2;
  series: ByKey<Merged>;
}

/** Rows of `panesRead` by what they are. */
export interface PanesAnswer {
  readonly panes: readonly PanesReadRow[];
  readonly sources: readonly PanesReadRow[];
  readonly gaps: readonly PanesReadRow[];
  readonly sets: readonly PanesReadRow[];
}

/** The rows of one answer, sorted out once for all selections that it was read for. */
export function panesAnswer(rows: readonly PanesReadRow[]): PanesAnswer {
  return {
    panes: rows.filter((row) => row.metric !== '' && row.topic === '' && !isOfSet(row)),
    sources: rows.filter(({ metric, topic }) => metric !== '' && topic !== ''),
    gaps: rows.filter(({ metric }) => metric === ''),
    sets: rows.filter(isOfSet),
  };
}

function isOfSet({ set_of = -1 }: PanesReadRow): boolean {
  return set_of >= 0;
}

/** Highest offset by source among the panes that a selection is made of. */
export function coveredByPanes({ sources }: PanesAnswer, wanted: PanesWanted): readonly PanesReadRow[] {
  const furthest = new Map<string, PanesReadRow>();
  for (const row of sources) {
    if (!isWanted(row, wanted)) continue;
    const key = `${row.incarnation}/${row.partition}/${row.topic}`;
    const before = furthest.get(key);
    if (before === undefined || Number(before.through) < Number(row.through)) furthest.set(key, row);
  }
  return [...furthest.values()];
}

/**
 * Windows of a selection, made of what `panesRead` read for it: what `panesSelect` makes in the store, row by row, in
 * no order and without a state. Undefined where only the store can: series of sets are to be united, or records were
 * lost and series folded, so that it depends on the chunk which windows lack something.
 * @param index of the selection among those that were read
 * @param topics of the metric's contract: whose gaps count
 */
export function windowsOfPanes(
  answer: PanesAnswer,
  wanted: PanesWanted,
  index: number,
  topics: readonly string[],
  sub: string,
): PaneQueryRow[] | undefined {
  const { definition, selection } = wanted;
  const gaps = answer.gaps.filter(({ topic }) => topics.includes(topic));
  if (gaps.length > 0 && answer.panes.some((row) => row.partial === 1 && isWanted(row, wanted)))
    return undefined;
  const windows = mergedWindows(answer, wanted);
  const { hashes } = slotsOf(definition);
  if (hashes) countSets(answer, wanted, index, windows);
  const kept = selection.top === undefined ? undefined : largestSeries(wanted, windows, selection.top);
  if (kept !== undefined) {
    if (hashes) return undefined;
    foldOthers(wanted, windows, kept);
  }
  const { quantiles } = selection;
  const ranks = quantiles === undefined ? [undefined] : quantiles.ranks;
  const rows: PaneQueryRow[] = [];
  for (const { startMs, endMs, partial, series } of windows) {
    const isLacking = gaps.some((gap) => Number(gap.start_ms) < endMs && Number(gap.to_ms) >= startMs);
    for (const { names, value: merged } of series.values()) {
      for (const rank of ranks) {
        const told =
          quantiles === undefined || quantiles.at < 0 ? names : names.toSpliced(quantiles.at, 0, rank!.label);
        const { value, numerator, denominator } = valuesOf(definition, merged, endMs - startMs, rank?.q);
        rows.push({
          sub,
          window_start_ms: startMs,
          window_end_ms: endMs,
          series: told,
          value,
          numerator,
          denominator,
          events: merged.events,
          late_events: merged.lateEvents,
          partial: partial > 0 ? 1 : 0,
          incomplete: isLacking || partial > 1 ? 1 : 0,
          state: 'live',
        });
      }
    }
  }
  return rows;
}

function isWanted(row: PanesReadRow, { definition, selection }: PanesWanted): boolean {
  if (row.metric !== definition.name || row.revision !== definition.revision) return false;
  const firstMs = firstPaneMs(definition, selection);
  const [startMs, archivedMs] = [Number(row.start_ms), Number(row.to_ms)];
  return archivedMs > 0 ? archivedMs > firstMs : startMs >= firstMs && startMs < selection.toMs;
}

function mergedWindows({ panes }: PanesAnswer, wanted: PanesWanted): Window[] {
  const { definition, selection } = wanted;
  const at = selection.groupBy.map((name) => dimensionIndex(definition, name));
  const filter = selection.filter.map(
    ([name, values]) => [dimensionIndex(definition, name), values] as const,
  );
  const windowsAt = windowsBy(wanted);
  const windows = new Set<Window>();
  const rows = panes.filter((row) => isWanted(row, wanted));
  const newBuckets = bucketsFor(rows);
  for (const row of rows) {
    const { dimensions = [], partial } = row;
    const matches = filter.every(([index, values]) => values.includes(dimensions[index]!));
    if (!matches && partial === 0) continue;
    const names = at.map((index) => dimensions[index]!);
    const key = JSON.stringify(names);
    const states = statesOf(definition, row, newBuckets());
    windowsAt(Number(row.start_ms)).forEach((window, place) => {
      windows.add(window);
      // Every series of a window is partial where any of it was folded, also where that one does not match.
      if (partial > window.partial) window.partial = partial;
      if (matches) add(definition, window.series, key, { names, value: states }, place > 0);
    });
  }
  return [...windows];
}

/** The windows that a pane is in, by its start; the same ones each time. */
function windowsBy({ selection }: PanesWanted): (paneStartMs: number) => Window[] {
  const { fromMs, toMs, everyMs, sizeMs, calendar } = selection;
  const byEnd = new Map<number, Window>();
  const windowOf = (startMs: number, endMs: number): Window => {
    const known = byEnd.get(endMs);
    if (known !== undefined) return known;
    const window: Window = { startMs, endMs, partial: 0, series: new Map() };
    byEnd.set(endMs, window);
    return window;
  };
  if (calendar !== undefined) {
    const steps = calendarSteps(calendar, fromMs, toMs);
    const holds = (ms: number) => (step: CalendarStep) => step.startMs <= ms && ms < step.endMs;
    return (ms) => steps.filter(holds(ms)).map((step) => windowOf(step.startMs, step.endMs));
  }
  return (paneStartMs) => {
    const found: Window[] = [];
    const first = Math.floor(paneStartMs / everyMs) * everyMs + everyMs;
    for (let endMs = Math.max(first, fromMs + everyMs); endMs <= paneStartMs + sizeMs; endMs += everyMs) {
      if (endMs > toMs) break;
      found.push(windowOf(endMs - sizeMs, endMs));
    }
    return found;
  };
}

const NO_BUCKETS = new BucketSums(0, -1);

/** Makes empty sums over all buckets of the rows. */
function bucketsFor(rows: readonly PanesReadRow[]): () => BucketSums {
  let [low, high] = [Infinity, -Infinity];
  for (const { buckets = [] } of rows) {
    for (const bucket of buckets) {
      low = Math.min(low, bucket);
      high = Math.max(high, bucket);
    }
  }
  return () => (low > high ? NO_BUCKETS : new BucketSums(low, high));
}

function statesOf(definition: MetricDefinition, row: PanesReadRow, all: BucketSums): Merged {
  const { sums = [], least = [], greatest = [], buckets = [], counts = [] } = row;
  buckets.forEach((bucket, at) => all.add(bucket, Number(counts[at])));
  const extremes: (number | null)[] = [];
  for (const { slots } of slotsOf(definition).parts) {
    if (slots.kind !== 'min' && slots.kind !== 'max') continue;
    const value = (slots.kind === 'min' ? least : greatest)[slots.extreme] ?? null;
    extremes[slots.extreme] = value === null ? null : Number(value);
  }
  return {
    events: Number(row.events),
    lateEvents: Number(row.late_events),
    sums: sums.map(BigInt),
    extremes,
    buckets: all,
    different: 0,
  };
}

/** Gives the windows the sizes of their sets. */
function countSets(
  { sets }: PanesAnswer,
  { selection: { fromMs, toMs, everyMs } }: PanesWanted,
  index: number,
  windows: readonly Window[],
): void {
  const countsOf = new Map<string, Float64Array>();
  for (const { set_of, dimensions = [], start_ms, change } of sets) {
    if (set_of !== index) continue;
    const key = dimensions.join();
    // What changes after the last window is one more.
    const counts = countsOf.get(key) ?? new Float64Array((toMs - fromMs) / everyMs + 1);
    countsOf.set(key, counts);
    counts[Number(start_ms)] = Number(change);
  }
  for (const counts of countsOf.values())
    for (let at = 1; at < counts.length; at += 1) counts[at]! += counts[at - 1]!;
  // Of each series once: hashing costs more than looking up.
  const bySeries = new Map<string, Float64Array | undefined>();
  for (const { endMs, series } of windows) {
    for (const [key, { names, value }] of series) {
      if (!bySeries.has(key)) bySeries.set(key, countsOf.get(names.map(keyOfName).join()));
      value.different = bySeries.get(key)?.[(endMs - fromMs) / everyMs - 1] ?? 0;
    }
  }
}

const hasher = new TextHasher();

/** The hash of a name as SQL tells it, see `countedSets`. */
function keyOfName(name: string): string {
  const { high, low } = hasher.hash(name);
  return String(toBigint(high, low));
}

function copyOf({ sums, extremes, buckets, ...rest }: Merged): Merged {
  return { ...rest, sums: [...sums], extremes: [...extremes], buckets: buckets.copy() };
}

/** Merges a series into those of a window, which may keep the value as its own unless it is shared. */
function add(
  definition: MetricDefinition,
  all: ByKey<Merged>,
  key: string,
  { names, value }: Series<Merged>,
  isShared = false,
): void {
  const into = all.get(key)?.value;
  if (into === undefined) {
    all.set(key, { names, value: isShared ? copyOf(value) : value });
    return;
  }
  into.events += value.events;
  into.lateEvents += value.lateEvents;
  value.sums.forEach((sum, slot) => (into.sums[slot]! += sum));
  into.buckets.addAll(value.buckets);
  for (const { slots } of slotsOf(definition).parts) {
    if (slots.kind !== 'min' && slots.kind !== 'max') continue;
    const [left, right] = [into.extremes[slots.extreme] ?? null, value.extremes[slots.extreme] ?? null];
    if (right !== null) into.extremes[slots.extreme] = left === null ? right : Math[slots.kind](left, right);
  }
}

/** Keys of the `top` largest series (of each currency) of all windows; undefined: there are no others to fold. */
function largestSeries(
  { definition, selection: { groupBy } }: PanesWanted,
  windows: readonly Window[],
  top: number,
): ReadonlySet<string> | undefined {
  const currency = groupBy.indexOf(definition.currencyDimension ?? '');
  if (groupBy.length === 0 || (groupBy.length === 1 && currency === 0)) return undefined;
  const sizes: ByKey<{ size: number }> = new Map();
  for (const { startMs, endMs, series } of windows) {
    for (const [key, { names, value }] of series) {
      const { size } = valuesOf(definition, value, endMs - startMs);
      const known = sizes.get(key);
      if (known === undefined) sizes.set(key, { names, value: { size } });
      else known.value.size += size;
    }
  }
  const places = new Map<string, number>();
  const kept = new Set<string>();
  for (const [key, { names }] of [...sizes].sort(
    ([, a], [, b]) => b.value.size - a.value.size || byBytes(a.names, b.names),
  )) {
    const group = names[currency] ?? '';
    const place = (places.get(group) ?? 0) + 1;
    places.set(group, place);
    if (place <= top) kept.add(key);
  }
  return kept.size === sizes.size ? undefined : kept;
}

/** Merges all series but those that are kept into `(other)`, of each currency. */
function foldOthers(
  { definition, selection: { groupBy } }: PanesWanted,
  windows: readonly Window[],
  kept: ReadonlySet<string>,
): void {
  const currency = groupBy.indexOf(definition.currencyDimension ?? '');
  for (const window of windows) {
    const folded: ByKey<Merged> = new Map();
    for (const [key, series] of window.series) {
      if (kept.has(key)) {
        add(definition, folded, key, series);
        continue;
      }
      const names = series.names.map((name, index) => (index === currency ? name : OTHER));
      add(definition, folded, JSON.stringify(names), { names, value: series.value });
    }
    window.series = folded;
  }
}

/** The order of the store: by bytes of UTF-8, name after name. */
function byBytes(a: readonly string[], b: readonly string[]): number {
  for (const [index, name] of a.entries()) {
    const order = Buffer.compare(Buffer.from(name), Buffer.from(b[index]!));
    if (order !== 0) return order;
  }
  return 0;
}
