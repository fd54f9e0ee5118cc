import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SealedProgress } from '../archive/ports.js';
import { ChunkChain } from '../chunk-chain.js';
import type * as chunkCut from '../chunk-cut.js';
import { EndProof } from '../end-proof.js';
import type * as ownership from '../ownership.js';
import { PartitionProcessor } from '../partition.js';
import type {
  ChunkPanes,
  ClockAdvance,
  DeadLetterSink,
  FactBlock,
  LedgerRow,
  MetricStore,
  PartitionLedger,
} from '../ports.js';
import { RecordChecks } from '../record-checks.js';
import type * as resume from '../resume.js';
import { MemoryLog, MemoryStore } from '../testing/index.js';
import { MemoryArchive } from '../testing/memory-archive.js';
import { FakeAggregator, OTHER, REVISIONS } from './fakes.js';
import { SCENES } from './scenes.js';
import { simulate, type SimulationOptions } from './simulation.js';

/** Where no seed is given, or it does not fail any more, the first one up to here that does is told. */
const MOST_SCHEDULES = 3_000;

const off = vi.hoisted(() => ({
  resumeAtChunkStart: false,
  pureCuts: false,
  claims: false,
  draw: 0,
}));

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
      off.draw = (off.draw * 31 + 7) % 101;
      return offset > start + 3 && off.draw < 10 ? { end: offset - 1, nextStart: offset } : undefined;
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
  Object.assign(off, {
    resumeAtChunkStart: false,
    pureCuts: false,
    claims: false,
    draw: 0,
  });
  vi.restoreAllMocks();
});

type Without = Omit<SimulationOptions, 'seed'>;

/** As they are before any test spies on them: a spy that called itself would fail for a reason of its own. */
const honest = {
  process: PartitionProcessor.prototype.process,
  observeEnd: PartitionProcessor.prototype.observeEnd,
  describe: MemoryLog.prototype.describe,
};

/** Puts other methods into the store that an engine talks to. */
function altered(changes: (store: MetricStore) => Partial<MetricStore>): Without {
  return {
    alterStore: (store) => {
      const change = changes(store) as Record<string | symbol, unknown>;
      return new Proxy(store, { get: (target, name) => change[name] ?? Reflect.get(target, name) });
    },
  };
}

function switched(name: Exclude<keyof typeof off, 'draw'>): () => Without {
  return () => {
    off[name] = true;
    return {};
  };
}

function unordered(method: 'writePanes' | 'writeFacts'): () => Without {
  return () =>
    altered((store) => ({
      [method]: async (rows: never) => void store[method](rows).catch(() => undefined),
    }));
}

/** A ledger with the last write of a chunk instead of the maxima. */
class LastWriteWins extends MemoryStore {
  override writeLedger(rows: readonly LedgerRow[]): Promise<void> {
    return super.writeLedger(rows, true);
  }
}

/** Panes with the last write of a row instead of the longest. */
class LastPaneWins extends MemoryStore {
  override writePanes(chunks: readonly ChunkPanes[]): Promise<void> {
    return super.writePanes(chunks.map((each) => ({ ...each, through: Number.MAX_SAFE_INTEGER })));
  }
}

/** Facts with the last event of an id instead of one row an offset. */
class FactsById extends MemoryStore {
  override writeFacts(blocks: readonly FactBlock[]): Promise<void> {
    return super.writeFacts(blocks, true);
  }
}

/** Advances of all claims instead of those of the highest. */
class EveryAdvance extends MemoryStore {
  override async loadLedger(topic: string, partitions: readonly number[]): Promise<PartitionLedger[]> {
    return (await super.loadLedger(topic, partitions)).map((ledger) => ({
      ...ledger,
      advances: this.advancesOf(ledger.source).filter(({ frontierMs }) => frontierMs >= 0),
    }));
  }
}

interface Safeguard {
  /** Of the protocol. */
  readonly rule: number;
  readonly safeguard: string;
  /** A schedule that fails without it: a seed, or a script where random ones seldom meet the situation. */
  readonly schedule: number | keyof typeof SCENES;
  readonly without: () => Without;
}

const SAFEGUARDS: readonly Safeguard[] = [
  {
    rule: 1,
    safeguard: 'stored records are compared with the log',
    schedule: 1127,
    without: () => {
      vi.spyOn(RecordChecks.prototype, 'verify').mockReturnValue(undefined);
      vi.spyOn(RecordChecks.prototype, 'passed').mockReturnValue(undefined);
      vi.spyOn(PartitionProcessor.prototype, 'observeEnd').mockImplementation(function (
        this: PartitionProcessor,
        end,
      ) {
        this.proof.observe(end, this.position);
      });
      return {};
    },
  },
  {
    rule: 1,
    safeguard: 'a log that ends before where it ended once is another one',
    schedule: 'another log that is long enough',
    without: () => {
      vi.spyOn(PartitionProcessor.prototype, 'observeEnd').mockImplementation(function (
        this: PartitionProcessor,
        ...given
      ) {
        this.highWatermark = 0;
        honest.observeEnd.apply(this, given);
      });
      return {};
    },
  },
  {
    rule: 1,
    safeguard: 'a state that is kept over an assignment is compared with the log',
    schedule: 'a kept state and another log',
    without: () => {
      vi.spyOn(PartitionProcessor.prototype, 'compareAgain').mockImplementation(function (
        this: PartitionProcessor,
      ) {
        return this.position;
      });
      return {};
    },
  },
  {
    rule: 1,
    safeguard: 'a life that an operator ended is read no more',
    schedule: 'a partition that comes back',
    without: () =>
      altered((store) => ({
        loadLedger: async (...given) =>
          (await store.loadLedger(...given)).map((ledger) => ({ ...ledger, retired: false })),
      })),
  },
  {
    rule: 2,
    safeguard: 'a compacted topic is refused',
    schedule: 21,
    without: () => {
      vi.spyOn(MemoryLog.prototype, 'describe').mockImplementation(async function (this: MemoryLog, topic) {
        const description = await honest.describe.call(this, topic);
        return description === undefined ? undefined : { ...description, compacted: false };
      });
      return {};
    },
  },
  { rule: 3, safeguard: 'chunks end where the log says', schedule: 0, without: switched('pureCuts') },
  {
    rule: 4,
    safeguard: 'claims are looked at after reading and before rows are written',
    schedule: 2407,
    without: switched('claims'),
  },
  {
    rule: 4,
    safeguard: 'no two owners go on with the same claim',
    schedule: 'two claims of one number',
    without: () =>
      altered((store) => ({
        highestClaims: async (...given) =>
          (await store.highestClaims(...given)).map((claim) => ({ ...claim, contested: false })),
      })),
  },
  {
    rule: 4,
    safeguard: 'what a lower claim opens after a higher one has begun is void',
    schedule: 'an opening of a start that was not taken',
    without: () =>
      altered((store) => ({
        loadLedger: async (...given) =>
          (await store.loadLedger(...given)).map((ledger) => ({ ...ledger, begunClaim: 0 })),
      })),
  },
  {
    rule: 4,
    safeguard: 'the ledger keeps maxima',
    schedule: 61,
    without: () => ({ makeStore: () => new LastWriteWins() }),
  },
  {
    rule: 5,
    safeguard: 'a batch is accepted only at exactly the next position',
    schedule: 86,
    without: () => {
      vi.spyOn(PartitionProcessor.prototype, 'process').mockImplementation(function (
        this: PartitionProcessor,
        batch,
      ) {
        if (this.halted === undefined) this.position = batch.firstOffset;
        return honest.process.call(this, batch);
      });
      return {};
    },
  },
  {
    rule: 5,
    safeguard: 'of two rows of a key the longer one stays',
    schedule: 148,
    without: () => ({ makeStore: () => new LastPaneWins() }),
  },
  {
    rule: 6,
    safeguard: 'the ledger is written after the panes',
    schedule: 34,
    without: unordered('writePanes'),
  },
  {
    rule: 6,
    safeguard: 'the ledger is written after the facts',
    schedule: 147,
    without: unordered('writeFacts'),
  },
  {
    rule: 7,
    safeguard: 'a partition resumes at the start of its open chunk',
    schedule: 7,
    without: switched('resumeAtChunkStart'),
  },
  {
    rule: 7,
    safeguard: 'what retention took unstored is recorded as a gap',
    schedule: 12,
    without: () => altered(() => ({ writeGap: async () => undefined })),
  },
  {
    rule: 7,
    safeguard: 'what retention took of an open chunk is counted from its facts',
    schedule: 52,
    without: () => altered(() => ({ readChunkFacts: async () => [] })),
  },
  {
    rule: 7,
    safeguard: 'what retention took of an open chunk keeps its outcomes',
    schedule: 169,
    without: () => altered(() => ({ readChunkOutcomes: async () => [] })),
  },
  {
    rule: 8,
    safeguard: 'facts are one row an offset, not one an id',
    schedule: 1,
    without: () => ({ makeStore: () => new FactsById() }),
  },
  {
    rule: 9,
    safeguard: 'the dedupe index is rebuilt from verdicts',
    schedule: 239,
    without: () =>
      altered(() => ({
        readVerdicts: async () => ({ count: 0, idHash: new Uint32Array(), offsets: new Float64Array() }),
      })),
  },
  {
    rule: 11,
    safeguard: 'a changed definition counts under a key of its own',
    schedule: 11,
    without: () => {
      const [, { name }] = REVISIONS;
      return {
        revisions: [
          { name, factor: 1 },
          { name, factor: 1_000 },
        ],
      };
    },
  },
  {
    rule: 12,
    safeguard: 'a chunk folds from empty',
    schedule: 0,
    without: () => {
      const seen = new Set<string>();
      vi.spyOn(FakeAggregator.prototype, 'seriesOf').mockImplementation((pane, region) => {
        const own = [...seen].filter((each) => each.startsWith(`${pane}/`));
        if (own.length >= 2 && !seen.has(`${pane}/${region}`)) return OTHER;
        seen.add(`${pane}/${region}`);
        return region;
      });
      return {};
    },
  },
  {
    rule: 13,
    safeguard: 'a clock advance is stored before it takes effect',
    schedule: 7,
    without: () =>
      altered((store) => {
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
      }),
  },
  {
    rule: 13,
    safeguard: 'a rebuild replays the advances of the clock where they were stored',
    schedule: 20,
    without: () =>
      altered((store) => ({
        loadLedger: async (...given) =>
          (await store.loadLedger(...given)).map((ledger) => ({ ...ledger, advances: [] })),
      })),
  },
  {
    rule: 14,
    safeguard: 'the clock advances at most to the time at which the end was asked for',
    schedule: 1,
    without: () => {
      const observe = EndProof.prototype.observe;
      vi.spyOn(EndProof.prototype, 'observe').mockImplementation(function (this: EndProof, end, position) {
        observe.call(this, { ...end, askedAtMs: end.askedAtMs + 60_000 }, position);
      });
      return {};
    },
  },
  {
    rule: 13,
    safeguard: 'of the advances of several owners only those of the highest claim count',
    schedule: 'an advance that lands late',
    without: () => ({ makeStore: () => new EveryAdvance() }),
  },
  {
    rule: 13,
    safeguard: 'an opened chunk keeps the frontier and the wall time of its opening',
    schedule: 10,
    without: () =>
      altered((store) => ({
        loadLedger: async (...given) =>
          (await store.loadLedger(...given)).map((ledger) => ({ ...ledger, openings: [] })),
      })),
  },
  {
    rule: 13,
    safeguard: "the clamp of future events goes by the log's time, not by the reader's clock",
    schedule: 1,
    without: () => {
      vi.spyOn(ChunkChain.prototype, 'latestSaneMs').mockImplementation(function (this: ChunkChain) {
        const { clock, limits } = this.options;
        return clock.nowMs() + limits.futureClampMs;
      });
      return {};
    },
  },
  {
    rule: 14,
    safeguard: 'an open transaction holds the end back',
    schedule: 1,
    without: () => {
      const observe = EndProof.prototype.observe;
      vi.spyOn(EndProof.prototype, 'observe').mockImplementation(function (this: EndProof, end, position) {
        observe.call(this, { ...end, highWatermark: end.lastStable }, position);
      });
      return {};
    },
  },
  {
    rule: 18,
    safeguard: 'readers ignore chunk rows within what is archived',
    schedule: 4,
    without: () => ({
      makeArchive: class extends MemoryArchive {
        protected override isBeyond(): boolean {
          return true;
        }
      },
    }),
  },
  {
    rule: 18,
    safeguard: 'archived rows count only when the attempt that wrote them switched readers',
    schedule: 6,
    without: () => ({
      makeArchive: class extends MemoryArchive {
        protected override counted(): ReturnType<MemoryArchive['counted']> {
          return this.everyAttempt;
        }
      },
    }),
  },
  {
    rule: 18,
    safeguard: 'a step switches readers only from the state that it was merged from',
    schedule: 53,
    without: () => ({
      makeArchive: class extends MemoryArchive {
        protected override isHead(): boolean {
          return true;
        }
      },
    }),
  },
  {
    rule: 16,
    safeguard: 'an opening stands for the panes before it',
    schedule: 0,
    without: () => ({
      makeArchive: class extends MemoryArchive {
        protected override isSince(): boolean {
          return true;
        }
      },
    }),
  },
  {
    rule: 18,
    safeguard: 'only chunks that are stored to their end are archived',
    schedule: 246,
    without: () => ({
      makeArchive: class extends MemoryArchive {
        override async readSealed(topic: string): Promise<SealedProgress> {
          const progress = await super.readSealed(topic);
          const open = ({ source, chunk, through }: SealedProgress['sealed'][number]) => {
            return { source, chunk: chunk + 20, through };
          };
          return { ...progress, sealed: progress.sealed.map(open) };
        }
      },
    }),
  },
  {
    rule: 21,
    safeguard: 'dead letters are acknowledged before the ledger passes them',
    schedule: 180,
    without: () => ({
      alterLetters: (letters: DeadLetterSink): DeadLetterSink => ({
        write: async (...given) => void letters.write(...given).catch(() => undefined),
      }),
    }),
  },
];

/** What differs at the end of a schedule; a failure of the engine itself counts. */
function outcomeOf(schedule: Safeguard['schedule'], options: Without): Promise<string[]> {
  const run =
    typeof schedule === 'number' ? simulate({ seed: schedule, ...options }) : SCENES[schedule](options);
  return run.catch((error: unknown) => [String(error)]);
}

async function differs(schedule: Safeguard['schedule'], without: () => Without): Promise<boolean> {
  return (await outcomeOf(schedule, without())).length > 0;
}

async function firstThatDiffers(without: () => Without): Promise<number> {
  for (let seed = 1; seed <= MOST_SCHEDULES; seed += 1) if (await differs(seed, without)) return seed;
  return -1;
}

describe('without a safeguard its schedule fails', () => {
  it.each(SAFEGUARDS)(
    'rule $rule: $safeguard ($schedule)',
    async ({ schedule, without }) => {
      expect(await outcomeOf(schedule, {})).toEqual([]);
      if (await differs(schedule, without)) return;
      expect(await firstThatDiffers(without), 'the first seed that fails').toBe(schedule);
    },
    600_000,
  );
});
