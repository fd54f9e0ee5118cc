import {
  type DecodedBlock,
  type DecodedColumn,
  type Decoder,
  IGNORED_REASONS,
  INVALID_REASONS,
  OUTCOME_IGNORED,
  OUTCOME_INVALID,
  OUTCOME_OK,
  type RecordColumns,
} from '../block.js';
import { type Contract } from '../contract.js';
import { ColumnBuffer } from './column-buffer.js';
import { PlainDecoder, type Verdict } from './plain-decoder.js';
import { LearningScanner } from './learning-scanner.js';
import { ReferenceKeys } from './reference-keys.js';

export interface DecoderOptions {
  /** Larger messages are invalid (`too_large`). */
  readonly maxBytes?: number;
  /** `plain` reads every message as JSON: slower, with the same result. For tests and measurements. */
  readonly path?: 'scanner' | 'plain';
}

/** A decoder that also says how it went. */
export interface CountingDecoder extends Decoder {
  /** Messages that the scanner did not recognise and that were read as JSON, since the decoder was made. */
  readonly plainCount: number;
}

export const DEFAULT_MAX_BYTES = 1024 * 1024;

/**
 * Compiles a contract into a decoder: a scanner generated for exactly this contract, and the plain reading
 * of JSON for every message that the scanner does not recognise, with the same result. Its columns are used
 * again for each block and grow to the largest one.
 */
export function compileDecoder(contract: Contract, options: DecoderOptions = {}): CountingDecoder {
  return new ContractDecoder(contract, options);
}

class ContractDecoder implements CountingDecoder {
  plainCount = 0;
  readonly #columns: readonly ColumnBuffer[];
  readonly #plain: PlainDecoder;
  readonly #scanner: LearningScanner | undefined;
  readonly #maxBytes: number;
  readonly #reference: ReferenceKeys | undefined;
  #capacity = 0;
  #outcomes = new Uint8Array(0);
  #reasons = new Uint8Array(0);
  #idHash = new Uint32Array(0);
  #eventTimesMs = new Float64Array(0);
  #details = new Map<number, string>();

  constructor(contract: Contract, { maxBytes = DEFAULT_MAX_BYTES, path = 'scanner' }: DecoderOptions) {
    this.#maxBytes = maxBytes;
    this.#columns = contract.fields.map((field) => new ColumnBuffer(field));
    this.#plain = new PlainDecoder(contract, this.#columns, maxBytes);
    this.#scanner = path === 'scanner' ? new LearningScanner(contract) : undefined;
    this.#reference = contract.reference && new ReferenceKeys(contract.reference, this.#columns);
  }

  decode(records: RecordColumns, from: number, to: number): DecodedBlock {
    const count = Math.max(0, to - from);
    this.#prepare(count);
    const { values, logTimesMs } = records;
    const { bytes, starts, ends } = values;
    const scanner = this.#scanner?.bind(this.#columns, this.#idHash, this.#eventTimesMs, bytes);
    for (let row = 0; row < count; row++) {
      const start = starts[from + row] as number;
      const end = ends[from + row] as number;
      const logTimeMs = logTimesMs[from + row] as number;
      if (start < 0) {
        this.#refuse(row, { outcome: 'ignored', reason: 'tombstone' });
        if (this.#reference?.deletes(row, keyOf(records, from + row)) === true) this.#accept(row, logTimeMs);
      } else if (
        scanner !== undefined &&
        end - start <= this.#maxBytes &&
        scanner.scan(bytes, start, end, row, logTimeMs)
      ) {
        this.#outcomes[row] = OUTCOME_OK;
        this.#reasons[row] = 0;
      } else {
        this.#decodePlainly(bytes.subarray(start, end), logTimeMs, row);
      }
      if (start >= 0 && this.#reference !== undefined && this.#outcomes[row] === OUTCOME_OK) {
        const detail = this.#reference.differs(row, keyOf(records, from + row));
        if (detail !== undefined) this.#refuse(row, { outcome: 'invalid', reason: 'key_mismatch', detail });
      }
    }
    this.#scanner?.learn(values, from, to, this.#outcomes);
    return this.#block(count);
  }

  #decodePlainly(bytes: Uint8Array, logTimeMs: number, row: number): void {
    this.plainCount++;
    const verdict = this.#plain.decode(bytes, logTimeMs, row, this.#idHash, this.#eventTimesMs);
    if (verdict.outcome !== 'ok') {
      this.#refuse(row, verdict);
      return;
    }
    this.#outcomes[row] = OUTCOME_OK;
    this.#reasons[row] = 0;
  }

  /** A record that is nothing but its key. */
  #accept(row: number, logTimeMs: number): void {
    this.#outcomes[row] = OUTCOME_OK;
    this.#reasons[row] = 0;
    this.#eventTimesMs[row] = logTimeMs;
  }

  #refuse(row: number, verdict: Exclude<Verdict, { outcome: 'ok' }>): void {
    for (const column of this.#columns) column.clear(row);
    this.#idHash.fill(0, row * 4, row * 4 + 4);
    this.#eventTimesMs[row] = 0;
    if (verdict.outcome === 'invalid') {
      this.#outcomes[row] = OUTCOME_INVALID;
      this.#reasons[row] = INVALID_REASONS.indexOf(verdict.reason);
      this.#details.set(row, verdict.detail);
    } else {
      this.#outcomes[row] = OUTCOME_IGNORED;
      this.#reasons[row] = IGNORED_REASONS.indexOf(verdict.reason);
    }
  }

  #prepare(count: number): void {
    this.#details = new Map();
    if (count > this.#capacity) {
      this.#capacity = 2 ** Math.ceil(Math.log2(Math.max(64, count)));
      this.#outcomes = new Uint8Array(this.#capacity);
      this.#reasons = new Uint8Array(this.#capacity);
      this.#idHash = new Uint32Array(this.#capacity * 4);
      this.#eventTimesMs = new Float64Array(this.#capacity);
    }
    for (const column of this.#columns) column.prepare(count, this.#capacity);
    this.#reference?.prepare(this.#capacity);
  }

  #block(count: number): DecodedBlock {
    const columns: DecodedColumn[] = this.#columns.map((column) => column.view());
    if (this.#reference !== undefined) columns.push(this.#reference.deleted);
    return {
      count,
      outcomes: this.#outcomes,
      reasons: this.#reasons,
      details: this.#details,
      idHash: this.#idHash,
      eventTimesMs: this.#eventTimesMs,
      columns,
    };
  }
}

function keyOf(records: RecordColumns, row: number): Uint8Array | null {
  return records.key?.(row) ?? null;
}
