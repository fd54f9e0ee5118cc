import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as chunkCut from '../chunk-cut.js';
import type * as ownership from '../ownership.js';
import { PartitionProcessor } from '../partition.js';
import type { ClockAdvance, DeadLetterSink, MetricStore } from '../ports.js';
import type * as resume from '../resume.js';
import { REVISIONS } from './fakes.js';
import type { SimulationOptions } from './simulation.js';
import { simulate } from './simulation.js';

/** Each safeguard is switched off alone: a schedule among these must then end in a difference. */
const MOST_SCHEDULES = 1_500;

const off = vi.hoisted(() => ({ resumeAtChunkStart: false, pureCuts: false, claims: false, owner: 0 }));

vi.mock('../resume.js', async (original) => {
  const real = await original<typeof resume>();
  return {
    ...real,
    planResume: (...given: Parameters<typeof real.planResume>) => {
      const plan = real.planResume(...given);
      const stored = plan.kind === 'resume' ? plan.stored.get(plan.chunk) : undefined;
      if (!off.resumeAtChunkStart || plan.kind !== 'resume' || stored === undefined) return plan;
      const position = Math.max(plan.position, Math.min(stored.panesThrough, stored.factsThrough) + 1);
      return { ...plan, position, checks: [] };
    },
  };
});

vi.mock('../chunk-cut.js', async (original) => {
  const real = await original<typeof chunkCut>();
  return {
    ...real,
    cutBefore: (...given: Parameters<typeof real.cutBefore>) => {
      const cut = real.cutBefore(...given);
      if (!off.pureCuts || cut !== undefined || given[1] === undefined) return cut;
      const [start, , offset] = given;
      // An owner that cuts by what it happens to have in hand.
      off.owner = (off.owner * 31 + 7) % 101;
      return offset > start + 3 && off.owner < 10 ? { end: offset - 1, nextStart: offset } : undefined;
    },
  };
});

vi.mock('../ownership.js', async (original) => {
  const real = await original<typeof ownership>();
  return {
    ...real,
    stillHeld: (...given: Parameters<typeof real.stillHeld>) =>
      off.claims ? Promise.resolve(new Set(given[2])) : real.stillHeld(...given),
  };
});

afterEach(() => {
  off.claims = false;
  off.resumeAtChunkStart = false;
  off.pureCuts = false;
  vi.restoreAllMocks();
});

async function fails(
  options: Omit<SimulationOptions, 'seed'> = {},
  schedules = MOST_SCHEDULES,
): Promise<boolean> {
  for (let seed = 1; seed <= schedules; seed += 1) {
    const differences = await simulate({ seed, ...options }).catch((error: unknown) => [String(error)]);
    if (differences.length > 0) return true;
  }
  return false;
}

function altered(
  changes: (store: MetricStore) => Partial<MetricStore>,
): Pick<SimulationOptions, 'alterStore'> {
  return {
    alterStore: (store) => {
      const change = changes(store) as Record<string | symbol, unknown>;
      return new Proxy(store, { get: (target, name) => change[name] ?? Reflect.get(target, name) });
    },
  };
}

describe('without a safeguard the simulation fails', () => {
  it('with all of them it does not', async () => {
    expect(await fails({}, 100)).toBe(false);
  }, 120_000);

  it('the ledger is written after the panes', async () => {
    const unordered = altered((store) => ({
      writePanes: async (panes) => void store.writePanes(panes).catch(() => undefined),
    }));
    expect(await fails(unordered)).toBe(true);
  }, 120_000);

  it('the ledger is written after the facts', async () => {
    const unordered = altered((store) => ({
      writeFacts: async (blocks) => void store.writeFacts(blocks).catch(() => undefined),
    }));
    expect(await fails(unordered)).toBe(true);
  }, 120_000);

  it('a clock advance is stored before it takes effect', async () => {
    const unordered = altered((store) => {
      let held: ClockAdvance[] = [];
      let flushes = 0;
      return {
        writeClockAdvances: async (rows) => {
          held.push(...rows);
        },
        writeLedger: async (rows) => {
          await store.writeLedger(rows);
          if ((flushes += 1) % 8 > 0) return;
          const late = held;
          held = [];
          if (late.length > 0) await store.writeClockAdvances(late);
        },
      };
    });
    expect(await fails(unordered)).toBe(true);
  }, 120_000);

  it('an advance that lands after its owner was replaced moves nothing', async () => {
    const nameless = altered((store) => ({
      writeClockAdvances: (rows) =>
        store.writeClockAdvances(
          rows.filter(({ frontierMs }) => frontierMs >= 0).map((row) => ({ ...row, claim: 0, owner: '' })),
        ),
    }));
    expect(await fails(nameless)).toBe(true);
  }, 120_000);

  it('claims are looked at after reading and before rows are written', async () => {
    off.claims = true;
    expect(await fails()).toBe(true);
  }, 120_000);

  it('dead letters are acknowledged before the ledger passes them', async () => {
    const alterLetters = (letters: DeadLetterSink): DeadLetterSink => ({
      write: async (...given) => void letters.write(...given).catch(() => undefined),
    });
    expect(await fails({ alterLetters })).toBe(true);
  }, 120_000);

  it('an opened chunk keeps the frontier and the wall time of its opening', async () => {
    const forgetful = altered((store) => ({
      loadLedger: async (...given) =>
        (await store.loadLedger(...given)).map((ledger) => ({ ...ledger, openings: [] })),
    }));
    expect(await fails(forgetful)).toBe(true);
  }, 120_000);

  it('what retention took of an open chunk is counted from its facts', async () => {
    expect(await fails(altered(() => ({ readChunkFacts: async () => [] })))).toBe(true);
  }, 120_000);

  it('what retention took of an open chunk keeps its outcomes', async () => {
    expect(await fails(altered(() => ({ readChunkOutcomes: async () => [] })))).toBe(true);
  }, 120_000);

  it('a changed definition counts under a key of its own', async () => {
    const [, { name }] = REVISIONS;
    const revisions = [
      { name, factor: 1 },
      { name, factor: 1_000 },
    ] as const;
    expect(await fails({ revisions })).toBe(true);
  }, 120_000);

  it('the dedupe index is rebuilt from verdicts', async () => {
    const forgetful = altered(() => ({
      readVerdicts: async () => ({ count: 0, idHash: new Uint32Array(), offsets: new Float64Array() }),
    }));
    expect(await fails(forgetful)).toBe(true);
  }, 120_000);

  it('a partition resumes at the start of its open chunk', async () => {
    off.resumeAtChunkStart = true;
    expect(await fails()).toBe(true);
  }, 120_000);

  it('chunks end where the log says', async () => {
    off.pureCuts = true;
    expect(await fails()).toBe(true);
  }, 120_000);

  it('a batch is accepted only at exactly the next position', async () => {
    const process = PartitionProcessor.prototype.process;
    vi.spyOn(PartitionProcessor.prototype, 'process').mockImplementation(function (
      this: PartitionProcessor,
      batch,
    ) {
      if (this.halted === undefined) this.position = batch.firstOffset;
      return process.call(this, batch);
    });
    expect(await fails()).toBe(true);
  }, 120_000);
});
