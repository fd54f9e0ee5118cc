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
 * SELECT of (series_key, at, change): the hashes of a series' names, as text, and by how many different values the window
 * `at` has more than the one before it; windows are counted from 0, the first of which ends at `fromMs + everyMs`.
 *
 * Each value is met once: bits say which windows it is in, and where these begin and end is counted. To unite the sets
 * of the panes into those of each window would meet it once for each window, in another set each time
 * (docs/decisions/0059).
 * @param columns of it, as a list of SQL
 */
export function countedSets(columns: string, { names, where, archived, selection }: SetSelection): string {
  const { fromMs, toMs, everyMs, sizeMs } = selection;
  const windows = Math.round((toMs - fromMs) / everyMs);
  const words = Array.from({ length: Math.ceil(windows / WORD) }, (_, word) => word);
  const keys = names.map((_, at) => `k${at}`);
  const after = `toUnixTimestamp64Milli(${PANE.paneStart}) - ${integer(fromMs)}`;
  const values = lines(
    // First and last window that a pane is in.
    `WITH greatest(intDiv(${after}, ${integer(everyMs)}), 0) AS first,`,
    `  least(intDiv(${after} + ${integer(sizeMs)}, ${integer(everyMs)}), ${integer(windows)}) - 1 AS last`,
    `SELECT ${items([
      ...names.map((name, at) => `${distinctHashSql(name)} AS ${keys[at]!}`),
      ...words.map((word) => `groupBitOr(${bitsOf(word)}) AS m${word}`),
    ])}`,
    ...storedSets(where, archived),
    `GROUP BY ${items(['member', ...keys])}`,
  );
  const key = keys.map((name) => `toString(${name})`);
  return lines(
    `WITH [${items(key)}]::Array(String) AS series_key, sum(if(${isIn(words)}, 1, -1)) AS change`,
    `SELECT ${columns}`,
    `FROM ${nested(values)} ARRAY JOIN ${turnsOf(words)} AS at`,
    `GROUP BY ${items(['at', ...keys])}`,
  );
}

/** Windows that a value is in and was not in the one before, or the other way round. */
function turnsOf(words: readonly number[]): string {
  const turns = words.map((word) => {
    const shifted = `bitShiftLeft(m${word}, 1)`;
    const before = word === 0 ? shifted : `bitOr(${shifted}, bitShiftRight(m${word - 1}, ${WORD - 1}))`;
    const bits = `bitPositionsToArray(bitXor(m${word}, ${before}))`;
    return word === 0 ? bits : `arrayMap(bit -> bit + ${word * WORD}, ${bits})`;
  });
  return turns.length === 1 ? turns[0]! : `arrayConcat(${items(turns)})`;
}

/** Whether a value is in the window `at`. */
function isIn(words: readonly number[]): string {
  if (words.length === 1) return 'bitTest(m0, at)';
  const tests = words.map((word) => `intDiv(at, ${WORD}) = ${word}, bitTest(m${word}, at % ${WORD})`);
  return `multiIf(${items(tests)}, 0)`;
}

/** Bits of the windows from `first` to `last` that are of a word. */
function bitsOf(word: number): string {
  const low = `greatest(first - ${word * WORD}, 0)`;
  const high = `least(last - ${word * WORD}, ${WORD - 1})`;
  const ones = `bitShiftRight(toUInt64(18446744073709551615), toUInt8(${WORD - 1} - (${high} - ${low})))`;
  return `if(${high} < ${low}, toUInt64(0), bitShiftLeft(${ones}, toUInt8(${low})))`;
}

/** FROM and WHERE of the values of sets, one in several of them or not: of chunks that are not archived, and the archive. */
function storedSets(where: string, archived: string | undefined): string[] {
  const each = `ARRAY JOIN ${DISTINCT.members} AS member`;
  if (archived === undefined) return [`FROM ${DISTINCT_TABLE} ${each}`, where];
  const columns = items([PANE.paneStart, PANE.dimensions, DISTINCT.members]);
  const both = lines(
    `SELECT ${columns} FROM ${DISTINCT_TABLE}`,
    where,
    `  AND ${beyondArchive(archived)}`,
    `UNION ALL`,
    `SELECT ${columns} FROM ${ARCHIVE_TABLE} FINAL`,
    where,
    `  AND ${ofArchive(archived)}`,
  );
  return [`FROM ${nested(both)} ${each}`];
}
