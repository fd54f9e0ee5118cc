import type { CutRule } from './chunk-cut.js';
import { knownChunks } from './known-chunks.js';
import type { LogEnd, PartitionLedger } from './ports.js';
import { planResume, type Refused, type Resume } from './resume.js';

/**
 * Where reading of reference data goes on: right behind what is stored. Nothing is summed over it, so no chunk has to
 * be read again from its start, of which compaction may have taken the most by now. The newest stored record is
 * compared when it is still there. A pure function of the ledger and of the log's bounds.
 * @param compacted holes in the log are no loss: a newer record of the key is ahead, or the key is gone
 */
export function planReferenceResume(
  ledger: PartitionLedger,
  log: LogEnd,
  rule: CutRule,
  compacted: boolean,
): Resume | Refused {
  const chunks = knownChunks(ledger);
  const open = chunks.find(({ end, factsThrough }) => end < 0 || factsThrough < end);
  const unread = open === undefined ? log.logStart : Math.max(open.factsThrough + 1, open.chunk);
  // As if retention had taken all that is stored.
  const resume = planResume(ledger, { ...log, logStart: Math.max(log.logStart, unread) }, rule);
  if (resume.kind === 'refused') return resume;
  const gaps = compacted ? [] : resume.gaps;
  const newest = chunks.findLast(({ last }) => last !== undefined)?.last;
  if (newest === undefined || newest.offset < log.logStart || newest.offset >= resume.position)
    return { ...resume, gaps };
  return { ...resume, gaps, position: newest.offset, checks: [newest, ...resume.checks] };
}
