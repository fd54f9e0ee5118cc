import type { ChunkCounts } from '@freshet/clickhouse/operations';
import type { FetchedBatch, SourcePartition } from '@freshet/ingestion';

/** What is wrong with a chunk. */
export interface ChunkDifference {
  readonly source: SourcePartition;
  readonly chunk: number;
  /**
   * - `missing`: records that are valid have no fact
   * - `extra`: facts at offsets where readers see no record
   * - `outcomes`: the stored outcomes are not as many as the records read, or as the facts
   */
  readonly kind: 'missing' | 'extra' | 'outcomes';
  readonly count: number;
  /** The first ten of them; empty for outcomes. */
  readonly offsets: readonly number[];
  readonly detail: string;
}

export interface ChunkCheckOptions {
  readonly source: SourcePartition;
  readonly factOffsets: (from: number, through: number) => Promise<Float64Array>;
  /** Whether a record decodes as a valid event. */
  readonly isValid: (batch: FetchedBatch, row: number) => boolean;
  readonly report: (difference: ChunkDifference) => void;
}

const NAMED = 10;

/** Goes through one partition's records in order of offsets, beside the facts and the outcomes of its chunks. */
export class ChunkCheck {
  readonly range: { readonly from: number; readonly before: number };
  readonly sums = { records: 0, invisible: 0, counted: 0, duplicate: 0, invalid: 0, ignored: 0 };
  private readonly found: ChunkDifference[] = [];
  private at = 0;
  private facts: Float64Array | undefined;
  private nextFact = 0;
  private records = 0;
  private missing: number[] = [];
  private missingCount = 0;
  private extra: number[] = [];
  private extraCount = 0;

  /** @param chunks ascending */
  constructor(
    private readonly chunks: readonly ChunkCounts[],
    private readonly options: ChunkCheckOptions,
  ) {
    const [first] = chunks;
    this.range = { from: first?.chunk ?? 0, before: first ? chunks.at(-1)!.through + 1 : 0 };
  }

  async take(batch: FetchedBatch): Promise<void> {
    for (let row = 0; row < batch.count; row += 1) {
      const offset = batch.offsets[row]!;
      await this.closeBefore(offset);
      const chunk = this.chunks[this.at];
      if (chunk === undefined) return;
      if (offset < chunk.chunk) continue;
      this.facts ??= await this.options.factOffsets(chunk.chunk, chunk.through);
      this.records += 1;
      while (this.nextFact < this.facts.length && this.facts[this.nextFact]! < offset) this.addExtra();
      if (this.facts[this.nextFact] === offset) this.nextFact += 1;
      else if (this.options.isValid(batch, row)) {
        this.missingCount += 1;
        if (this.missing.length < NAMED) this.missing.push(offset);
      }
    }
    await this.closeBefore(batch.nextOffset);
  }

  /** Reports what was found in chunks that the log still has, which begins at `logStart` now. */
  async finish(logStart: number): Promise<void> {
    await this.closeBefore(this.range.before);
    for (const each of this.found) if (each.chunk >= logStart) this.options.report(each);
  }

  /** All records before `offset` were seen: closes the chunks that end there. */
  private async closeBefore(offset: number): Promise<void> {
    for (let chunk = this.chunks[this.at]; chunk !== undefined; chunk = this.chunks[this.at]) {
      if (offset <= chunk.through) return;
      this.facts ??= await this.options.factOffsets(chunk.chunk, chunk.through);
      while (this.nextFact < this.facts.length) this.addExtra();
      this.close(chunk, this.facts.length);
      this.at += 1;
      this.facts = undefined;
      this.nextFact = this.records = this.missingCount = this.extraCount = 0;
      this.missing = [];
      this.extra = [];
    }
  }

  private close(chunk: ChunkCounts, facts: number): void {
    const { records, sums } = this;
    const { ok, duplicate, invalid, ignored } = chunk;
    sums.records += records;
    sums.invisible += chunk.through + 1 - chunk.chunk - records;
    sums.counted += ok;
    sums.duplicate += duplicate;
    sums.invalid += invalid;
    sums.ignored += ignored;
    const add = (kind: ChunkDifference['kind'], count: number, offsets: number[], detail: string): void => {
      if (count > 0)
        this.found.push({ source: this.options.source, chunk: chunk.chunk, kind, count, offsets, detail });
    };
    add('missing', this.missingCount, this.missing, 'valid records without a fact');
    add('extra', this.extraCount, this.extra, 'facts where readers see no record');
    const outcomes = ok + duplicate + invalid + ignored;
    add(
      'outcomes',
      Math.abs(outcomes - records),
      [],
      `${records} records read, ${outcomes} outcomes stored (${ok} counted, ${duplicate} duplicate, ${invalid} invalid, ${ignored} ignored)`,
    );
    const isExplained = this.missingCount > 0 || this.extraCount > 0;
    if (!isExplained)
      add(
        'outcomes',
        Math.abs(ok + duplicate - facts),
        [],
        `${ok + duplicate} valid by outcomes, ${facts} facts`,
      );
  }

  private addExtra(): void {
    this.extraCount += 1;
    if (this.extra.length < NAMED) this.extra.push(this.facts![this.nextFact]!);
    this.nextFact += 1;
  }
}
