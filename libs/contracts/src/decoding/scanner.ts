import { type Contract } from '../contract.js';
import { type Layout } from './layout.js';
import { type ObjectShape } from './message-shape.js';
import { type TextRows } from '../text-rows.js';
import { type ColumnBuffer } from './column-buffer.js';
import { EventIdHasher } from './event-id.js';
import { type InternTable } from './intern-table.js';
import { hashOfId } from './chaskey.js';
import {
  addKey,
  isoTime,
  scaledNumber,
  ScannerState,
  skipSpace,
  skipValue,
  SPECIAL,
  stringEnd,
} from './scanner-runtime.js';
import { asciiText, internOther, putOther } from './scanner-text.js';
import { scannerSource } from './scanner-source.js';
import { ZonedTime } from './time-zone.js';

/** Recognises the usual messages of one contract byte by byte. */
export interface Scanner {
  /** To be called before each block of messages, which lie in `bytes`: columns and dictionaries may have been replaced. */
  bind(
    columns: readonly ColumnBuffer[],
    idHash: Uint32Array,
    eventTimesMs: Float64Array,
    bytes: Uint8Array,
  ): void;
  /** Messages of this block that it recognised and that had another layout than the one it was made for. */
  readonly others: number;
  /**
   * True when the message of bytes [from, to) is valid and written to `row`; false leaves it, and the row, to the plain
   * decoder.
   */
  scan(bytes: Uint8Array, from: number, to: number, row: number, logTimeMs: number): boolean;
}

/** The generated code of a contract's scanner, for people to read. */
export function explainDecoder(contract: Contract): string {
  return scannerSource(contract);
}

/**
 * Compiles the scanner of a contract, for messages that usually have a layout where that is known. Names of fields reach
 * the code only as checked by the loader, and bytes of messages as numbers.
 */
export function compileScanner(contract: Contract, root?: ObjectShape, layout?: Layout): Scanner {
  const state = new ScannerState();
  const source = scannerSource(contract, root, layout);
  const create = new Function('runtime', source) as (runtime: object) => Scanner;
  return create({
    state,
    plain: SPECIAL,
    skipSpace,
    skipValue,
    stringEnd,
    addKey,
    scaledNumber,
    isoTime,
    localTime: localTimeReader(contract, state),
    putOther: (texts: TextRows, row: number, b: Uint8Array, from: number, p: number, last: number) =>
      putOther(state, texts, row, b, from, p, last),
    internOther: (table: InternTable, b: Uint8Array, from: number, p: number, last: number) =>
      internOther(state, table, b, from, p, last),
    hashId: hashOfId,
    id: new EventIdHasher(contract.eventId.length === 1),
  });
}

/** Reader of local times in quotes at `p`, by position of the field; NaN when not recognised. */
function localTimeReader(
  contract: Contract,
  state: ScannerState,
): (field: number, b: Uint8Array, p: number, last: number) => number {
  const zones = contract.fields.map((field) =>
    field.timeFormat === 'local' ? new ZonedTime(field.timeZone ?? 'UTC') : undefined,
  );
  return (field, b, p, last) => {
    if (b[p] !== 34) return Number.NaN;
    const end = stringEnd(b, p + 1, last);
    if (end < 0) return Number.NaN;
    state.at = end + 1;
    return zones[field]?.parse(asciiText(b, p + 1, end)) ?? Number.NaN;
  };
}
