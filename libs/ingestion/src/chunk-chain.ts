import { cutBefore, type Cut } from './chunk-cut.js';
import { restoreChunk, type RestoredBeginning } from './chunk-restore.js';
import { ChunkState } from './chunk-state.js';
import { fingerprintOf } from './fingerprint.js';
import type { Frontier } from './frontier.js';
import type { PartitionOptions } from './partition.js';
import type { FetchedBatch, Fingerprint } from './ports.js';

/** A partition's chunks in memory: where one ends, the next begins, and what each one's opening says. */
export class ChunkChain {
  /** Not yet handed over completely, ascending; the last one is being filled. */
  chunks: ChunkState[] = [];

  constructor(
    readonly options: Pick<
      PartitionOptions,
      'spec' | 'source' | 'logTime' | 'claim' | 'resume' | 'restored' | 'dedupe' | 'clock' | 'limits'
    >,
    private readonly frontier: Frontier,
  ) {
    const { resume, restored } = options;
    for (const beginning of restored) this.restore(beginning);
    if (this.chunks.at(-1)?.start !== resume.fill)
      this.chunks.push(this.newChunk(resume.fill, frontier.before(resume.fill), resume.last));
  }

  get current(): ChunkState {
    return this.chunks[this.chunks.length - 1]!;
  }

  /** Whether the current chunk ends before this record. */
  cutBefore(offset: number, logTimeMs: number): Cut | undefined {
    const { start, end, firstLogTimeMs } = this.current;
    if (end >= 0) return offset > end ? { end, nextStart: end + 1 } : undefined;
    const { spec, limits } = this.options;
    // Compaction takes first records: by time, the cut of what is left would be another one.
    const rule = spec.contract.reference === undefined ? limits : { ...limits, chunkLogTimeMs: Infinity };
    return cutBefore(start, firstLogTimeMs, offset, logTimeMs, rule);
  }

  /** Ends the current chunk and begins the next. @returns what is wrong when the ledger knows another end */
  next(end: number, nextStart: number): string | undefined {
    const chunk = this.current;
    const { stored } = chunk;
    if (stored !== undefined && chunk.end < 0) {
      if ((stored.end >= 0 && stored.end !== end) || stored.panesThrough > end || stored.factsThrough > end) {
        const found = `chunk ${chunk.start} ends at ${end}, but the ledger has it up to ${Math.max(stored.end, stored.panesThrough)}`;
        return `${found}: the log is not the one that was stored`;
      }
    }
    chunk.end = end;
    chunk.through = end;
    this.chunks.push(this.newChunk(nextStart, this.frontier.currentMs, chunk.last));
    return undefined;
  }

  /** The record at `index` is the first of the current chunk. */
  open(batch: FetchedBatch, index: number, frontierMs: number): void {
    const chunk = this.current;
    const logTimeMs = batch.logTimesMs[index]!;
    const known = chunk.stored?.opening;
    chunk.firstLogTimeMs = logTimeMs;
    chunk.opening = {
      source: this.options.source,
      chunk: chunk.start,
      claim: this.options.claim,
      openedAtMs: known?.openedAtMs ?? this.options.clock.nowMs(),
      frontierMs,
      first: fingerprintOf(batch.offsets[index]!, logTimeMs, batch.values.at(index)),
    };
  }

  /** An event beyond this does not move the frontier: nothing by the reader's clock that a rebuild would not see. */
  latestSaneMs(chunk: ChunkState, logTimeMs: number): number {
    const { logTime, limits } = this.options;
    return logTime === 'append'
      ? logTimeMs + limits.futureClampMs
      : (chunk.opening?.openedAtMs ?? 0) + limits.chunkLogTimeMs;
  }

  private newChunk(start: number, frontierMs: number, last: Fingerprint | undefined): ChunkState {
    const { spec, source, resume } = this.options;
    const stored = resume.stored.get(start);
    return new ChunkState(source, spec.contract.name, start, spec.newAggregator(), stored, frontierMs, last);
  }

  private restore(beginning: RestoredBeginning): void {
    const { start, stored } = beginning.plan;
    const opening = stored?.opening;
    if (opening !== undefined) this.frontier.advance(opening.frontierMs);
    const chunk = this.newChunk(start, this.frontier.before(start), stored?.last);
    if (opening !== undefined) {
      chunk.opening = { ...opening, claim: this.options.claim };
      chunk.firstLogTimeMs = opening.first.logTimeMs;
      chunk.lastLogTimeMs = stored?.factsLogTimeMs ?? -1;
    }
    const latestSaneMs = (logTimeMs: number): number => this.latestSaneMs(chunk, logTimeMs);
    restoreChunk(chunk, beginning, this.options.dedupe, this.frontier, latestSaneMs);
    this.chunks.push(chunk);
  }
}
