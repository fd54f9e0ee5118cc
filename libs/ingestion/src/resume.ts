import { offsetBound, type CutRule } from './chunk-cut.js';
import { NO_FRONTIER_MS } from './frontier.js';
import { knownChunks, type StoredChunk } from './known-chunks.js';
import type { Fingerprint, Gap, LedgerRow, LogEnd, PartitionLedger } from './ports.js';

/** A chunk whose first records retention took: its sums come from the facts. */
export interface ChunkToRestore {
  readonly start: number;
  /** Last offset of the chunk, when nothing of it is left in the log; -1 when it goes on. */
  readonly end: number;
  /** Facts below this offset are its beginning; the log has the rest. */
  readonly before: number;
  /** Some of its records are lost: the frontier goes by what the ledger has seen. */
  readonly lossy: boolean;
  readonly stored: StoredChunk | undefined;
}

export interface Resume {
  readonly kind: 'resume';
  /** Start of the chunk that reading fills: the last one of `restores`, where that goes on. */
  readonly fill: number;
  /** Offset of the first record to be counted. */
  readonly countFrom: number;
  /** Offset to read from. Below `countFrom` only when a stored record is read once more to compare it. */
  readonly position: number;
  /** Start of the first chunk that is rebuilt, or begun. */
  readonly chunk: number;
  /** Frontier before that chunk's first record, epoch ms; -1 when none. */
  readonly frontierMs: number;
  /** Chunks that begin before the log does, ascending. */
  readonly restores: readonly ChunkToRestore[];
  /** Records that must still be what they were, ascending. */
  readonly checks: readonly Fingerprint[];
  /** Last stored record before `chunk`. */
  readonly last: Fingerprint | undefined;
  /** Chunks that the ledger knows from `chunk` on, by start. */
  readonly stored: ReadonlyMap<number, StoredChunk>;
  /** What retention took before it was stored: to be recorded before reading. */
  readonly gaps: readonly Gap[];
}

export interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

/**
 * Where to go on: at the start of the oldest chunk that is not stored to its end, never in its middle (a sum begun
 * there would be a short row under a higher version). Where retention took that start, the sums of what it took come
 * from the facts, under the same key; an end that depended on retention would not be the end that another owner
 * finds, and records would count under two keys. A pure function of the ledger and of the log's bounds.
 */
export function planResume(ledger: PartitionLedger, log: LogEnd, rule: CutRule): Resume | Refused {
  const { source } = ledger;
  if (ledger.retired)
    return {
      kind: 'refused',
      reason: 'an operator has ended this life of the partition; open a new incarnation',
    };
  const chunks = knownChunks(ledger);
  const stored = new Map(chunks.map((chunk) => [chunk.chunk, chunk]));
  const newest = chunks.reduce((most, chunk) => Math.max(most, chunk.panesThrough, chunk.factsThrough), -1);
  if (log.highWatermark <= newest && chunks.some((chunk) => chunk.last !== undefined))
    return {
      kind: 'refused',
      reason: `the log ends at offset ${log.highWatermark} but ${newest} is stored: the topic was recreated or truncated; open a new incarnation`,
    };

  const restores: ChunkToRestore[] = [];
  const gaps: Gap[] = [];
  let frontierMs = NO_FRONTIER_MS;
  let last: Fingerprint | undefined;
  let lastLogTimeMs = -1;
  /** Where the next chunk starts. */
  let next = 0;

  for (const [index, row] of chunks.entries()) {
    next = row.chunk;
    if (restores.length === 0) {
      if (isSealed(row)) {
        next = row.end + 1;
        frontierMs = Math.max(frontierMs, row.frontierMs);
        last = row.last ?? last;
        lastLogTimeMs = Math.max(lastLogTimeMs, row.lastLogTimeMs);
        continue;
      }
      frontierMs = row.opening?.frontierMs ?? Math.max(frontierMs, row.frontierMs);
    }
    if (log.logStart <= row.chunk) return resume(row.chunk, row.chunk);
    lastLogTimeMs = Math.max(lastLogTimeMs, row.factsLogTimeMs);
    const bound = offsetBound(row.chunk, rule) - 1;
    const end = row.end >= 0 ? row.end : Math.min(bound, (chunks[index + 1]?.chunk ?? bound + 1) - 1);
    const missing = Math.max(row.factsThrough + 1, row.chunk);
    if (log.logStart <= end) {
      restore(row.chunk, -1, missing, row);
      return resume(row.chunk, Math.max(missing, log.logStart));
    }
    restore(row.chunk, end, missing, row);
    next = end + 1;
  }
  if (log.logStart <= next) return resume(next, next);
  // Nothing of what follows was stored. Its key does not depend on how much retention has taken by now.
  const start = Math.max(next, Math.floor(log.logStart / rule.chunkOffsets) * rule.chunkOffsets);
  if (start > next) lost(next, next, start - 1);
  if (log.logStart > start) restore(start, -1, start, undefined);
  return resume(start, log.logStart);

  function restore(start: number, end: number, missing: number, row: StoredChunk | undefined): void {
    const before = end >= 0 ? end + 1 : Math.max(missing, log.logStart);
    const lossy = missing < Math.min(before, log.logStart);
    restores.push({ start, end, before, lossy, stored: row });
    if (lossy) lost(start, missing, Math.min(before, log.logStart) - 1);
  }

  function lost(chunk: number, from: number, through: number): void {
    const before = gaps.at(-1);
    if (before?.through === from - 1) gaps[gaps.length - 1] = { ...before, through };
    else {
      const times = { fromTimeMs: lastLogTimeMs, toTimeMs: log.askedAtMs };
      gaps.push({ source, chunk, from, through, ...times, reason: 'retention' });
    }
  }

  function resume(fill: number, countFrom: number): Resume {
    const start = restores[0]?.start ?? fill;
    const prints = chunks.flatMap((row) => [row.opening?.first, row.last]);
    const readable = [last, ...prints]
      .filter((print): print is Fingerprint => print !== undefined && print.offset >= log.logStart)
      .sort((a, b) => a.offset - b.offset);
    // The newest record before is read once more, when it is still there.
    const before = readable.filter(({ offset }) => offset < countFrom).at(-1);
    const ahead = readable.filter(
      ({ offset }, i) => offset >= countFrom && readable[i - 1]?.offset !== offset,
    );
    return {
      kind: 'resume',
      fill,
      countFrom,
      position: before?.offset ?? countFrom,
      chunk: start,
      frontierMs,
      restores,
      checks: before === undefined ? ahead : [before, ...ahead],
      last: stored.get(start)?.last ?? last,
      stored,
      gaps,
    };
  }
}

function isSealed(row: LedgerRow): boolean {
  return row.end >= 0 && row.panesThrough >= row.end && row.factsThrough >= row.end;
}
