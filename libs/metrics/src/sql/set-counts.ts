import { distinctHashSql } from '../hash.js';
import { beyondArchive, ofArchive } from './archive.js';
import { ARCHIVE_TABLE, DISTINCT, DISTINCT_TABLE, PANE } from './pane-columns.js';
import type { ResolvedSelection } from './selection.js';
import { integer, lines, nested } from './text.js';
import { items } from './windows.js';

/** Windows of a word of bits. */
const WORD = 64;
/** A block of 65,000 values that are in each of so many windows is 130 MB of numbers of windows. */
export const MOST_SET_WINDOWS = 4 * WORD;

/** Which sets are counted, by what, over which windows (not of a calendar). */
export interface SetSelection {
  /** SQL of the names of a series. */
  readonly names: readonly string[];
  /** Condition of the rows. */
  readonly where: string;
  /** Name of the scalar that tells what is archived; undefined: nothing of the range can be. */
  readonly archived: string | undefined;
  readonly selection: Pick<ResolvedSelection, 'fromMs' | 'toMs' | 'everyMs' | 'sizeMs'>;
}

/**
 * SELECT of (series_key, counts): the hashes of a series' names, as text, and the windows with the number of different
 * values in each, as text: `[window, number, window, number …]`, windows counted from 0, the first of which ends at
 * `fromMs + everyMs`.
 *
 * Each value is met once: bits say which windows it is in, and these are counted. To unite the sets of the panes into
 * those of each window would meet it once for each window, in another set each time (docs/decisions/0059).
 */
export function countedSets({ names, where, archived, selection }: SetSelection): string {
  const { fromMs, toMs, everyMs, sizeMs } = selection;
  const windows = Math.round((toMs - fromMs) / everyMs);
  const words = Array.from({ length: Math.ceil(windows / WORD) }, (_, word) => word);
  const keys = names.map((_, at) => `k${at}`);
  const after = `toUnixTimestamp64Milli(${PANE.paneStart}) - ${integer(fromMs)}`;
  const rows = lines(
    `SELECT ${items([
      DISTINCT.members,
      ...names.map((name, at) => `${distinctHashSql(name)} AS ${keys[at]!}`),
      // First and last window that the pane is in.
      `greatest(intDiv(${after}, ${integer(everyMs)}), 0) AS first`,
      `least(intDiv(${after} + ${integer(sizeMs)}, ${integer(everyMs)}), ${integer(windows)}) - 1 AS last`,
      ...words.map((word) => `${bitsOf(word)} AS w${word}`),
    ])}`,
    `FROM ${nested(storedSets(where, archived))}`,
  );
  const values = lines(
    `SELECT ${items([...keys, ...words.map((word) => `groupBitOr(w${word}) AS m${word}`)])}`,
    `FROM ${nested(rows)} ARRAY JOIN ${DISTINCT.members} AS member`,
    `GROUP BY ${items(['member', ...keys])}`,
  );
  const positions = words.map(
    (word) => `arrayMap(bit -> bit + ${word * WORD}, bitPositionsToArray(m${word}))`,
  );
  const counted = lines(
    `SELECT ${items([...keys, 'at', 'count() AS different'])}`,
    `FROM ${nested(values)} ARRAY JOIN arrayConcat(${items(positions)}) AS at`,
    `GROUP BY ${items([...keys, 'at'])}`,
  );
  const key = keys.map((name) => `toString(${name})`);
  return lines(
    `SELECT [${items(key)}]::Array(String) AS series_key,`,
    `  arrayFlatten(groupArray([toString(at), toString(different)])) AS counts`,
    `FROM ${nested(counted)}`,
    keys.length > 0 && `GROUP BY ${items(keys)}`,
  );
}

/** Bits of the windows from `first` to `last` that are of a word. */
function bitsOf(word: number): string {
  const low = `greatest(first - ${word * WORD}, 0)`;
  const high = `least(last - ${word * WORD}, ${WORD - 1})`;
  const ones = `bitShiftRight(toUInt64(18446744073709551615), toUInt8(${WORD - 1} - (${high} - ${low})))`;
  return `if(${high} < ${low}, toUInt64(0), bitShiftLeft(${ones}, toUInt8(${low})))`;
}

/** Rows of sets, a value in several of them or not: those of chunks that are not archived, and the archive. */
function storedSets(where: string, archived: string | undefined): string {
  const columns = items([PANE.paneStart, PANE.dimensions, DISTINCT.members]);
  const ofChunks = lines(`SELECT ${columns} FROM ${DISTINCT_TABLE}`, where);
  if (archived === undefined) return ofChunks;
  return lines(
    ofChunks,
    `  AND ${beyondArchive(archived)}`,
    `UNION ALL`,
    `SELECT ${columns} FROM ${ARCHIVE_TABLE} FINAL`,
    where,
    `  AND ${ofArchive(archived)}`,
  );
}
