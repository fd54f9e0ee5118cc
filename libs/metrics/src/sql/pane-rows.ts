import type { MetricDefinition } from '../metric.js';
import { slotsOf } from '../slots.js';
import { BEYOND_ARCHIVE, EMPTY_STATE, OF_ARCHIVE, ofChunkRow, withArchive } from './archive.js';
import { hasOpenings, newestOpening, ofOpening } from './openings.js';
import { ARCHIVE, ARCHIVE_TABLE, DISTINCT, DISTINCT_TABLE, PANE, PANES_TABLE } from './pane-columns.js';
import { lines, nested } from './text.js';
import { items } from './windows.js';

/** Life of archived rows in `paneRows`: they are of no partition and no chunk. */
export const ARCHIVED_LIFE = 0;

/** Condition of rows that hold folded series. */
export const IS_FOLDED = `${PANE.partial} > 0`;

/**
 * Stored rows of a metric, each event once: chunk rows beyond what is archived, the sets of `distinct`, and the
 * archive.
 * @param more columns of the key, or `through`, that are wanted besides the usual ones
 * @param openedMs of a level whose windows end after it: what was archived before may be one row a series
 */
export function paneRows(
  definition: MetricDefinition,
  where: string,
  more: readonly string[] = [],
  openedMs?: number,
): string {
  const isOpened = openedMs !== undefined && hasOpenings(definition);
  const { key, stored, lasts, hashes } = columnsOf(definition, more);
  const archived = [
    ...key.map((column) => OF_NO_CHUNK[column] ?? column),
    ...stored,
    ...(lasts > 0 ? [ARCHIVE.lastPlaces] : []),
    ...(hashes ? [DISTINCT.members] : []),
  ];
  return nested(
    lines(
      withArchive(definition, isOpened ? [newestOpening(openedMs)] : []),
      chunkSelects(definition, lines(where, `  AND ${BEYOND_ARCHIVE}`), more),
      `UNION ALL`,
      `SELECT ${items(archived)}`,
      `FROM ${ARCHIVE_TABLE} FINAL`,
      where,
      `  AND ${isOpened ? ofOpening(definition) : OF_ARCHIVE}`,
    ),
  );
}

/** Chunk rows and sets, where nothing is archived. */
export function chunkRows(definition: MetricDefinition, where: string): string {
  return nested(chunkSelects(definition, where, []));
}

/** SELECT of one table, or of two for `distinct`. */
function chunkSelects(definition: MetricDefinition, where: string, more: readonly string[]): string {
  const { key, stored, lasts, hashes } = columnsOf(definition, more);
  const places = `arrayWithConstant(${lasts}, (${PANE.incarnation}, ${PANE.partition})) AS ${ARCHIVE.lastPlaces}`;
  const noPlaces = `[]::Array(Tuple(UInt32, UInt32)) AS ${ARCHIVE.lastPlaces}`;
  const withPlaces = (column: string): string[] => (lasts > 0 ? [column] : []);
  const empty = (column: string): string => `${EMPTY_STATE[column]!} AS ${column}`;
  return lines(
    `SELECT ${items([...key, ...stored.map(ofChunkRow), ...withPlaces(places), ...(hashes ? [empty(DISTINCT.members)] : [])])}`,
    `FROM ${PANES_TABLE} AS p FINAL`,
    where,
    hashes && `UNION ALL`,
    hashes && `SELECT ${items([...key, ...stored.map(empty), ...withPlaces(noPlaces), DISTINCT.members])}`,
    hashes && `FROM ${DISTINCT_TABLE}`,
    // A set has no flag of its own: whether it was folded is seen in its dimensions.
    hashes && where.replaceAll(IS_FOLDED, `has(${PANE.dimensions}, '(other)')`),
  );
}

/** Columns that a metric needs of its rows. */
function columnsOf(
  definition: MetricDefinition,
  more: readonly string[],
): { readonly key: string[]; readonly stored: string[]; readonly lasts: number; readonly hashes: boolean } {
  const { sums, extremes, lasts, buckets, hashes } = slotsOf(definition);
  return {
    key: [PANE.paneStart, PANE.dimensions, PANE.incarnation, PANE.partition, ...more],
    stored: [
      PANE.events,
      PANE.lateEvents,
      PANE.partial,
      ...(sums > 0 ? [PANE.sums] : []),
      ...(extremes > 0 ? [PANE.extremes] : []),
      ...(lasts > 0 ? [PANE.lastTimes, PANE.lastOffsets] : []),
      ...(buckets ? [PANE.buckets] : []),
    ],
    lasts,
    hashes,
  };
}

const OF_NO_CHUNK: Readonly<Record<string, string>> = {
  [PANE.incarnation]: `toUInt32(${ARCHIVED_LIFE}) AS ${PANE.incarnation}`,
  [PANE.partition]: `toUInt32(0) AS ${PANE.partition}`,
  [PANE.chunk]: `toInt64(0) AS ${PANE.chunk}`,
  [PANE.through]: `toInt64(-1) AS ${PANE.through}`,
};
