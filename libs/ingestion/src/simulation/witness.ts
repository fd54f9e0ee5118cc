import type { ClockAdvance, LedgerRow, SourcePartition } from '../ports.js';
import type { MemoryRecord, MemoryStore } from '../testing/index.js';

/** A record, and when it was appended, which its log time tells only where the broker stamps it. */
export interface WorldRecord extends MemoryRecord {
  readonly appendedAtMs: number;
}

/** Looks at each write as it is stored: whether what it claims about the log is true at that moment. */
export class Witness {
  readonly lies = new Set<string>();

  constructor(
    private readonly store: MemoryStore,
    /** Records of one life of a partition, ascending. */
    private readonly recordsOf: (source: SourcePartition) => readonly WorldRecord[],
    /** How far ahead of the log's clock an ingest process may be, ms. */
    private readonly skewMs: number,
  ) {}

  stored(method: string, rows: unknown): void {
    if (method === 'writeLedger') for (const row of rows as readonly LedgerRow[]) this.proven(row);
    if (method === 'writeClockAdvances')
      for (const row of rows as readonly ClockAdvance[]) this.advanced(row);
  }

  /** The log was read to its end when asked then: everything appended by then is stored. */
  private proven({ source, provenAtMs }: LedgerRow): void {
    if (provenAtMs < 0) return;
    const through = Math.max(...this.store.ledgerOf(source).map(({ panesThrough }) => panesThrough));
    const next = this.recordsOf(source).find(({ offset }) => offset > through);
    if (next !== undefined && next.appendedAtMs < provenAtMs - this.skewMs)
      this.lies.add(`partition ${source.partition} is proven read without offset ${next.offset}`);
  }

  /** The clock moves a frontier only past what nothing was appended for. */
  private advanced({ source, position, frontierMs }: ClockAdvance): void {
    const next = this.recordsOf(source).find(({ offset }) => offset >= position);
    if (next !== undefined && next.appendedAtMs < frontierMs - this.skewMs)
      this.lies.add(`partition ${source.partition} is advanced past offset ${next.offset}`);
  }
}
