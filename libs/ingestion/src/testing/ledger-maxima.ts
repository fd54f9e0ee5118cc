import type { Fingerprint, LedgerRow } from '../ports.js';

export function isSealed({ end, panesThrough, factsThrough }: LedgerRow): boolean {
  return end >= 0 && panesThrough >= end && factsThrough >= end;
}

/** What the ledger has of a chunk after both rows were written, in any order. */
export function maxima(a: LedgerRow, b: LedgerRow): LedgerRow {
  return {
    source: a.source,
    chunk: a.chunk,
    panesThrough: Math.max(a.panesThrough, b.panesThrough),
    factsThrough: Math.max(a.factsThrough, b.factsThrough),
    end: Math.max(a.end, b.end),
    frontierMs: Math.max(a.frontierMs, b.frontierMs),
    lastLogTimeMs: Math.max(a.lastLogTimeMs, b.lastLogTimeMs),
    factsLogTimeMs: Math.max(a.factsLogTimeMs, b.factsLogTimeMs),
    provenAtMs: Math.max(a.provenAtMs, b.provenAtMs),
    last: newest(a.last, b.last),
  };
}

function newest(a: Fingerprint | undefined, b: Fingerprint | undefined): Fingerprint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.offset >= b.offset ? a : b;
}
