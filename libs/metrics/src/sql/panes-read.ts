import { isMetricRatio, type AnyMetric, type MetricDefinition } from '../metric.js';
import { paneMsOf } from '../session-panes.js';
import { isBySession, isLevel, slotsOf, type MeasureSlots } from '../slots.js';
import { archiveScalar, beyondArchive, isOf, ofArchive } from './archive.js';
import {
  ARCHIVE_HEAD,
  ARCHIVE_HEADS_TABLE,
  ARCHIVE_TABLE,
  GAP,
  GAPS_TABLE,
  PANE,
  PANES_TABLE,
} from './pane-columns.js';
import { filterOf, firstPaneMs, inRange, isRecent } from './panes-query.js';
import { countedSets, MOST_SET_WINDOWS, type SetSelection } from './set-counts.js';
import { paneDimensionSql } from './dimension-sql.js';
import { dimensionIndex, resolveSelection, type PaneSelection, type ResolvedSelection } from './selection.js';
import { IN_ONE_THREAD, integer, lines, literal } from './text.js';
import { items } from './windows.js';

/** A selection that `windowsOfPanes` can make of panes as they are stored. */
export interface PanesWanted {
  readonly definition: MetricDefinition;
  readonly selection: ResolvedSelection;
}

/**
 * Row of `panesRead` as JSONEachRow gives it. A gap has no metric: its log times are from `start_ms` to `to_ms`. A pane
 * has no topic: it is merged over all sources. Any other row tells the highest offset that panes of one metric have of
 * one source: of those from `start_ms` to where the next selection begins or ends, or, archived, before `to_ms`. A row
 * with a `set_of` tells how many more different values a series of that selection has in one window than in the one
 * before: `dimensions` are the hashes of the series' names, `start_ms` is the window's index, `change` how many more. What
 * no selection needs is not there.
 */
export interface PanesReadRow {
  readonly metric: string;
  readonly revision: string;
  readonly start_ms: number | string;
  /** In the order of the definition; those that no selection needs are empty. */
  readonly dimensions?: readonly string[];
  readonly topic: string;
  readonly incarnation: number;
  readonly partition: number;
  readonly through: number | string;
  readonly events: number | string;
  readonly late_events: number | string;
  /** 1 where series were folded; archived ones 2 where records of their chunk are lost. */
  readonly partial: 0 | 1 | 2;
  /** Whole numbers of 64 bits. */
  readonly sums?: readonly string[];
  readonly least?: readonly (number | string | null)[];
  readonly greatest?: readonly (number | string | null)[];
  /** Buckets, and how many values each has. */
  readonly buckets?: readonly number[];
  readonly counts?: readonly (number | string)[];
  readonly to_ms: number | string;
  /** Index of the selection; -1: no set. */
  readonly set_of?: number;
  readonly change?: number | string;
}

/** Panes × windows that each is in: beyond it the store merges them sooner than JavaScript. */
const MOST_STEPS = 5_000;
const SHORT_PANES = 1_000;

/**
 * The selection resolved, if JavaScript can make its windows of panes; undefined: the store has to (`panesSelect`).
 * That is so for what is made of more than the range (levels, sessions, ratios of metrics), of what rows of panes do
 * not have (the order of last values, reference topics), for sets by the calendar, and for long ranges.
 */
export function resolvePanesWanted(definition: AnyMetric, options: PaneSelection): PanesWanted | undefined {
  if (isMetricRatio(definition) || isLevel(definition) || isBySession(definition)) return undefined;
  const { hashes, lasts } = slotsOf(definition);
  if (lasts > 0) return undefined;
  if (definition.dimensions.some(({ by }) => by?.kind === 'reference')) return undefined;
  const selection = resolveSelection(definition, options);
  if (selection.perPane) return undefined;
  const { fromMs, toMs, everyMs, sizeMs, calendar } = selection;
  const panes = (toMs - fromMs + sizeMs) / definition.window.everyMs;
  if (panes * Math.max(1, sizeMs / everyMs) > MOST_STEPS) return undefined;
  const isCounted = calendar === undefined && (toMs - fromMs) / everyMs <= MOST_SET_WINDOWS;
  return hashes && !isCounted ? undefined : { definition, selection };
}

/**
 * SELECT of the panes that selections need, of what they cover and of all gaps: flat, because nearly all that a short
 * statement costs the store is planning (docs/decisions/0058). Windows, series, filters and values are made of its rows
 * by `windowsOfPanes`. At most `limit` rows of chunks, as many of the archive.
 */
export function panesRead(wanted: readonly PanesWanted[], limit: number): string {
  const aged = agedOf(wanted);
  const told = toldOf(wanted);
  const parts = [chunkPart(wanted, aged, told, limit)];
  if (aged.size > 0) parts.push(archivePart(wanted, aged, told, limit), headsPart(aged, told));
  const scalars = [...aged.values()].map(({ definition, name }) => `${archiveScalar(definition)} AS ${name}`);
  return lines(
    scalars.length > 0 && `WITH ${scalars.join(',\n  ')}`,
    [...parts, ...setParts(wanted, aged, told), gapsPart(told)].join('\nUNION ALL\n'),
    wanted.every(isShort) && IN_ONE_THREAD,
  );
}

/** Where one thread has read the panes before a second is awake. */
function isShort({ definition, selection: { fromMs, toMs } }: PanesWanted): boolean {
  return (toMs - fromMs) / definition.window.everyMs <= SHORT_PANES;
}

/** Definitions of which something may be archived, by their condition, with the name of the scalar that tells what. */
type Aged = ReadonlyMap<string, { readonly definition: MetricDefinition; readonly name: string }>;

function agedOf(wanted: readonly PanesWanted[]): Aged {
  const aged = new Map<string, { definition: MetricDefinition; name: string }>();
  for (const { definition, selection } of wanted) {
    if (isRecent(definition, selection) || aged.has(isOf(definition))) continue;
    aged.set(isOf(definition), { definition, name: `archived_${aged.size}` });
  }
  return aged;
}

const START_MS = `toUnixTimestamp64Milli(${PANE.paneStart})`;
const SOURCE = [PANE.topic, PANE.incarnation, PANE.partition];

/** Condition of the rows of any selection; `more` of one whose metric may be archived, and of another. */
function whereAny(
  wanted: readonly PanesWanted[],
  aged: Aged,
  more: (archived: string | undefined) => string,
): string {
  const conditions = wanted.map(({ definition, selection }) =>
    lines(`(${inRange(definition, selection)}`, more(aged.get(isOf(definition))?.name), `)`),
  );
  return `WHERE ${[...new Set(conditions)].join('\n  OR ')}`;
}

function chunkPart(wanted: readonly PanesWanted[], aged: Aged, told: Told, limit: number): string {
  const select = rowSelect(told, {
    ...MERGED_PANE,
    // Where a row is grouped by the one, the other is 0.
    start_ms: `${START_MS} + stretch`,
    topic: PANE.topic,
    incarnation: PANE.incarnation,
    partition: PANE.partition,
    through: `max(p.${PANE.through})`,
    // A source's are as many again and nobody looks at them.
    buckets: `if(${PANE.topic} = '', ${MERGED_PANE.buckets!}, ${NOTHING.buckets})`,
    counts: `if(${PANE.topic} = '', ${MERGED_PANE.counts!}, ${NOTHING.counts})`,
  });
  const bySource = items([PANE.metric, PANE.revision, `${stretchOf(wanted)} AS stretch`, ...SOURCE]);
  return lines(
    select,
    `FROM ${PANES_TABLE} AS p FINAL`,
    whereAny(wanted, aged, (archived) => (archived === undefined ? '' : `  AND ${beyondArchive(archived)}`)),
    `GROUP BY GROUPING SETS ((${items(paneKey(wanted, told))}), (${bySource}))`,
    `LIMIT ${integer(limit)}`,
  );
}

/** Where the newest beginning or end of a selection before a pane is: panes of the same are in the same selections. */
function stretchOf(wanted: readonly PanesWanted[]): string {
  const bounds = wanted.flatMap(({ definition, selection }) => [
    firstPaneMs(definition, selection),
    selection.toMs,
  ]);
  const sorted = [...new Set(bounds)].sort((a, b) => a - b);
  return `roundDown(${START_MS}, [${items(sorted.map(integer))}])`;
}

function archivePart(wanted: readonly PanesWanted[], aged: Aged, told: Told, limit: number): string {
  return lines(
    rowSelect(told, MERGED_PANE),
    `FROM ${ARCHIVE_TABLE} AS p FINAL`,
    whereAny(wanted, aged, (archived) => `  AND ${archived === undefined ? '0' : ofArchive(archived)}`),
    `GROUP BY ${items(paneKey(wanted, told))}`,
    `LIMIT ${integer(limit)}`,
  );
}

function paneKey(wanted: readonly PanesWanted[], told: Told): string[] {
  const key = [PANE.metric, PANE.revision, PANE.paneStart];
  return told.has('dimensions') ? [...key, `${neededDimensions(wanted)} AS needed`] : key;
}

/** Archiving takes no offset back that rows of the range once covered. */
function headsPart(aged: Aged, told: Told): string {
  return lines(
    rowSelect(told, {
      metric: PANE.metric,
      revision: PANE.revision,
      topic: 'each.1',
      incarnation: 'each.2',
      partition: 'each.3',
      through: 'each.6',
      to_ms: `toUnixTimestamp64Milli(${ARCHIVE_HEAD.before})`,
    }),
    `FROM ${ARCHIVE_HEADS_TABLE} ARRAY JOIN ${ARCHIVE_HEAD.sources} AS each`,
    `WHERE ${[...aged.keys()].map((condition) => `(${condition})`).join(' OR ')}`,
  );
}

/** One part for each selection of a metric of sets: how the number of different values changes from window to window. */
function setParts(wanted: readonly PanesWanted[], aged: Aged, told: Told): string[] {
  return wanted.flatMap(({ definition, selection }, index) => {
    if (!slotsOf(definition).hashes) return [];
    const archived = aged.get(isOf(definition))?.name;
    const where = lines(
      `WHERE ${inRange(definition, selection)}`,
      selection.filter.length > 0 && `  AND ${filterOf(definition, selection)}`,
    );
    const set: SetSelection = {
      names: selection.groupBy.map((name) => paneDimensionSql(definition, dimensionIndex(definition, name))),
      where,
      archived,
      selection,
      panes: { firstMs: firstPaneMs(definition, selection), everyMs: paneMsOf(definition.window) },
    };
    const columns = {
      metric: literal(definition.name),
      start_ms: 'toInt64(at)',
      dimensions: 'series_key',
      change: 'change',
      set_of: `toInt32(${index})`,
    };
    return [countedSets(rowColumns(told, columns), set)];
  });
}

/**
 * Columns of a row, in the order of every SELECT, with what they are where it has nothing to say. What conditions look at
 * keeps its name only as it is: the store would take another meaning of the name for the column, and leave its key.
 */
const NOTHING: Readonly<Record<keyof PanesReadRow, string>> = {
  metric: `''`,
  revision: `''`,
  start_ms: 'toInt64(0)',
  dimensions: '[]::Array(String)',
  topic: `''`,
  incarnation: 'toUInt32(0)',
  partition: 'toUInt32(0)',
  through: 'toInt64(0)',
  events: 'toUInt64(0)',
  late_events: 'toUInt64(0)',
  partial: 'toUInt8(0)',
  sums: '[]::Array(String)',
  least: '[]::Array(Nullable(Int64))',
  greatest: '[]::Array(Nullable(Int64))',
  buckets: '[]::Array(Int32)',
  counts: '[]::Array(UInt64)',
  to_ms: 'toInt64(0)',
  set_of: 'toInt32(-1)',
  change: 'toInt64(0)',
};

/** Columns of rows `p` merged by pane and the dimensions that are needed. */
const MERGED_PANE: Partial<Record<keyof PanesReadRow, string>> = {
  metric: PANE.metric,
  revision: PANE.revision,
  start_ms: START_MS,
  dimensions: 'needed',
  events: `sum(p.${PANE.events})`,
  late_events: `sum(p.${PANE.lateEvents})`,
  partial: `max(p.${PANE.partial})`,
  sums: `arrayMap(each -> toString(each), sumForEach(p.${PANE.sums}))`,
  least: `minForEach(p.${PANE.extremes})`,
  greatest: `maxForEach(p.${PANE.extremes})`,
  buckets: `mapKeys(sumMap(p.${PANE.buckets}))`,
  counts: `mapValues(sumMap(p.${PANE.buckets}))`,
};

/** Columns that a statement tells: each costs the store as much as a good part of the rows. */
type Told = ReadonlySet<keyof PanesReadRow>;

function toldOf(wanted: readonly PanesWanted[]): Told {
  const told = new Set(Object.keys(NOTHING) as (keyof PanesReadRow)[]);
  const slots = wanted.map(({ definition }) => slotsOf(definition));
  const isAny = (kind: MeasureSlots['kind']): boolean =>
    slots.some(({ parts }) => parts.some((part) => part.slots.kind === kind));
  const hasSets = slots.some(({ hashes }) => hashes);
  const isSplit = ({ selection: { groupBy, filter } }: PanesWanted): boolean =>
    groupBy.length + filter.length > 0;
  const hasBuckets = slots.some(({ buckets }) => buckets);
  const needs: Partial<Record<keyof PanesReadRow, boolean>> = {
    dimensions: hasSets || wanted.some(isSplit),
    sums: slots.some(({ sums }) => sums > 0),
    least: isAny('min'),
    greatest: isAny('max'),
    buckets: hasBuckets,
    counts: hasBuckets,
    set_of: hasSets,
    change: hasSets,
  };
  for (const [name, isNeeded] of Object.entries(needs))
    if (!isNeeded) told.delete(name as keyof PanesReadRow);
  return told;
}

function rowSelect(told: Told, columns: Partial<Record<keyof PanesReadRow, string>>): string {
  return `SELECT ${rowColumns(told, columns)}`;
}

function rowColumns(told: Told, columns: Partial<Record<keyof PanesReadRow, string>>): string {
  const all: Readonly<Record<string, string>> = { ...NOTHING, ...columns };
  const named = [...told].map((name) => [name, all[name]!] as const);
  return items(named.map(([name, sql]) => (sql === name ? sql : `${sql} AS ${name}`)));
}

function gapsPart(told: Told): string {
  const columns = { start_ms: GAP.fromTimeMs, topic: GAP.topic, to_ms: GAP.toTimeMs };
  return lines(rowSelect(told, columns), `FROM ${GAPS_TABLE}`);
}

/** SQL of a row's dimensions, of each metric those only that a selection groups by or filters: fewer rows. */
function neededDimensions(wanted: readonly PanesWanted[]): string {
  const byMetric = new Map<string, { definition: MetricDefinition; needed: Set<number> }>();
  for (const { definition, selection } of wanted) {
    const { needed } = byMetric.get(isOf(definition)) ?? { needed: new Set<number>() };
    for (const name of [...selection.groupBy, ...selection.filter.map(([filtered]) => filtered)])
      needed.add(dimensionIndex(definition, name));
    byMetric.set(isOf(definition), { definition, needed });
  }
  const branches = [...byMetric].map(
    ([
      condition,
      {
        definition: { dimensions },
        needed,
      },
    ]) => {
      const each = dimensions.map((_, index) =>
        needed.has(index) ? `toString(p.${PANE.dimensions}[${index + 1}])` : `''`,
      );
      return { condition, sql: each.length === 0 ? NOTHING.dimensions : `[${each.join(', ')}]` };
    },
  );
  if (branches.length === 1) return branches[0]!.sql;
  return `multiIf(${branches.map(({ condition, sql }) => `${condition}, ${sql}`).join(', ')}, [])`;
}
