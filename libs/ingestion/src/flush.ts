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
} from './ports.js';

export const FLUSH_STEPS = ['clock advances', 'dead letters', 'openings', 'rows', 'ledger'] as const;
export type FlushStep = (typeof FLUSH_STEPS)[number];

/** Everything that one flush stores. Each row is a pure function of the log, so the whole may be written again. */
export interface FlushPlan {
  readonly advances: ClockAdvance[];
  /** By dead-letter topic. */
  readonly letters: Map<string, DeadLetter[]>;
  readonly openings: ChunkOpening[];
  readonly panes: ChunkPanes[];
  readonly outcomes: OutcomeRow[];
  readonly facts: FactBlock[];
  readonly ledger: LedgerRow[];
  /** What is stored once this plan is: positions to tell the log, by topic. */
  readonly positions: Map<string, { partition: number; position: number }[]>;
}

export interface FlushReport {
  readonly paneRows: number;
  readonly factRows: number;
  readonly ledgerRows: number;
  readonly deadLetters: number;
  readonly durationMs: number;
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

/** Where the steps of a flush go. */
export interface FlushTargets {
  readonly store: MetricStore;
  readonly deadLetters: DeadLetterSink;
  /** Called once the advances are stored: from then on they take effect. */
  readonly advancesStored: () => void;
}

/**
 * Stores a plan, step by step; each waits for the acknowledgement of the one before.
 * 1. clock advances: stored before they take effect
 * 2. dead letters: acknowledged before the ledger passes their offsets
 * 3. openings: a chunk is opened before any of its rows exist
 * 4. panes, outcomes and facts, in any order
 * 5. ledger: only now do the rows count as stored
 * 6. (by the caller) the commit to Kafka, a hint
 * @throws FlushError naming the step
 */
export async function runFlush(plan: FlushPlan, targets: FlushTargets): Promise<void> {
  const { store, deadLetters } = targets;
  await step('clock advances', plan.advances.length > 0, () => store.writeClockAdvances(plan.advances));
  targets.advancesStored();
  await step('dead letters', plan.letters.size > 0, async () => {
    for (const [topic, letters] of plan.letters) await deadLetters.write(topic, letters);
  });
  await step('openings', plan.openings.length > 0, () => store.writeOpenings(plan.openings));
  await step('rows', true, async () => {
    // All of them are waited for, also when one fails: nothing of this plan is in flight when it is repeated.
    const results = await Promise.allSettled([
      plan.panes.length > 0 && store.writePanes(plan.panes),
      plan.outcomes.length > 0 && store.writeOutcomes(plan.outcomes),
      plan.facts.length > 0 && store.writeFacts(plan.facts),
    ]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  });
  await step('ledger', plan.ledger.length > 0, () => store.writeLedger(plan.ledger));
}

async function step(name: FlushStep, needed: boolean, write: () => Promise<void>): Promise<void> {
  if (!needed) return;
  try {
    await write();
  } catch (error) {
    throw new FlushError(name, error);
  }
}
