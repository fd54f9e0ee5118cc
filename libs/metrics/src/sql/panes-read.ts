import { isMetricRatio, type AnyMetric, type MetricDefinition } from '../metric.js';
import { isBySession, isLevel, slotsOf } from '../slots.js';
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
import { filterOf, inRange, isRecent } from './panes-query.js';
import { countedSets, MOST_SET_WINDOWS, type SetSelection } from './set-counts.js';
import { paneDimensionSql } from './dimension-sql.js';
import { dimensionIndex, resolveSelection, type PaneSelection, type ResolvedSelection } from './selection.js';
import { integer, lines, literal, nested } from './text.js';
import { items } from './windows.js';

/** A selection that `windowsOfPanes` can make of panes as they are stored. */
export interface PanesWanted {
  readonly definition: MetricDefinition;
  readonly selection: ResolvedSelection;
}

/**
 * Row of `panesRead` as JSONEachRow gives it. A gap has no metric: its log times are from `start_ms` to `to_ms`, its
 * chunks from `gap_chunk` to `through`. A pane has no topic: it is merged over all sources. Any other row tells the
 * highest offset that the panes of one metric have of one source: those that start at `start_ms`, or, archived, before
 * `to_ms`. A row with a `set_of` tells the different values of one series of that selection: `dimensions` are the hashes
 * of the series' names, `sums` pairs of a window's index and how many there are in it.
 */
export interface PanesReadRow {
  readonly metric: string;
  readonly revision: string;
  readonly start_ms: number | string;
  /** In the order of the definition; those that no selection needs are empty. */
  readonly dimensions: readonly string[];
  readonly topic: string;
  readonly incarnation: number;
  readonly partition: number;
  readonly through: number | string;
  readonly events: number | string;
  readonly late_events: number | string;
  /** 1 where series were folded; archived ones 2 where records of their chunk are lost. */
  readonly partial: 0 | 1 | 2;
  /** Chunks that have folded series of it: topic, incarnation, partition, chunk. */
  readonly folded: readonly (readonly [string, number, number, number | string])[];
  /** Whole numbers of 64 bits. */
  readonly sums: readonly string[];
  readonly least: readonly (number | string | null)[];
  readonly greatest: readonly (number | string | null)[];
  readonly buckets: Readonly<Record<string, number | string>>;
  readonly gap_chunk: number | string;
  readonly to_ms: number | string;
  /** Index of the selection; -1: no set. */
  readonly set_of: number;
}

/** Panes × windows that each is in: beyond it the store merges them sooner than JavaScript. */
const MOST_STEPS = 5_000;

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
  const needed = `${neededDimensions(wanted)} AS needed`;
  const parts = [chunkPart(wanted, aged, needed, limit)];
  if (aged.size > 0) parts.push(archivePart(wanted, aged, needed, limit), headsPart(aged));
  const scalars = [...aged.values()].map(({ definition, name }) => `${archiveScalar(definition)} AS ${name}`);
  return lines(
    scalars.length > 0 && `WITH ${scalars.join(',\n  ')}`,
    [...parts, ...setParts(wanted, aged), GAPS_PART].join('\nUNION ALL\n'),
  );
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

const PANE_KEY = [PANE.metric, PANE.revision, PANE.paneStart];
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

function chunkPart(wanted: readonly PanesWanted[], aged: Aged, needed: string, limit: number): string {
  const place = items([...SOURCE, PANE.chunk].map((name) => `p.${name}`));
  return lines(
    rowSelect({
      ...MERGED_PANE,
      topic: PANE.topic,
      incarnation: PANE.incarnation,
      partition: PANE.partition,
      through: `max(p.${PANE.through})`,
      folded: `groupUniqArrayIf((${place}), p.${PANE.partial} > 0)`,
      // A source's are as many again and nobody looks at them.
      buckets: `if(${PANE.topic} = '', ${MERGED_PANE.buckets!}, ${NOTHING.buckets})`,
    }),
    `FROM ${PANES_TABLE} AS p FINAL`,
    whereAny(wanted, aged, (archived) => (archived === undefined ? '' : `  AND ${beyondArchive(archived)}`)),
    `GROUP BY GROUPING SETS ((${items([...PANE_KEY, needed])}), (${items([...PANE_KEY, ...SOURCE])}))`,
    `LIMIT ${integer(limit)}`,
  );
}

function archivePart(wanted: readonly PanesWanted[], aged: Aged, needed: string, limit: number): string {
  return lines(
    rowSelect(MERGED_PANE),
    `FROM ${ARCHIVE_TABLE} AS p FINAL`,
    whereAny(wanted, aged, (archived) => `  AND ${archived === undefined ? '0' : ofArchive(archived)}`),
    `GROUP BY ${items([...PANE_KEY, needed])}`,
    `LIMIT ${integer(limit)}`,
  );
}

/** Archiving takes no offset back that rows of the range once covered. */
function headsPart(aged: Aged): string {
  return lines(
    rowSelect({
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

/** One part for each selection of a metric of sets: how many different values each window of each series has. */
function setParts(wanted: readonly PanesWanted[], aged: Aged): string[] {
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
    };
    const columns = { metric: literal(definition.name), dimensions: 'series_key', sums: 'counts' };
    return [
      lines(rowSelect({ ...columns, set_of: `toInt32(${index})` }), `FROM ${nested(countedSets(set))}`),
    ];
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
  folded: '[]::Array(Tuple(String, UInt32, UInt32, Int64))',
  sums: '[]::Array(String)',
  least: '[]::Array(Nullable(Int64))',
  greatest: '[]::Array(Nullable(Int64))',
  buckets: 'map()::Map(Int32, UInt64)',
  gap_chunk: 'toInt64(0)',
  to_ms: 'toInt64(0)',
  set_of: 'toInt32(-1)',
};

/** Columns of rows `p` merged by pane and the dimensions that are needed. */
const MERGED_PANE: Partial<Record<keyof PanesReadRow, string>> = {
  metric: PANE.metric,
  revision: PANE.revision,
  start_ms: `toUnixTimestamp64Milli(${PANE.paneStart})`,
  dimensions: 'needed',
  events: `sum(p.${PANE.events})`,
  late_events: `sum(p.${PANE.lateEvents})`,
  partial: `max(p.${PANE.partial})`,
  sums: `arrayMap(each -> toString(each), sumForEach(p.${PANE.sums}))`,
  least: `minForEach(p.${PANE.extremes})`,
  greatest: `maxForEach(p.${PANE.extremes})`,
  buckets: `sumMap(p.${PANE.buckets})`,
};

function rowSelect(columns: Partial<Record<keyof PanesReadRow, string>>): string {
  const all: Readonly<Record<string, string>> = { ...NOTHING, ...columns };
  return `SELECT ${items(Object.entries(all).map(([name, sql]) => (sql === name ? sql : `${sql} AS ${name}`)))}`;
}

const GAPS_PART = lines(
  rowSelect({
    start_ms: GAP.fromTimeMs,
    topic: GAP.topic,
    incarnation: GAP.incarnation,
    partition: GAP.partition,
    through: GAP.through,
    gap_chunk: GAP.chunk,
    to_ms: GAP.toTimeMs,
  }),
  `FROM ${GAPS_TABLE}`,
);

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
      return `${condition}, [${each.join(', ')}]::Array(String)`;
    },
  );
  return `multiIf(${branches.join(', ')}, [])`;
}
