import type { MetricDefinition } from '../metric.js';
import { slotsOf } from '../slots.js';
import {
  ARCHIVE,
  ARCHIVE_HEAD,
  ARCHIVE_HEADS_TABLE,
  ARCHIVE_TABLE,
  DISTINCT,
  DISTINCT_TABLE,
  GAP,
  GAPS_TABLE,
  PANE,
  PANES_TABLE,
} from './pane-columns.js';
import { instant, integer, lines, literal, nested } from './text.js';

/** No pane is archived that ended less than this before the store's time, ms. */
export const LEAST_ARCHIVE_AGE_MS = 86_400_000;

/** Chunks of one life of a partition that are archived: those up to `chunk`. */
export interface ArchivedChunks {
  readonly incarnation: number;
  readonly partition: number;
  readonly chunk: number;
}

/** What is archived of a revision: the panes that start before, as far as they are of these chunks. */
export interface ArchiveBounds {
  readonly beforeMs: number;
  readonly sources: readonly ArchivedChunks[];
}

/** Name under which a statement knows what is archived of the metric that it reads. */
export const ARCHIVED = 'archived';
/** One number of incarnation and partition, to look a boundary up by. */
const PLACE = `bitOr(bitShiftLeft(toUInt64(${PANE.incarnation}), 32), ${PANE.partition})`;

export function whereMetric(definition: Pick<MetricDefinition, 'name' | 'revision'>): string {
  return `WHERE ${isOf(definition)}`;
}

/** Condition on rows of a definition. */
export function isOf({ name, revision }: Pick<MetricDefinition, 'name' | 'revision'>): string {
  return `${PANE.metric} = ${literal(name)} AND ${PANE.revision} = ${literal(revision)}`;
}

/**
 * WITH clause of a statement over chunk rows and archived ones. The store works a scalar out once a statement, however
 * often its text stands there: so a statement sees one state of the archive, everywhere. A test holds it to that.
 * @param more of the heads, as `.5` and on
 */
export function withArchive(definition: MetricDefinition, more: readonly string[] = []): string {
  return `WITH ${archiveScalar(definition, more)} AS ${ARCHIVED}`;
}

/** What is archived of a definition: before when, source partitions, their chunks, and attempts that count. */
export function archiveScalar(definition: MetricDefinition, more: readonly string[] = []): string {
  const places = `arrayMap(each -> bitOr(bitShiftLeft(toUInt64(each.2), 32), each.3), ${ARCHIVE_HEAD.sources})`;
  const chunks = `arrayMap(each -> each.5, ${ARCHIVE_HEAD.sources})`;
  const columns = [
    `max(${ARCHIVE_HEAD.before})`,
    `groupArrayArray(${places})`,
    `groupArrayArray(${chunks})`,
    `groupArrayArray(${ARCHIVE_HEAD.attempts})`,
    ...more,
  ];
  return `(SELECT (${columns.join(', ')}) FROM ${ARCHIVE_HEADS_TABLE} FINAL ${whereMetric(definition)})`;
}

/** Condition of chunk rows that are not in the archive; whatever else is written under their keys counts no more. */
export function beyondArchive(archived: string): string {
  const chunk = `transform(${PLACE}, ${archived}.2, ${archived}.3, toInt64(-1))`;
  return `NOT (${PANE.paneStart} < ${archived}.1 AND ${PANE.chunk} >= 0 AND ${PANE.chunk} <= ${chunk})`;
}
export const BEYOND_ARCHIVE = beyondArchive(ARCHIVED);

const LOSSY = `(SELECT groupArray((${GAP.topic}, ${GAP.incarnation}, ${GAP.partition}, ${GAP.chunk}, ${GAP.through})) FROM ${GAPS_TABLE})`;

const MARKED_PARTIAL =
  `if(p.${PANE.partial} = 0, 0, 1 + arrayExists(gap -> gap.1 = p.${PANE.topic} AND gap.2 = p.${PANE.incarnation} AND ` +
  `gap.3 = p.${PANE.partition} AND p.${PANE.chunk} BETWEEN gap.4 AND gap.5, ${LOSSY}))::UInt8 AS ${PANE.partial}`;

/**
 * Column of a chunk row `p`. Its `partial` is 2 where records of the chunk are lost. It was counted with them and is
 * counted again without them, so a series may stand under its name and in `(other)`: its panes are incomplete, whatever
 * their time.
 */
export function ofChunkRow(column: string): string {
  return column === PANE.partial ? MARKED_PARTIAL : column;
}

/** Condition of archived rows that count. */
export function ofArchive(archived: string): string {
  return `${ARCHIVE.attempt} IN ${archived}.4`;
}
export const OF_ARCHIVE = ofArchive(ARCHIVED);

/**
 * Condition of chunk rows within bounds. Corrections have keys below 0 and are never archived: they come whenever a
 * person asks for them, and are replaced by longer ones.
 */
export function withinBounds({ beforeMs, sources }: ArchiveBounds): string {
  if (sources.length === 0) return '0';
  const places = sources.map(
    ({ incarnation, partition }) =>
      `bitOr(bitShiftLeft(toUInt64(${integer(incarnation)}), 32), ${integer(partition)})`,
  );
  const chunks = sources.map(({ chunk }) => integer(chunk));
  return (
    `${PANE.paneStart} < ${instant(beforeMs)} AND ${PANE.chunk} >= 0 AND ${PANE.chunk} <= ` +
    `transform(${PLACE}, [${places.join(', ')}], [${chunks.join(', ')}]::Array(Int64), toInt64(-1))`
  );
}

/** Columns of `metric_archived_panes` besides metric, revision and attempt, in the order of `archiveSelect`. */
export const ARCHIVE_COLUMNS: readonly string[] = [
  PANE.paneStart,
  PANE.dimensions,
  PANE.chunkLogTime,
  ARCHIVE.firstLogTime,
  PANE.events,
  PANE.lateEvents,
  PANE.partial,
  PANE.sums,
  PANE.extremes,
  PANE.lastTimes,
  PANE.lastOffsets,
  ARCHIVE.lastPlaces,
  PANE.buckets,
  DISTINCT.members,
];

/** SELECT of the rows that archive what lies within bounds and not within those before: one a pane and series. */
export function archiveSelect(
  definition: MetricDefinition,
  bounds: ArchiveBounds,
  archived: ArchiveBounds,
): string {
  const { parts, sums, hashes, span } = slotsOf(definition);
  const where = lines(
    whereMetric(definition),
    `  AND ${withinBounds(bounds)}`,
    `  AND NOT (${withinBounds(archived)})`,
  );
  const key = [PANE.paneStart, PANE.dimensions, PANE.chunkLogTime];
  const states = [
    PANE.events,
    PANE.lateEvents,
    PANE.partial,
    PANE.sums,
    PANE.extremes,
    PANE.lastTimes,
    PANE.lastOffsets,
    PANE.buckets,
  ];
  const place = `(${PANE.incarnation}, ${PANE.partition}) AS place`;
  const noSet = `${EMPTY_STATE[DISTINCT.members]!} AS ${DISTINCT.members}`;
  const rows = lines(
    `SELECT ${[...key, ...states.map(ofChunkRow), place, noSet].join(', ')}`,
    `FROM ${PANES_TABLE} AS p FINAL`,
    where,
    hashes && `UNION ALL`,
    hashes &&
      `SELECT ${[...key, ...states.map((column) => EMPTY_STATE[column]!), place, DISTINCT.members].join(', ')}`,
    hashes && `FROM ${DISTINCT_TABLE}`,
    hashes && where,
  );

  const extreme = (kind: 'min' | 'max', slot: number): string => `${kind}(r.${PANE.extremes}[${slot + 1}])`;
  const extremes: string[] = [];
  if (span !== undefined) {
    extremes[span.first] = extreme('min', span.first);
    extremes[span.last] = extreme('max', span.last);
  }
  const lasts: string[] = [];
  for (const { slots } of parts) {
    if (slots.kind === 'min' || slots.kind === 'max')
      extremes[slots.extreme] = extreme(slots.kind, slots.extreme);
    if (slots.kind !== 'last') continue;
    const value = `r.${PANE.extremes}[${slots.extreme + 1}]`;
    const at = (column: string): string => `assumeNotNull(r.${column}[${slots.last + 1}])`;
    // The order of `stateColumns`: the row that is last stays last, whatever is merged with it.
    lasts[slots.last] =
      `maxIf((${at(PANE.lastTimes)}, ${at(PANE.lastOffsets)}, r.place, assumeNotNull(${value})), isNotNull(${value})) AS last_${slots.last}, ` +
      `countIf(isNotNull(${value})) AS lasts_${slots.last}`;
    extremes[slots.extreme] = `if(lasts_${slots.last} = 0, NULL, last_${slots.last}.4)`;
  }
  const ofLast = (index: number): string => {
    const values = lasts.map((_, slot) => `if(lasts_${slot} = 0, NULL, last_${slot}.${index})`);
    return `[${values.join(', ')}]::Array(Nullable(Int64))`;
  };
  const added = Array.from({ length: sums }, (_, slot) => `sum(r.${PANE.sums}[${slot + 1}])`);
  const named: readonly string[] = [
    `r.${PANE.paneStart} AS ${PANE.paneStart}`,
    `r.${PANE.dimensions} AS ${PANE.dimensions}`,
    `max(r.${PANE.chunkLogTime}) AS ${PANE.chunkLogTime}`,
    `min(r.${PANE.chunkLogTime}) AS ${ARCHIVE.firstLogTime}`,
    `sum(r.${PANE.events}) AS ${PANE.events}`,
    `sum(r.${PANE.lateEvents}) AS ${PANE.lateEvents}`,
    `max(r.${PANE.partial}) AS ${PANE.partial}`,
    `[${added.join(', ')}]::Array(Int64) AS ${PANE.sums}`,
    `[${extremes.join(', ')}]::Array(Nullable(Int64)) AS ${PANE.extremes}`,
    `${ofLast(1)} AS ${PANE.lastTimes}`,
    `${ofLast(2)} AS ${PANE.lastOffsets}`,
    `[${lasts.map((_, slot) => `last_${slot}.3`).join(', ')}]::Array(Tuple(UInt32, UInt32)) AS ${ARCHIVE.lastPlaces}`,
    `sumMap(r.${PANE.buckets}) AS ${PANE.buckets}`,
    `arraySort(groupUniqArrayArray(r.${DISTINCT.members})) AS ${DISTINCT.members}`,
    ...lasts,
  ];
  const merged = lines(
    `SELECT ${named.join(',\n  ')}`,
    `FROM ${nested(rows)} AS r`,
    `GROUP BY r.${PANE.paneStart}, r.${PANE.dimensions}`,
  );
  return `SELECT ${ARCHIVE_COLUMNS.join(', ')} FROM ${nested(merged)}`;
}

/** SQL of what a column holds where a row has nothing of it. */
export const EMPTY_STATE: Readonly<Record<string, string>> = {
  [PANE.events]: 'toUInt64(0)',
  [PANE.lateEvents]: 'toUInt64(0)',
  [PANE.partial]: 'toUInt8(0)',
  [PANE.sums]: 'emptyArrayInt64()',
  [PANE.extremes]: '[]::Array(Nullable(Int64))',
  [PANE.lastTimes]: '[]::Array(Nullable(Int64))',
  [PANE.lastOffsets]: '[]::Array(Nullable(Int64))',
  [PANE.buckets]: 'map()::Map(Int32, UInt64)',
  [DISTINCT.members]: 'emptyArrayUInt64()',
};

/** SELECT of (rows, checksum) over rows with `ARCHIVE_COLUMNS`: two that give the same hold the same. */
export function archiveSummary(rows: string): string {
  const [keys, values] = [`mapKeys(${PANE.buckets})`, `mapValues(${PANE.buckets})`];
  const columns = ARCHIVE_COLUMNS.flatMap((column) => {
    return column === PANE.buckets ? [keys, values] : [column];
  });
  return `SELECT count() AS rows, toString(sum(cityHash64(toString((${columns.join(', ')}))))) AS checksum FROM ${nested(rows)}`;
}

/** SELECT of what an attempt has written. */
export function attemptSelect(definition: MetricDefinition, attempt: string): string {
  return lines(
    `SELECT ${ARCHIVE_COLUMNS.join(', ')}`,
    `FROM ${ARCHIVE_TABLE} FINAL`,
    `${whereMetric(definition)} AND ${ARCHIVE.attempt} = ${unsigned(attempt)}`,
  );
}

/** A number of 64 bits, as text, as SQL. Throws on anything else: it would be another statement. */
export function unsigned(text: string): string {
  if (!/^\d{1,20}$/.test(text)) throw new RangeError(`${text} is not a whole number.`);
  return `toUInt64('${text}')`;
}
