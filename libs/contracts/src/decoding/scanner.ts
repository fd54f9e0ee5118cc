import { type Contract } from '../contract.js';
import { type ColumnBuffer } from './column-buffer.js';

/** Recognises the usual messages of one contract byte by byte. */
export interface Scanner {
  /** To be called before each block: columns and dictionaries may have been replaced. */
  bind(idHash: Uint32Array, eventTimesMs: Float64Array): void;
  /** True when the message is valid and written to `row`; false leaves it, and the row, to the plain decoder. */
  scan(bytes: Uint8Array, row: number, logTimeMs: number): boolean;
}

export function compileScanner(_contract: Contract, _columns: readonly ColumnBuffer[]): Scanner | undefined {
  return undefined;
}
