import type { Claimed } from './assignment.js';
import type { RestoredBeginning } from './chunk-restore.js';
import { DedupeIndex } from './dedupe-index.js';
import { NO_FRONTIER_MS } from './frontier.js';
import { PartitionProcessor, type PartitionOptions } from './partition.js';
import type { ClockAdvance, MetricStore, SourcePartition } from './ports.js';
import { planReferenceResume } from './reference-resume.js';
import { planResume } from './resume.js';

export interface Refusal {
  readonly source: SourcePartition;
  readonly reason: string;
}

type Common = Pick<
  PartitionOptions,
  'spec' | 'logTime' | 'segmenter' | 'clock' | 'limits' | 'events' | 'addLetter'
> & { readonly owner: string; readonly compacted: boolean };

/**
 * Makes claimed partitions ready to be read, one after the other, and stores what was found of the clock's advances
 * under their own claims, all in one: nothing is read before.
 * @returns by partition: a refusal when the log is not the one that was stored
 */
export async function rebuildPartitions(
  store: MetricStore,
  claims: readonly Claimed[],
  common: Common,
): Promise<Map<number, PartitionProcessor | Refusal>> {
  const ready = new Map<number, PartitionProcessor | Refusal>();
  const advances: ClockAdvance[] = [];
  for (const claimed of claims) {
    const rebuilt = await rebuildPartition(store, claimed, common);
    if ('processor' in rebuilt) advances.push(...rebuilt.advances);
    ready.set(claimed.ledger.source.partition, 'processor' in rebuilt ? rebuilt.processor : rebuilt);
  }
  if (advances.length > 0) await store.writeClockAdvances(advances);
  return ready;
}

interface Rebuilt {
  readonly processor: PartitionProcessor;
  readonly advances: readonly ClockAdvance[];
}

/**
 * Records what retention took, loads the verdicts of the dedupe horizon and the facts of beginnings that retention
 * took (of reference data neither: nothing is summed over it), stores what it found of openings under its own claim.
 */
async function rebuildPartition(
  store: MetricStore,
  claimed: Claimed,
  common: Common,
): Promise<Rebuilt | Refusal> {
  const { ledger, end, claim } = claimed;
  const { source } = ledger;
  const { limits, spec, events } = common;
  const isReference = spec.contract.reference !== undefined;
  const resume = isReference
    ? planReferenceResume(ledger, end, limits, common.compacted)
    : planResume(ledger, end, limits);
  if (resume.kind === 'refused') {
    events.halted(source, 'fingerprint_mismatch', resume.reason);
    return { source, reason: resume.reason };
  }
  for (const gap of resume.gaps) {
    await store.writeGap(gap);
    events.gap(gap);
  }
  const dedupe = isReference
    ? new DedupeIndex(0)
    : await countedIds(store, spec.contract.name, source, resume.chunk, limits.dedupeHorizonOffsets);
  const restored: RestoredBeginning[] = [];
  for (const plan of resume.restores)
    restored.push({
      plan,
      facts: isReference
        ? undefined
        : await store.readChunkFacts(spec.contract.name, source, plan.start, plan.before),
      outcomes: await store.readChunkOutcomes(source, plan.start),
    });

  const advances = ledger.advances
    .filter(({ position }) => position >= resume.chunk)
    .map((advance) => ({ ...advance, claim, owner: common.owner }));
  const openings = [...resume.stored.values()].flatMap(({ chunk, opening }) =>
    opening !== undefined && chunk >= resume.chunk ? [{ ...opening, claim }] : [],
  );
  // Before the mark, the first of the advances: from that on, openings of a lower claim count only where the ledger
  // has the chunk.
  if (openings.length > 0) await store.writeOpenings(openings);
  const mark = { source, position: resume.chunk, frontierMs: NO_FRONTIER_MS, claim, owner: common.owner };

  const processor = new PartitionProcessor({
    ...common,
    source,
    claim,
    resume,
    advances,
    restored,
    dedupe,
  });
  processor.observeEnd(end, processor.position);
  events.resumed(source, processor.position, processor.storedThrough);
  return { processor, advances: [mark, ...advances] };
}

async function countedIds(
  store: MetricStore,
  contract: string,
  source: SourcePartition,
  before: number,
  horizonOffsets: number,
): Promise<DedupeIndex> {
  const dedupe = new DedupeIndex(horizonOffsets);
  const from = Math.max(0, before - horizonOffsets);
  if (from >= before) return dedupe;
  const verdicts = await store.readVerdicts(contract, source, from, before);
  for (let row = 0; row < verdicts.count; row += 1)
    dedupe.claim(verdicts.idHash, row, verdicts.offsets[row]!);
  return dedupe;
}
