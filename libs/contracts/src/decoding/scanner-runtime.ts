import { daysFromCivil, isCivilDate } from './civil-time.js';
import { MAX_DEPTH } from './json-tree.js';

/**
 * What generated scanners call. Positions are indexes into the message's bytes; -1 (NaN for numbers) means
 * "not recognised". Every function relies on the message's last byte being `}`, at index `last`: a byte that
 * is something else has a byte after it, so no function goes past the end.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const BRACE = 125;

/** 0: an ASCII character that says nothing inside a string; 1: look closer (quotes, escapes, `}`, others). */
export const SPECIAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 32 || byte === QUOTE || byte === BACKSLASH || byte === BRACE || byte > 126 ? 1 : 0,
);

/** State that one scanner and these functions share. */
export class ScannerState {
  static readonly MAX_KEYS = 64;
  /** Where the value ended that a function answered with a number. */
  at = 0;
  /** The identity was written with escapes. */
  isEscaped = false;
  /** Unknown keys of the objects that are open, as a stack. */
  keys = 0;
  readonly keyFrom = new Int32Array(ScannerState.MAX_KEYS);
  readonly keyTo = new Int32Array(ScannerState.MAX_KEYS);
  dayKey = -1;
  dayMs = 0;
}

/** First position at or after `p` that is not white space. */
export function skipSpace(b: Uint8Array, from: number): number {
  let p = from;
  for (;;) {
    const c = b[p] as number;
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return p;
    p++;
  }
}

/** Closing quote of a string whose plain part ends at `p`; -1 for strings with escapes. */
export function stringEnd(b: Uint8Array, from: number, last: number): number {
  let p = from;
  for (;;) {
    const c = b[p] as number;
    if (SPECIAL[c] === 0) p++;
    else if (c === QUOTE) return p;
    else if (c === BRACE || c === 127) {
      if (p === last) return -1;
      p++;
    } else {
      if (c < 128) return -1;
      const length = sequenceLength(b, p);
      if (length === 0) return -1;
      p += length;
    }
  }
}

/** Bytes of the UTF-8 sequence at `p` (two to four); 0 when it is none. Unicode 15, table 3-7. */
function sequenceLength(b: Uint8Array, p: number): number {
  const c = b[p] as number;
  if (c < 0xc2 || c > 0xf4) return 0;
  const second = b[p + 1] as number;
  if (c < 0xe0) return isContinuation(second) ? 2 : 0;
  const low = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80;
  const high = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  if (!isContinuation(b[p + 2] as number)) return 0;
  if (c < 0xf0) return 3;
  return isContinuation(b[p + 3] as number) ? 4 : 0;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Remembers an unknown key of the object whose keys start at `base`; false when it is there already. */
export function addKey(state: ScannerState, b: Uint8Array, base: number, from: number, to: number): boolean {
  for (let k = base; k < state.keys; k++) {
    const start = state.keyFrom[k] as number;
    if ((state.keyTo[k] as number) - start !== to - from) continue;
    let i = from;
    while (i < to && b[i] === b[start + i - from]) i++;
    if (i === to) return false;
  }
  if (state.keys === ScannerState.MAX_KEYS) return false;
  state.keyFrom[state.keys] = from;
  state.keyTo[state.keys++] = to;
  return true;
}

/** Past any JSON value that the contract does not read; `depth` is that of the object around it. */
export function skipValue(
  state: ScannerState,
  b: Uint8Array,
  p: number,
  last: number,
  depth: number,
): number {
  const c = b[p] as number;
  if (c === QUOTE) return skipString(b, p + 1, last);
  if (c === 123) return skipObject(state, b, p, last, depth + 1);
  if (c === 91) return skipArray(state, b, p, last, depth + 1);
  if (c === 116) return b[p + 1] === 114 && b[p + 2] === 117 && b[p + 3] === 101 ? p + 4 : -1;
  if (c === 110) return b[p + 1] === 117 && b[p + 2] === 108 && b[p + 3] === 108 ? p + 4 : -1;
  if (c === 102) {
    return b[p + 1] === 97 && b[p + 2] === 108 && b[p + 3] === 115 && b[p + 4] === 101 ? p + 5 : -1;
  }
  return skipNumber(b, p);
}

/** Past the closing quote; `from` is after the opening one. */
export function skipString(b: Uint8Array, from: number, last: number): number {
  let p = from;
  for (;;) {
    const c = b[p] as number;
    if (SPECIAL[c] === 0) p++;
    else if (c === QUOTE) return p + 1;
    else if (c === BRACE || c === 127) {
      if (p === last) return -1;
      p++;
    } else if (c === BACKSLASH) {
      p = skipEscape(b, p);
      if (p < 0) return -1;
    } else {
      const length = c < 128 ? 0 : sequenceLength(b, p);
      if (length === 0) return -1;
      p += length;
    }
  }
}

function skipEscape(b: Uint8Array, p: number): number {
  const c = b[p + 1] as number;
  if (c === 117) {
    for (let i = 2; i < 6; i++) if (!isHexDigit(b[p + i] as number)) return -1;
    return p + 6;
  }
  const isKnown =
    c === QUOTE ||
    c === BACKSLASH ||
    c === 47 ||
    c === 98 ||
    c === 102 ||
    c === 110 ||
    c === 114 ||
    c === 116;
  return isKnown ? p + 2 : -1;
}

function isHexDigit(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70);
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

function skipNumber(b: Uint8Array, from: number): number {
  let p = from;
  if (b[p] === 45) p++;
  if (!isDigit(b[p] as number)) return -1;
  if (b[p] === 48) p++;
  else while (isDigit(b[p] as number)) p++;
  if (b[p] === 46) {
    p++;
    if (!isDigit(b[p] as number)) return -1;
    while (isDigit(b[p] as number)) p++;
  }
  if (b[p] === 101 || b[p] === 69) {
    p++;
    if (b[p] === 43 || b[p] === 45) p++;
    if (!isDigit(b[p] as number)) return -1;
    while (isDigit(b[p] as number)) p++;
  }
  return p;
}

function skipObject(state: ScannerState, b: Uint8Array, from: number, last: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  const base = state.keys;
  let p = skipSpace(b, from + 1);
  if (b[p] === BRACE) return p === last ? -1 : p + 1;
  for (;;) {
    if (b[p] !== QUOTE) return -1;
    const end = stringEnd(b, p + 1, last);
    if (end < 0 || !addKey(state, b, base, p + 1, end)) return -1;
    p = skipSpace(b, end + 1);
    if (b[p] !== 58) return -1;
    p = skipValue(state, b, skipSpace(b, p + 1), last, depth);
    if (p < 0) return -1;
    p = skipSpace(b, p);
    if (b[p] === BRACE) {
      state.keys = base;
      return p === last ? -1 : p + 1;
    }
    if (b[p] !== 44) return -1;
    p = skipSpace(b, p + 1);
  }
}

function skipArray(state: ScannerState, b: Uint8Array, from: number, last: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  let p = skipSpace(b, from + 1);
  if (b[p] === 93) return p + 1;
  for (;;) {
    p = skipValue(state, b, p, last, depth);
    if (p < 0) return -1;
    p = skipSpace(b, p);
    if (b[p] === 93) return p + 1;
    if (b[p] !== 44) return -1;
    p = skipSpace(b, p + 1);
  }
}

/**
 * Number at `p` as a whole number of 10^-scale units, NaN when not recognised (exponents, more than 15
 * digits). Digits below the scale are not recognised either, or cut off with `cuts`.
 */
export function scaledNumber(
  state: ScannerState,
  b: Uint8Array,
  from: number,
  scale: number,
  cuts: boolean,
): number {
  let p = from;
  const isNegative = b[p] === 45;
  if (isNegative) p++;
  const first = p;
  let value = 0;
  while (isDigit(b[p] as number)) value = value * 10 + ((b[p++] as number) - 48);
  const whole = p - first;
  if (whole === 0 || whole + scale > 15 || (whole > 1 && b[first] === 48)) return Number.NaN;
  let places = 0;
  if (b[p] === 46) {
    p++;
    if (!isDigit(b[p] as number)) return Number.NaN;
    while (isDigit(b[p] as number)) {
      if (places < scale) value = value * 10 + ((b[p] as number) - 48);
      else if (!cuts || isNegative) return Number.NaN;
      places++;
      p++;
    }
  }
  for (; places < scale; places++) value *= 10;
  state.at = p;
  return isNegative ? 0 - value : value;
}

/** The two digits at `p`; NaN-like -100 when they are none. */
function twoDigits(b: Uint8Array, p: number): number {
  const tens = (b[p] as number) - 48;
  const ones = (b[p + 1] as number) - 48;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -100_000 : tens * 10 + ones;
}

/** Epoch milliseconds of an RFC 3339 time in quotes at `p`; see `parseIsoTimeMs`. */
export function isoTime(state: ScannerState, b: Uint8Array, p: number, last: number): number {
  if (p + 22 > last || b[p] !== QUOTE) return Number.NaN;
  const year = twoDigits(b, p + 1) * 100 + twoDigits(b, p + 3);
  const month = twoDigits(b, p + 6);
  const day = twoDigits(b, p + 9);
  const hour = twoDigits(b, p + 12);
  const minute = twoDigits(b, p + 15);
  const second = twoDigits(b, p + 18);
  const t = b[p + 11];
  if (b[p + 5] !== 45 || b[p + 8] !== 45 || (t !== 84 && t !== 116)) return Number.NaN;
  if (b[p + 14] !== 58 || b[p + 17] !== 58) return Number.NaN;
  if (hour > 23 || minute > 59 || second > 59 || hour < 0 || minute < 0 || second < 0) return Number.NaN;
  const dayKey = year * 10_000 + month * 100 + day;
  if (dayKey !== state.dayKey) {
    if (year < 0 || month < 0 || !isCivilDate(year, month, day)) return Number.NaN;
    state.dayKey = dayKey;
    state.dayMs = daysFromCivil(year, month, day) * 86_400_000;
  }
  let at = p + 20;
  let ms = 0;
  if (b[at] === 46) {
    const first = ++at;
    let unit = 100;
    while (isDigit(b[at] as number)) {
      ms += unit * ((b[at] as number) - 48);
      unit = unit === 100 ? 10 : unit === 10 ? 1 : 0;
      at++;
    }
    if (at === first || at - first > 9) return Number.NaN;
  }
  const offsetMs = zoneOffset(state, b, at, last);
  if (b[state.at] !== QUOTE) return Number.NaN;
  state.at++;
  return state.dayMs + (hour * 60 + minute) * 60_000 + second * 1000 + ms - offsetMs;
}

/** Milliseconds east of UTC of `Z` or `+02:00` at `p`; NaN when it is neither. */
function zoneOffset(state: ScannerState, b: Uint8Array, p: number, last: number): number {
  const c = b[p];
  state.at = p + 1;
  if (c === 90 || c === 122) return 0;
  state.at = p;
  if ((c !== 43 && c !== 45) || p + 6 > last || b[p + 3] !== 58) return Number.NaN;
  const hours = twoDigits(b, p + 1);
  const minutes = twoDigits(b, p + 4);
  if (hours > 23 || minutes > 59 || hours < 0 || minutes < 0) return Number.NaN;
  state.at = p + 6;
  const offsetMs = (hours * 60 + minutes) * 60_000;
  return c === 45 ? -offsetMs : offsetMs;
}
