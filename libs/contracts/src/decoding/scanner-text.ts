import { type TextRows } from '../text-rows.js';
import { hashBytes, type InternTable } from './intern-table.js';
import { type ScannerState, skipString, stringEnd } from './scanner-runtime.js';

const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as Record<
  'latin1Slice' | 'utf8Slice',
  (this: Uint8Array, from: number, to: number) => string
>;

/** Text of bytes that are known to be ASCII. */
export function asciiText(b: Uint8Array, from: number, to: number): string {
  return latin1Slice.call(b, from, to);
}

/**
 * Keeps text that starts at `from` and is not plain from `p` on: bytes beyond ASCII or escapes. @returns where its
 * closing quote is; -1 when it is not valid or cannot be kept as UTF-8
 */
export function putOther(
  state: ScannerState,
  texts: TextRows,
  row: number,
  b: Uint8Array,
  from: number,
  p: number,
  last: number,
): number {
  const end = stringEnd(b, p, last);
  if (end >= 0) {
    texts.put(row, b, from, end);
    return end;
  }
  const text = escapedText(state, b, from, last);
  if (text === undefined) return -1;
  texts.putText(row, text);
  return state.at;
}

/** As `putOther`, for text that is interned: its id, or -1; its closing quote is then at `state.at`. */
export function internOther(
  state: ScannerState,
  table: InternTable,
  b: Uint8Array,
  from: number,
  p: number,
  last: number,
): number {
  const end = stringEnd(b, p, last);
  state.at = end;
  if (end >= 0) return table.intern(b, from, end, hashBytes(b, from, end));
  const text = escapedText(state, b, from, last);
  return text === undefined ? -1 : table.internText(text);
}

function escapedText(state: ScannerState, b: Uint8Array, from: number, last: number): string | undefined {
  const after = skipString(b, from, last);
  if (after < 0) return undefined;
  state.at = after - 1;
  state.isEscaped = true;
  const text = JSON.parse(utf8Slice.call(b, from - 1, after)) as string;
  return /\p{Surrogate}/u.test(text) ? undefined : text;
}
