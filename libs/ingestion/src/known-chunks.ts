import { NO_FRONTIER_MS } from './frontier.js';
import type { ChunkOpening, LedgerRow, PartitionLedger, SourcePartition } from './ports.js';

/** A chunk as the ledger knows it. */
export type StoredChunk = LedgerRow & { readonly opening: ChunkOpening | undefined };

/** What the ledger has of a chunk of which nothing is stored. */
export function unstoredChunk(source: SourcePartition, chunk: number): LedgerRow {
  return {
    source,
    chunk,
    panesThrough: chunk - 1,
    factsThrough: chunk - 1,
    end: -1,
    frontierMs: NO_FRONTIER_MS,
    lastLogTimeMs: -1,
    factsLogTimeMs: -1,
    provenAtMs: -1,
    last: undefined,
  };
}

/**
 * Chunks with a ledger row, and those that were opened and have none yet, ascending. A row that nothing was read into
 * says only where somebody would have begun: instances that meet a new partition at the same moment may propose
 * several starts, and a proposal may land when another one was taken long ago. So the lowest of them counts as long
 * as nothing was read at all, and none does afterwards: where a chunk ends, the next one starts.
 */
export function knownChunks({ source, chunks, openings, begunClaim }: PartitionLedger): StoredChunk[] {
  const known = new Map<number, StoredChunk>(
    chunks.map((row) => [row.chunk, { ...row, opening: undefined }]),
  );
  for (const opening of openings) {
    const row = known.get(opening.chunk) ?? { ...unstoredChunk(source, opening.chunk), opening: undefined };
    // An owner stores what it finds under its own claim before it reads: what others open afterwards is void.
    if (wasRead(row) || opening.claim >= begunClaim) known.set(opening.chunk, { ...row, opening });
  }
  const ascending = [...known.values()].sort((a, b) => a.chunk - b.chunk);
  const read = ascending.filter((row) => wasRead(row) || row.opening !== undefined);
  return read.length > 0 ? read : ascending.slice(0, 1);
}

function wasRead({ chunk, end, panesThrough, factsThrough }: LedgerRow): boolean {
  return end >= 0 || panesThrough >= chunk || factsThrough >= chunk;
}
