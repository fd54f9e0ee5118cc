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
  /** Start of the first pane that is read, and length of each. */
  readonly panes: { readonly firstMs: number; readonly everyMs: number };
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
export function countedSets(
  columns: string,
  { names, where, archived, selection, panes }: SetSelection,
): string {
  const words = bitsOfPanes(selection, panes);
  const keys = names.map((_, at) => `k${at}`);
  const pane = `intDiv(toUnixTimestamp64Milli(${PANE.paneStart}) - ${integer(panes.firstMs)}, ${integer(panes.everyMs)}) + 1`;
  const values = lines(
    `SELECT ${items([
      ...names.map((name, at) => `${distinctHashSql(name)} AS ${keys[at]!}`),
      ...words.map((bits, word) => `groupBitOr([${bits.join(', ')}]::Array(UInt64)[${pane}]) AS m${word}`),
    ])}`,
    ...storedSets(where, archived),
    `GROUP BY ${items(['member', ...keys])}`,
  );
  const key = keys.map((name) => `toString(${name})`);
  const indexes = [...words.keys()];
  return lines(
    `WITH [${items(key)}]::Array(String) AS series_key, sum(if(${isIn(indexes)}, 1, -1)) AS change`,
    `SELECT ${columns}`,
    `FROM ${nested(values)} ARRAY JOIN ${turnsOf(indexes)} AS at`,
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

/** Which windows each pane is in, from the first on: a bit a window, for each word of them a list of all panes. */
function bitsOfPanes(
  { fromMs, toMs, everyMs, sizeMs }: SetSelection['selection'],
  panes: SetSelection['panes'],
): readonly (readonly bigint[])[] {
  const windows = Math.round((toMs - fromMs) / everyMs);
  const bits = Array.from({ length: Math.ceil((toMs - panes.firstMs) / panes.everyMs) }, (_, pane) => {
    const afterMs = panes.firstMs + pane * panes.everyMs - fromMs;
    const first = Math.max(0, Math.floor(afterMs / everyMs));
    const end = Math.min(windows, Math.floor((afterMs + sizeMs) / everyMs));
    return ((1n << BigInt(Math.max(0, end - first))) - 1n) << BigInt(first);
  });
  return Array.from({ length: Math.ceil(windows / WORD) }, (_, word) =>
    bits.map((each) => BigInt.asUintN(WORD, each >> BigInt(word * WORD))),
  );
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
