import { sameSource, stillHeld } from './ownership.js';
import type { PartitionProcessor } from './partition.js';
import type {
  ChunkOpening,
  ChunkPanes,
  ClockAdvance,
  DeadLetter,
  DeadLetterSink,
  FactBlock,
  LedgerRow,
  MetricStore,
  OutcomeRow,
  SourcePartition,
} from './ports.js';
import { settled } from './settled.js';

export const FLUSH_STEPS = [
  'clock advances',
  'openings',
  'claims',
  'dead letters',
  'rows',
  'ledger',
] as const;
export type FlushStep = (typeof FLUSH_STEPS)[number];

/** Everything that one flush stores. Each row is a pure function of the log, so the whole may be written again. */
export interface FlushPlan {
  /** Partitions that it is of, with the frontier that the clock advances to, if it does. */
  readonly held: Map<PartitionProcessor, number | undefined>;
  /** The claims were looked at after everything in it was read: not again when it is repeated. */
  checked: boolean;
  advances: ClockAdvance[];
  /** By dead-letter topic. */
  letters: Map<string, DeadLetter[]>;
  openings: ChunkOpening[];
  panes: ChunkPanes[];
  outcomes: OutcomeRow[];
  facts: FactBlock[];
  ledger: LedgerRow[];
  /** What is stored once this plan is: positions to tell the log, by topic. */
  readonly positions: Map<string, { partition: number; position: number }[]>;
}

export interface FlushReport {
  readonly paneRows: number;
  readonly factRows: number;
  readonly ledgerRows: number;
  readonly deadLetters: number;
  readonly durationMs: number;
  /** Pane rows that hold folded series, by metric. */
  readonly foldedRows: ReadonlyMap<string, number>;
  /** Hint for the log, by topic. */
  readonly positions: ReadonlyMap<string, readonly { partition: number; position: number }[]>;
}

/** A step was not acknowledged; what it wrote may or may not have landed. Flushing again repeats the whole plan. */
export class FlushError extends Error {
  constructor(
    readonly step: FlushStep,
    cause: unknown,
  ) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`flush failed while writing ${step}: ${why}; it will be repeated`, { cause });
    this.name = 'FlushError';
  }
}

export function emptyPlan(): FlushPlan {
  return {
    held: new Map(),
    checked: false,
    advances: [],
    letters: new Map(),
    openings: [],
    panes: [],
    outcomes: [],
    facts: [],
    ledger: [],
    positions: new Map(),
  };
}

export function isEmpty(plan: FlushPlan): boolean {
  const { advances, letters, openings, panes, outcomes, facts, ledger } = plan;
  return (
    letters.size === 0 &&
    [advances, openings, panes, outcomes, facts, ledger].every((rows) => rows.length === 0)
  );
}

export function reportOf(plan: FlushPlan, durationMs: number): FlushReport {
  return {
    paneRows: plan.panes.reduce((sum, { rows }) => sum + rows.length, 0),
    factRows: plan.facts.reduce((sum, { count }) => sum + count, 0),
    ledgerRows: plan.ledger.length,
    deadLetters: [...plan.letters.values()].reduce((sum, letters) => sum + letters.length, 0),
    durationMs,
    foldedRows: foldedRowsOf(plan),
    positions: plan.positions,
  };
}

function foldedRowsOf({ panes }: FlushPlan): ReadonlyMap<string, number> {
  const folded = new Map<string, number>();
  for (const { rows } of panes)
    for (const { metric, partial } of rows) if (partial) folded.set(metric, (folded.get(metric) ?? 0) + 1);
  return folded;
}

/** Where the steps of a flush go. */
export interface FlushTargets {
  readonly store: MetricStore;
  readonly deadLetters: DeadLetterSink;
  /** Name of this instance. */
  readonly owner: string;
  /** Somebody may go on: an advance took effect, or will never. */
  readonly wake: () => void;
}

/**
 * Stores a plan, step by step; each waits for the acknowledgement of the one before.
 * 1. clock advances and openings: stored before they take effect, and before any row that depends on them
 * 2. claims: what somebody else has claimed since it was read is dropped; see `dropLost`
 * 3. dead letters: acknowledged before the ledger passes their offsets
 * 4. panes, outcomes and facts, in any order
 * 5. ledger: only now do the rows count as stored
 * 6. (by the caller) the commit to Kafka, a hint
 * @throws FlushError naming the step
 */
export async function runFlush(plan: FlushPlan, targets: FlushTargets): Promise<void> {
  const { store, deadLetters } = targets;
  await step('clock advances', plan.advances.length > 0, () => store.writeClockAdvances(plan.advances));
  await step('openings', plan.openings.length > 0, () => store.writeOpenings(plan.openings));
  await step('claims', !plan.checked, () => dropLost(plan, targets));
  await step('dead letters', plan.letters.size > 0, async () => {
    for (const [topic, letters] of plan.letters) await deadLetters.write(topic, letters);
  });
  await step('rows', true, async () => {
    await settled([
      plan.panes.length > 0 && store.writePanes(plan.panes),
      plan.outcomes.length > 0 && store.writeOutcomes(plan.outcomes),
      plan.facts.length > 0 && store.writeFacts(plan.facts),
    ]);
  });
  await step('ledger', plan.ledger.length > 0, () => store.writeLedger(plan.ledger));
}

/**
 * Everything in the plan was read before this look at the claims. So what is left in it lies before any position at
 * which a later owner can have proven the log's end and advanced the clock, and that owner, which claims before it
 * loads, knows the advances and openings that were stored just now. It may land as late as it likes.
 */
async function dropLost(plan: FlushPlan, { store, owner, wake }: FlushTargets): Promise<void> {
  const processors = [...plan.held.keys()];
  const ours = await stillHeld(store, owner, processors);
  const lost = processors.filter((processor) => !ours.has(processor));
  const kept = ({ source }: { source: SourcePartition }): boolean =>
    !lost.some((processor) => sameSource(processor.source, source));
  if (lost.length > 0) {
    plan.advances = plan.advances.filter(kept);
    plan.openings = plan.openings.filter(kept);
    plan.panes = plan.panes.filter(kept);
    plan.outcomes = plan.outcomes.filter(kept);
    plan.facts = plan.facts.filter(kept);
    plan.ledger = plan.ledger.filter(kept);
    for (const [topic, positions] of plan.positions)
      plan.positions.set(
        topic,
        positions.filter(
          ({ partition }) =>
            !lost.some(({ source }) => source.topic === topic && source.partition === partition),
        ),
      );
  }
  for (const [processor, advancedMs] of plan.held) {
    if (lost.includes(processor)) processor.supersede();
    else if (advancedMs !== undefined) processor.advanced(advancedMs);
    if (advancedMs !== undefined) processor.advancing = false;
  }
  plan.checked = true;
  wake();
}

async function step(name: FlushStep, needed: boolean, write: () => Promise<void>): Promise<void> {
  if (!needed) return;
  try {
    await write();
  } catch (error) {
    throw new FlushError(name, error);
  }
}
