import { IGNORED_REASONS, OUTCOME_IGNORED, OUTCOME_OK, type DecodedBlock } from '@freshet/contracts';
import { ChunkChain } from './chunk-chain.js';
import { offsetBound } from './chunk-cut.js';
import type { RestoredBeginning } from './chunk-restore.js';
import type { ChunkState } from './chunk-state.js';
import { DeadLetterGuard } from './dead-letter-guard.js';
import type { DedupeIndex } from './dedupe-index.js';
import { EndProof } from './end-proof.js';
import type { EngineEvents, HaltCode } from './events.js';
import { fingerprintOf } from './fingerprint.js';
import { Frontier } from './frontier.js';
import { letterOf } from './letter-buffer.js';
import type { EngineLimits } from './limits.js';
import type { BatchAnswer } from './log.js';
import type {
  Clock,
  ClockAdvance,
  DeadLetter,
  FetchedBatch,
  Fingerprint,
  LogEnd,
  SourcePartition,
} from './ports.js';
import { cameTooLate } from './patience.js';
import { RecordChecks } from './record-checks.js';
import type { Resume } from './resume.js';
import type { Segmenter } from './segmenter.js';
import type { SourceSpec } from './source-spec.js';

export interface PartitionOptions {
  readonly spec: SourceSpec;
  readonly source: SourcePartition;
  readonly logTime: 'append' | 'create';
  readonly claim: number;
  readonly resume: Resume;
  /** Stored advances at or after the resumed chunk. */
  readonly advances: readonly ClockAdvance[];
  /** Beginnings of `resume.restores`, one each. */
  readonly restored: readonly RestoredBeginning[];
  /** Counted ids of the horizon before the resumed chunk. */
  readonly dedupe: DedupeIndex;
  readonly segmenter: Segmenter;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  readonly events: EngineEvents;
  /** Takes an invalid record; it is acknowledged before the ledger passes its offset. */
  readonly addLetter: (letter: DeadLetter) => void;
}

/** One assigned partition: turns batches, at exactly its next position, into chunks. Synchronous. */
export class PartitionProcessor {
  readonly source: SourcePartition;
  readonly claim: number;
  readonly proof = new EndProof();
  position: number;
  halted: string | undefined;
  /** Log time of the newest record read, epoch ms; -1 when none. */
  lastLogTimeMs = -1;
  /** An advance by the clock is being stored: nothing may be read until it is. */
  advancing = false;
  /** Retention took what comes next: nothing may be read until that is recorded. */
  overtaken = false;
  lastAdvanceAtMs = 0;
  provenTakenMs = -1;

  /** Where the log was last seen to end. */
  highWatermark = 0;
  private readonly frontier: Frontier;
  private readonly chain: ChunkChain;
  private readonly guard: DeadLetterGuard;
  private readonly checks: RecordChecks;
  /** Records before this were counted already: they are read to be compared. */
  private countFrom: number;

  constructor(private readonly options: PartitionOptions) {
    const { resume, source, limits } = options;
    this.source = source;
    this.claim = options.claim;
    this.position = resume.position;
    this.checks = new RecordChecks(resume.checks, options.spec.contract.reference !== undefined);
    this.countFrom = resume.countFrom;
    this.frontier = new Frontier(resume.frontierMs, options.advances);
    this.guard = new DeadLetterGuard(limits);
    this.chain = new ChunkChain(options, this.frontier);
  }

  /** See `SourceSpec`. */
  get isMappedBy(): boolean {
    return this.options.spec.isMappedBy === true;
  }

  /** Not yet handed over completely, ascending; the last one is being filled. */
  get chunks(): readonly ChunkState[] {
    return this.chain.chunks;
  }

  /**
   * Its state was kept over an assignment: the newest record that it read is read once more to be compared, for the
   * topic may have been recreated meanwhile.
   * @returns where to read on
   */
  compareAgain(): number {
    const { last } = this.chain.current;
    if (last !== undefined && last.offset < this.position) {
      this.checks.expect(last);
      this.countFrom = Math.max(this.countFrom, this.position);
      this.position = last.offset;
    }
    return this.position;
  }

  /** A proof of having read all that no flush has taken: it goes with the newest chunk, if there still is one. */
  get hasProof(): boolean {
    const isOpen = !this.rebuilding && this.chunks.length > 0;
    return isOpen && this.proof.provenAtMs > this.provenTakenMs;
  }

  /** Forgets chunks of which everything was handed to a flush. */
  dropFinished(): void {
    this.chain.chunks = this.chain.chunks.filter((chunk) => !chunk.finished);
  }

  /** Takes a batch at exactly the next position, else tells where to seek. Never throws for any bytes. */
  process(batch: FetchedBatch): BatchAnswer {
    if (this.halted !== undefined) return { kind: 'halted', reason: this.halted };
    if (batch.firstOffset !== this.position) {
      this.options.events.misplaced(this.source, this.position, batch.firstOffset);
      return { kind: 'seek', position: this.position };
    }
    const { sliceRecords } = this.options.limits;
    for (let from = 0; from < batch.count && this.halted === undefined; from += sliceRecords) {
      const to = Math.min(from + sliceRecords, batch.count);
      this.slice(batch, from, this.options.spec.decoder.decode(batch, from, to));
    }
    if (this.halted !== undefined) return { kind: 'halted', reason: this.halted };
    this.moveTo(batch.nextOffset);
    if (this.halted !== undefined) return { kind: 'halted', reason: this.halted };
    return { kind: 'accepted' };
  }

  /** The clock's advance at this position, once it is stored. */
  advanced(frontierMs: number): void {
    this.frontier.advance(frontierMs);
    if (this.chunks.length > 0) this.chain.current.frontierMs = this.frontier.currentMs;
  }

  /** Some of it was stored by an earlier owner and has not been read again yet. */
  get rebuilding(): boolean {
    return this.chunks.some(({ rebuilding }) => rebuilding);
  }

  /** A flush has something to take of it. */
  get unstored(): boolean {
    return this.chunks.some((chunk) => chunk.needsTake(true));
  }

  /** Records that were counted already are read once more: its position says nothing of what is counted. */
  get comparing(): boolean {
    return this.position < this.countFrom;
  }

  /** Start of the first chunk that it counts, from that chunk's first record on. */
  get countsFrom(): number {
    return this.options.resume.chunk;
  }

  get frontierMs(): number {
    return this.frontier.currentMs;
  }

  /** Another instance owns it now: what was not stored is theirs to store. */
  supersede(): void {
    this.halt('superseded', 'another instance has claimed this partition', true);
  }

  halt(code: HaltCode, reason: string, discard: boolean): void {
    if (this.halted !== undefined) return;
    this.halted = reason;
    if (discard) this.chain.chunks = [];
    this.options.events.halted(this.source, code, reason);
  }

  /** Last offset that was stored before this process read it; -1 when none. */
  get storedThrough(): number {
    return Math.max(-1, ...[...this.options.resume.stored.values()].map(({ panesThrough }) => panesThrough));
  }

  private slice(batch: FetchedBatch, from: number, block: DecodedBlock): void {
    const { dedupe, segmenter, events, spec } = this.options;
    const { patience } = spec;
    let ok = 0;
    let late = 0;
    let duplicate = 0;
    let previous = -1;
    segmenter.begin(block, batch, from);
    dedupe.prepare(block.idHash, block.count);
    for (let row = 0; row < block.count; row += 1) {
      const index = from + row;
      const offset = batch.offsets[index]!;
      const logTimeMs = batch.logTimesMs[index]!;
      if (offset < this.position) continue;
      const changed = this.checks.verify(batch, index);
      if (changed !== undefined) return this.refuse(changed);
      if (offset < this.countFrom) continue;

      let chunk = this.chain.current;
      const cut = this.chain.cutBefore(offset, logTimeMs);
      if (cut !== undefined) {
        segmenter.end(chunk);
        if (previous >= 0) this.covered(chunk, batch, previous);
        if (!this.nextChunk(cut.end, cut.nextStart)) return;
        chunk = this.chain.current;
      }
      const frontierMs = this.frontier.before(offset);
      if (chunk.firstLogTimeMs === undefined) this.chain.open(batch, index, frontierMs);
      previous = index;

      const outcome = block.outcomes[row]!;
      const fresh = offset > chunk.panesStoredThrough;
      if (outcome === OUTCOME_OK) {
        const duplicateOf = dedupe.claim(block.idHash, row, offset);
        if (offset > chunk.factsStoredThrough) segmenter.fact(row, duplicateOf);
        if (duplicateOf >= 0) {
          chunk.counts.duplicate += 1;
          if (fresh) duplicate += 1;
        } else {
          chunk.counts.ok += 1;
          if (fresh) ok += 1;
          segmenter.counted(row, offset, frontierMs);
          const eventTimeMs = block.eventTimesMs[row]!;
          if (fresh && patience !== undefined && cameTooLate(patience, eventTimeMs, frontierMs)) late += 1;
          this.frontier.observe(eventTimeMs, this.chain.latestSaneMs(chunk, logTimeMs));
        }
      } else if (outcome === OUTCOME_IGNORED) {
        chunk.counts.countIgnored(block.reasons[row]!, offset);
        if (fresh) events.records(this.source, 'ignored', IGNORED_REASONS[block.reasons[row]!] ?? '', 1);
      } else {
        chunk.counts.countInvalid(block.reasons[row]!, offset);
        if (fresh) this.addLetter(batch, index, block, row);
      }
      const trouble = this.guard.observe(outcome !== OUTCOME_OK && outcome !== OUTCOME_IGNORED);
      if (trouble !== undefined) {
        segmenter.end(chunk);
        this.covered(chunk, batch, index);
        this.halt('dead_letters', trouble, false);
        break;
      }
    }
    if (this.halted === undefined) {
      segmenter.end(this.chain.current);
      if (previous >= 0) this.covered(this.chain.current, batch, previous);
    }
    if (ok > 0) events.records(this.source, 'ok', '', ok);
    if (late > 0) events.late(this.source, late);
    if (duplicate > 0) events.records(this.source, 'duplicate', '', duplicate);
  }

  /** The record at `index` and all before it are in the chunk. */
  private covered(chunk: ChunkState, batch: FetchedBatch, index: number): void {
    const offset = batch.offsets[index]!;
    const logTimeMs = batch.logTimesMs[index]!;
    chunk.through = offset;
    chunk.frontierMs = Math.max(chunk.frontierMs, this.frontier.currentMs);
    chunk.lastLogTimeMs = Math.max(chunk.lastLogTimeMs, logTimeMs);
    chunk.last = fingerprintOf(offset, logTimeMs, batch.values.at(index));
    this.lastLogTimeMs = Math.max(this.lastLogTimeMs, logTimeMs);
    this.position = offset + 1;
  }

  /** Everything before `position` is read, control records included. */
  private moveTo(position: number): void {
    const missing = this.checks.passed(position);
    if (missing !== undefined) return this.refuse(missing);
    this.position = position;
    const chunk = this.chain.current;
    if (position > chunk.start) chunk.through = Math.max(chunk.through, position - 1);
    const bound = chunk.end >= 0 ? chunk.end + 1 : offsetBound(chunk.start, this.options.limits);
    if (position >= bound) {
      chunk.through = bound - 1;
      this.nextChunk(bound - 1, bound);
      if (this.halted === undefined) {
        const next = this.chain.current;
        next.through = Math.max(next.through, position - 1);
      }
    }
    this.proof.moved(position);
  }

  /** @returns false when the ledger knows another end for this chunk */
  private nextChunk(end: number, nextStart: number): boolean {
    const trouble = this.chain.next(end, nextStart);
    if (trouble !== undefined) this.halt('chunk_mismatch', trouble, true);
    return trouble === undefined;
  }

  /**
   * Takes the broker's answer about the log's end. A log that ends before what was read from it when it was asked, or
   * before where it ended once, is another log.
   * @param positionThen position when the broker was asked
   */
  observeEnd(end: LogEnd, positionThen: number): void {
    const least = Math.max(positionThen, this.highWatermark);
    if (end.highWatermark < least) {
      const reason = `the log ends before offset ${end.highWatermark}, and it had ${least} offsets: the topic was recreated or truncated; open a new incarnation`;
      this.halt('fingerprint_mismatch', reason, true);
      return;
    }
    this.highWatermark = end.highWatermark;
    this.proof.observe(end, this.position);
  }

  private refuse(check: Fingerprint): void {
    const reason = `the record at offset ${check.offset} is not the one that was stored: the topic was recreated; open a new incarnation`;
    this.halt('fingerprint_mismatch', reason, true);
  }

  private addLetter(batch: FetchedBatch, index: number, block: DecodedBlock, row: number): void {
    const { spec, events, addLetter } = this.options;
    const letter = letterOf(this.source, spec.contract.version, batch, index, block, row);
    addLetter(letter);
    events.records(this.source, 'invalid', letter.reason, 1);
  }
}
