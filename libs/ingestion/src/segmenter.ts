import type { DecodedBlock, RecordColumns } from '@freshet/contracts';
import type { ChunkState } from './chunk-state.js';

/** Collects the rows of a block that belong to one chunk, in columns that are reused. */
export class Segmenter {
  private block: DecodedBlock | undefined;
  private records: RecordColumns | undefined;
  private from = 0;

  private readonly rows: Int32Array;
  private readonly offsets: Float64Array;
  private readonly frontiersMs: Float64Array;
  private count = 0;

  private readonly factRows: Int32Array;
  private readonly duplicateOf: Float64Array;
  private factCount = 0;

  constructor(private readonly sliceRecords: number) {
    this.rows = new Int32Array(sliceRecords);
    this.offsets = new Float64Array(sliceRecords);
    this.frontiersMs = new Float64Array(sliceRecords);
    this.factRows = new Int32Array(sliceRecords);
    this.duplicateOf = new Float64Array(sliceRecords);
  }

  /** Row r of the block is record `from + r`. */
  begin(block: DecodedBlock, records: RecordColumns, from: number): void {
    if (block.count > this.sliceRecords)
      throw new Error(`a block of ${block.count} rows exceeds ${this.sliceRecords}`);
    this.block = block;
    this.records = records;
    this.from = from;
    this.count = 0;
    this.factCount = 0;
  }

  counted(row: number, offset: number, frontierMs: number): void {
    this.rows[this.count] = row;
    this.offsets[this.count] = offset;
    this.frontiersMs[this.count] = frontierMs;
    this.count += 1;
  }

  fact(row: number, duplicateOf: number): void {
    this.factRows[this.factCount] = row;
    this.duplicateOf[this.factCount] = duplicateOf;
    this.factCount += 1;
  }

  /** Gives the rows collected since the last call to their chunk. */
  end(chunk: ChunkState): void {
    const { block, records } = this;
    if (block === undefined || records === undefined) throw new Error('begin was not called');
    if (this.count > 0) {
      const { rows, count, offsets, frontiersMs } = this;
      chunk.aggregator.accumulate({ block, rows, count, offsets, frontiersMs });
    }
    if (this.factCount > 0)
      chunk.facts.append(block, records, this.from, {
        rows: this.factRows,
        count: this.factCount,
        duplicateOf: this.duplicateOf,
      });
    this.count = 0;
    this.factCount = 0;
  }
}
