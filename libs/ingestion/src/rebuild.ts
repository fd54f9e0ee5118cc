import type { Claimed } from './assignment.js';
import { DedupeIndex } from './dedupe-index.js';
import { PartitionProcessor, type PartitionOptions } from './partition.js';
import type { MetricStore, SourcePartition } from './ports.js';
import { planResume } from './resume.js';

export interface Refusal {
  readonly source: SourcePartition;
  readonly reason: string;
}

/**
 * Makes a claimed partition ready to be read: stores what retention took, loads the verdicts of the dedupe horizon.
 * @returns a refusal when the log is not the one that was stored
 */
export async function rebuildPartition(
  store: MetricStore,
  claimed: Claimed,
  common: Pick<
    PartitionOptions,
    'spec' | 'logTime' | 'segmenter' | 'clock' | 'limits' | 'events' | 'addLetter'
  >,
): Promise<PartitionProcessor | Refusal> {
  const { ledger, end, claim } = claimed;
  const { source } = ledger;
  const { limits, spec, events } = common;
  const resume = planResume(ledger, end, limits);
  if (resume.kind === 'refused') {
    events.halted(source, 'fingerprint_mismatch', resume.reason);
    return { source, reason: resume.reason };
  }
  for (const gap of resume.gaps) {
    await store.writeGap(gap);
    events.gap(gap);
  }
  if (resume.closings.length > 0) await store.writeLedger(resume.closings);

  const before = resume.factsOnlyThrough === undefined ? resume.chunk : resume.position;
  const from = Math.max(0, before - limits.dedupeHorizonOffsets);
  const verdicts = await store.readVerdicts(spec.contract.name, source, from, before);
  const dedupe = new DedupeIndex(limits.dedupeHorizonOffsets);
  for (let row = 0; row < verdicts.count; row += 1)
    dedupe.claim(verdicts.idHash, row, verdicts.offsets[row]!);

  const processor = new PartitionProcessor({
    ...common,
    source,
    claim,
    resume,
    advances: ledger.advances.filter((advance) => advance.position >= resume.chunk),
    dedupe,
  });
  processor.proof.observe(end, processor.position);
  events.resumed(source, processor.position, processor.storedThrough);
  return processor;
}
