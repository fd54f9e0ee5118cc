import { emptyPlan, type FlushPlan } from './flush.js';
import type { EngineLimits } from './limits.js';
import type { PartitionProcessor } from './partition.js';

/**
 * Takes everything new out of these partitions in one synchronous step: after a rebuild, when each of them may hold a
 * chunk's worth of rows, only of as many partitions as the limit of pane rows allows. The next flush takes the others.
 * @param owner name of this instance
 * @param withFacts false leaves facts for a later, larger block, but for those that others are mapped by
 */
export function capturePlan(
  processors: Iterable<PartitionProcessor>,
  owner: string,
  withFacts: boolean,
  limits: EngineLimits,
): FlushPlan {
  const plan = emptyPlan();
  let paneRows = 0;
  for (const processor of processors) {
    if (paneRows >= limits.paneRows) break;
    paneRows += processor.chunks.reduce((sum, chunk) => sum + chunk.pendingPaneRows, 0);
    if (wantsAdvance(processor, limits)) captureAdvance(processor, owner, plan);
    capturePartition(processor, withFacts, plan);
  }
  return plan;
}

/** Nothing of the partition is read until the advance is stored: a rebuild must see it at the same position. */
function captureAdvance(processor: PartitionProcessor, owner: string, plan: FlushPlan): void {
  const { source, claim, position } = processor;
  const frontierMs = processor.proof.provenAtMs;
  plan.advances.push({ source, position, frontierMs, claim, owner });
  plan.held.set(processor, frontierMs);
  processor.advancing = true;
  processor.lastAdvanceAtMs = frontierMs;
}

function capturePartition(processor: PartitionProcessor, withFacts: boolean, plan: FlushPlan): void {
  const { source } = processor;
  const takesFacts = withFacts || processor.isMappedBy;
  const { provenAtMs } = processor.proof;
  const proven = processor.hasProof;
  const newest = processor.chunks.at(-1);
  for (const chunk of processor.chunks) {
    const proofHere = proven && chunk === newest;
    if (!chunk.needsTake(takesFacts) && !proofHere) continue;
    const taken = chunk.take(takesFacts, proofHere ? provenAtMs : -1);
    if (taken.opening !== undefined) plan.openings.push(taken.opening);
    if (taken.panes !== undefined) plan.panes.push(taken.panes);
    plan.outcomes.push(...taken.outcomes);
    plan.facts.push(...taken.facts);
    plan.ledger.push(taken.ledger);
    if (!plan.held.has(processor)) plan.held.set(processor, undefined);
  }
  if (proven) processor.provenTakenMs = provenAtMs;
  processor.dropFinished();
  if (processor.rebuilding || processor.halted !== undefined) return;
  const positions = plan.positions.get(source.topic) ?? [];
  positions.push({ partition: source.partition, position: processor.position });
  plan.positions.set(source.topic, positions);
}

function wantsAdvance(processor: PartitionProcessor, limits: EngineLimits): boolean {
  const { proof } = processor;
  return (
    processor.halted === undefined &&
    !processor.rebuilding &&
    !processor.comparing &&
    proof.stoodForMs >= limits.idleAfterMs &&
    proof.provenAtMs > processor.frontierMs &&
    proof.provenAtMs - processor.lastAdvanceAtMs >= limits.clockAdvanceEveryMs
  );
}
