import type { ChunkAggregator, PaneRow } from '@freshet/metrics';
import { FactBuffer } from './fact-buffer.js';
import { OutcomeCounts } from './outcome-counts.js';
import type {
  ChunkOpening,
  ChunkPanes,
  FactBlock,
  Fingerprint,
  LedgerRow,
  OutcomeRow,
  SourcePartition,
} from './ports.js';
import type { StoredChunk } from './known-chunks.js';

/** What a flush takes out of one chunk. */
export interface ChunkCapture {
  readonly opening: ChunkOpening | undefined;
  readonly panes: ChunkPanes | undefined;
  readonly outcomes: readonly OutcomeRow[];
  readonly facts: readonly FactBlock[];
  readonly ledger: LedgerRow;
}

/** A chunk in memory: its sums since its first offset, and what of it is not yet handed to a flush. */
export class ChunkState {
  readonly counts = new OutcomeCounts();
  readonly facts: FactBuffer;
  opening: ChunkOpening | undefined;
  firstLogTimeMs: number | undefined;
  /** Last offset covered, inclusive; `start - 1` when none. */
  through: number;
  /** Last offset of the chunk once it is known, else -1. */
  end = -1;
  lastLogTimeMs = -1;

  private openingTaken = false;
  private panesTaken: number;
  private factsTaken: number;
  private factsLogTimeMs: number;
  private takenOnce = false;
  private frontierTakenMs = -1;
  private endTaken = -1;

  /**
   * @param stored what the ledger knows of it
   */
  constructor(
    readonly source: SourcePartition,
    contract: string,
    readonly start: number,
    readonly aggregator: ChunkAggregator,
    readonly stored: StoredChunk | undefined,
    /** Frontier after the last record covered, epoch ms; -1 when none. */
    public frontierMs: number,
    /** Last record covered; before the chunk's first one, that of the chunk before. */
    public last: Fingerprint | undefined,
  ) {
    this.facts = new FactBuffer(contract, source, start);
    this.through = start - 1;
    this.panesTaken = stored?.panesThrough ?? start - 1;
    this.factsTaken = stored?.factsThrough ?? start - 1;
    this.factsLogTimeMs = stored?.factsLogTimeMs ?? -1;
  }

  /** Facts up to here are stored already and need not be written again. */
  get factsStoredThrough(): number {
    return this.stored?.factsThrough ?? -1;
  }

  /** Records up to here were counted, and their dead letters acknowledged, before this process read them. */
  get panesStoredThrough(): number {
    return this.stored?.panesThrough ?? -1;
  }

  /**
   * Still behind what is stored: a flush leaves it alone, because a shorter version is worth nothing and its
   * records are not all compared yet.
   */
  get rebuilding(): boolean {
    return this.stored !== undefined && this.through < Math.max(this.stored.panesThrough, this.start - 1);
  }

  get pendingFactRows(): number {
    return this.rebuilding ? 0 : this.facts.count;
  }

  get pendingFactBytes(): number {
    return this.rebuilding ? 0 : this.facts.bytes;
  }

  get pendingPaneRows(): number {
    return this.rebuilding ? 0 : this.aggregator.changedCount;
  }

  /** A flush has something to take. */
  needsTake(withFacts: boolean): boolean {
    if (this.rebuilding) return false;
    return (
      !this.takenOnce ||
      this.through > this.panesTaken ||
      this.frontierMs !== this.frontierTakenMs ||
      this.end !== this.endTaken ||
      (withFacts && this.through > this.factsTaken)
    );
  }

  /** Everything of it was handed to a flush. */
  get finished(): boolean {
    return this.end >= 0 && this.takenOnce && this.panesTaken >= this.end && this.factsTaken >= this.end;
  }

  /**
   * Takes what is new. Must not be called while `rebuilding`.
   * @param withFacts false leaves buffered facts for a later, larger block
   */
  take(withFacts: boolean, provenAtMs: number): ChunkCapture {
    const { source, start, through } = this;
    const opening = this.openingTaken ? undefined : this.opening;
    if (this.opening !== undefined) this.openingTaken = true;

    let panes: ChunkPanes | undefined;
    const rows: PaneRow[] = this.aggregator.takeChanged();
    if (rows.length > 0 && this.opening !== undefined)
      panes = { source, chunk: start, through, chunkLogTimeMs: this.opening.first.logTimeMs, rows };
    this.panesTaken = Math.max(this.panesTaken, through);

    let outcomes: OutcomeRow[] = [];
    let facts: FactBlock[] = [];
    if (withFacts || this.facts.count === 0) {
      facts = this.facts.take();
      if (through > this.factsTaken || !this.takenOnce) outcomes = this.counts.rows(source, start, through);
      this.factsTaken = Math.max(this.factsTaken, through);
      this.factsLogTimeMs = Math.max(this.factsLogTimeMs, this.lastLogTimeMs);
    }
    this.takenOnce = true;
    this.frontierTakenMs = this.frontierMs;
    this.endTaken = this.end;
    const ledger: LedgerRow = {
      source,
      chunk: start,
      panesThrough: this.panesTaken,
      factsThrough: this.factsTaken,
      end: this.end,
      frontierMs: this.frontierMs,
      lastLogTimeMs: Math.max(this.lastLogTimeMs, this.stored?.lastLogTimeMs ?? -1),
      factsLogTimeMs: this.factsLogTimeMs,
      provenAtMs,
      last: this.last,
    };
    return { opening, panes, outcomes, facts, ledger };
  }
}
