import { offsetBound, type CutRule } from './chunk-cut.js';
import { NO_FRONTIER_MS } from './frontier.js';
import type { ChunkOpening, Fingerprint, Gap, LedgerRow, LogEnd, PartitionLedger } from './ports.js';

/** A chunk as the ledger knows it. */
export type StoredChunk = LedgerRow & { readonly opening: ChunkOpening | undefined };

export interface Resume {
  readonly kind: 'resume';
  /** Offset to read from. Below `chunk` only when a stored record is read once more to compare it. */
  readonly position: number;
  /** Start of the chunk that is rebuilt, or begun. */
  readonly chunk: number;
  /** Frontier before that chunk's first record, epoch ms; -1 when none. */
  readonly frontierMs: number;
  /** Records that must still be what they were, ascending. */
  readonly checks: readonly Fingerprint[];
  /** Last stored record before `chunk`. */
  readonly last: Fingerprint | undefined;
  /**
   * Retention took the chunk's beginning after its panes were stored up to here: it ends there, and only facts
   * are still to be written.
   */
  readonly factsOnlyThrough: number | undefined;
  /** Chunks that the ledger knows from `chunk` on, by start. */
  readonly stored: ReadonlyMap<number, StoredChunk>;
  /** To be stored before reading: what retention took, and the chunks that it ends. */
  readonly gaps: readonly Gap[];
  readonly closings: readonly LedgerRow[];
}

export interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

/**
 * Where to go on: at the start of the oldest chunk that is not stored to its end, never in its middle (a sum begun
 * there would be a short row under a higher version). A pure function of the ledger and of the log's bounds.
 */
export function planResume(ledger: PartitionLedger, log: LogEnd, rule: CutRule): Resume | Refused {
  const chunks = withoutShadowed(ledger.chunks, rule);
  const stored = new Map(chunks.map((chunk) => [chunk.chunk, chunk]));
  const newest = chunks.reduce((most, chunk) => Math.max(most, chunk.panesThrough, chunk.factsThrough), -1);
  if (log.highWatermark <= newest && chunks.some((chunk) => chunk.last !== undefined))
    return {
      kind: 'refused',
      reason: `the log ends at offset ${log.highWatermark} but ${newest} is stored: the topic was recreated or truncated; open a new incarnation`,
    };

  const gaps: Gap[] = [];
  const closings: LedgerRow[] = [];
  const lost = (from: number, through: number, fromTimeMs: number): void => {
    if (from > through) return;
    const { source } = ledger;
    gaps.push({ source, from, through, fromTimeMs, toTimeMs: log.askedAtMs, reason: 'retention' });
  };

  let chunk = 0;
  let frontierMs = NO_FRONTIER_MS;
  let last: Fingerprint | undefined;
  let lastLogTimeMs = -1;
  for (const row of chunks) {
    if (row.chunk < chunk) continue; // shortened away below
    chunk = row.chunk;
    last = row.last ?? last;
    lastLogTimeMs = Math.max(lastLogTimeMs, row.lastLogTimeMs);
    if (isSealed(row)) {
      chunk = row.end + 1;
      frontierMs = Math.max(frontierMs, row.frontierMs);
      continue;
    }
    if (log.logStart <= chunk) {
      // Untouched by retention: rebuild it. Without an opening it has no records yet.
      frontierMs = row.opening?.frontierMs ?? Math.max(frontierMs, row.frontierMs);
      return resumeAt(chunk, undefined, chunk);
    }
    const panes = row.panesThrough;
    const facts = row.factsThrough;
    frontierMs = Math.max(frontierMs, row.frontierMs);
    if (panes >= log.logStart - 1) {
      // Only stored records are gone: the sums stand, the chunk ends with them.
      lost(facts + 1, Math.min(log.logStart - 1, panes), row.factsLogTimeMs);
      const readFactsFrom = Math.max(facts + 1, log.logStart);
      if (readFactsFrom <= panes) return resumeAt(readFactsFrom, panes, chunk);
      closings.push({ ...row, end: panes, factsThrough: panes });
      chunk = panes + 1;
      continue;
    }
    const end = row.end >= 0 && row.end < log.logStart ? row.end : log.logStart - 1;
    lost(Math.min(panes, facts) + 1, end, Math.min(row.lastLogTimeMs, row.factsLogTimeMs));
    closings.push({ ...row, end, panesThrough: end, factsThrough: end });
    chunk = end + 1;
  }
  if (log.logStart > chunk) {
    lost(chunk, log.logStart - 1, lastLogTimeMs);
    chunk = log.logStart;
  }
  return resumeAt(chunk, undefined, chunk);

  function resumeAt(position: number, factsOnlyThrough: number | undefined, start: number): Resume {
    const checks: Fingerprint[] = [];
    const readable = (print: Fingerprint | undefined): print is Fingerprint =>
      print !== undefined && print.offset >= log.logStart;
    // The record before this chunk is read once more, when it is still there.
    const before = stored.get(start)?.last ?? last;
    if (readable(before) && before.offset < start) checks.push(before);
    for (const row of stored.values()) {
      if (row.chunk < start) continue;
      for (const print of [row.opening?.first, row.last])
        if (readable(print) && print.offset >= position && checks.at(-1)?.offset !== print.offset)
          checks.push(print);
    }
    checks.sort((a, b) => a.offset - b.offset);
    return {
      kind: 'resume',
      position: Math.min(position, checks[0]?.offset ?? position),
      chunk: start,
      frontierMs,
      checks,
      last: before,
      factsOnlyThrough,
      stored,
      gaps,
      closings,
    };
  }
}

function isSealed(row: LedgerRow): boolean {
  return row.end >= 0 && row.panesThrough >= row.end && row.factsThrough >= row.end;
}

/**
 * Two instances that meet a new partition at the same moment may propose two starts. The one that was never read
 * from is dropped when a chunk with records begins inside it.
 */
function withoutShadowed(chunks: readonly StoredChunk[], rule: CutRule): StoredChunk[] {
  return chunks.filter((chunk) => {
    const unread = chunk.opening === undefined && chunk.panesThrough < chunk.chunk && chunk.end < 0;
    if (!unread) return true;
    const bound = offsetBound(chunk.chunk, rule);
    return !chunks.some(
      (other) => other.chunk > chunk.chunk && other.chunk < bound && other.opening !== undefined,
    );
  });
}
