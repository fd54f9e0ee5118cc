import type { MetricDefinition } from '@freshet/metrics';
import { Archiver } from '../archive/archiver.js';
import type { ArchiveStore } from '../archive/ports.js';
import { levelsOf, MemoryArchive, merged } from '../testing/memory-archive.js';
import { METRIC, PANE_MS, REVISIONS } from './fakes.js';
import { TOPIC } from './options.js';
import { Random } from './random.js';
import type { World } from './world.js';

const HOUR_MS = 3_600_000;

/** Schedules with this trait count the second revision from the beginning: nobody fills the past of one here. */
const DEFINITION = {
  name: METRIC,
  revision: REVISIONS[1].name,
  measure: { kind: 'runningTotal', plus: { kind: 'count' } },
  lateness: { watermarkDelayMs: 5_000, allowedMs: 120_000 },
  window: { kind: 'tumbling', sizeMs: PANE_MS, everyMs: PANE_MS },
} as unknown as MetricDefinition;

interface PendingCall {
  readonly isWrite: boolean;
  readonly perform: () => Promise<unknown>;
  readonly answer: (result: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** One process that archives; the schedule answers its calls, or loses them. */
class Actor {
  private calls: PendingCall[] = [];
  private isBusy = false;
  private readonly archiver: Archiver;

  constructor(
    private readonly random: Random,
    private readonly store: ArchiveStore,
    nowMs: () => number,
    private readonly repeatable: (write: () => Promise<unknown>) => void,
  ) {
    this.archiver = new Archiver({
      store: this.through(),
      metric: DEFINITION,
      topic: TOPIC,
      clock: { nowMs },
      newAttempt: () => String(random.between(1, 1_000_000_000)),
      // Panes that are not final yet, too: what is archived is right whatever comes after.
      limits: {
        afterMs: -random.between(1, 4) * HOUR_MS,
        rows: random.between(1, 40),
        everyMs: 0,
        settleMs: 0,
        graceMs: 0,
      },
    });
  }

  async step(): Promise<void> {
    if (!this.isBusy) {
      this.isBusy = true;
      const done = (): void => {
        this.isBusy = false;
      };
      this.archiver.pass().then(done, done);
      return;
    }
    const { random } = this;
    const [call] = this.calls.splice(random.between(0, this.calls.length), 1);
    if (call === undefined) return;
    if (random.chance(0.05)) return call.fail(new Error('refused'));
    const result = await call.perform();
    if (call.isWrite && random.chance(0.2)) this.repeatable(call.perform);
    if (call.isWrite && random.chance(0.1)) call.fail(new Error('the answer was lost'));
    else call.answer(result);
  }

  /** @returns writes that are on their way and may still land */
  crash(): (() => Promise<unknown>)[] {
    return this.calls.splice(0).flatMap(({ isWrite, perform }) => (isWrite ? [perform] : []));
  }

  private through(): ArchiveStore {
    return new Proxy(this.store, {
      get: (store, name) => {
        const method = Reflect.get(store, name) as (...given: unknown[]) => Promise<unknown>;
        const isWrite = /^(write|remove)/.test(String(name));
        return (...given: unknown[]) =>
          new Promise((answer, fail) => {
            this.calls.push({ isWrite, perform: () => method.apply(store, given), answer, fail });
          });
      },
    });
  }
}

/**
 * Processes that archive, beside a schedule and without a part in it: they crash at every await, several at once, and
 * what they wrote lands late, or twice. Between any of their steps readers see what they would see without them.
 */
export class Archiving {
  readonly archive: MemoryArchive;
  /** What a reader saw that was wrong. */
  readonly lies = new Set<string>();
  private readonly random: Random;
  private actors: Actor[] = [];
  private ghosts: (() => Promise<unknown>)[] = [];

  constructor(
    private readonly world: Pick<World, 'store' | 'timeMs' | 'lossy' | 'before'>,
    seed: number,
    make: typeof MemoryArchive = MemoryArchive,
  ) {
    this.random = new Random(seed ^ 0x5f37);
    this.archive = new make(world.store, () => world.timeMs);
  }

  async step(most: number): Promise<void> {
    const { random } = this;
    for (let n = random.between(0, most); n > 0; n -= 1) {
      const dice = random.next();
      if (dice < 0.03 && this.actors.length < 3) this.start();
      else if (dice < 0.05 && this.actors.length > 0)
        this.ghosts.push(...this.actors.splice(random.between(0, this.actors.length), 1)[0]!.crash());
      else if (dice < 0.1 && this.ghosts.length > 0)
        await this.ghosts.splice(random.between(0, this.ghosts.length), 1)[0]!();
      else if (this.actors.length > 0) await random.pick(this.actors).step();
      await settled();
    }
    if (random.chance(0.1)) await this.look();
  }

  /** Everything that was on its way lands. */
  async heal(): Promise<void> {
    for (let n = 0; n < 10; n += 1) await this.step(16);
    for (const actor of this.actors) this.ghosts.push(...actor.crash());
    for (const write of this.ghosts) {
      await write();
      await this.look();
    }
    await this.look();
  }

  /** Readers of the archive and readers of every chunk row see the same. */
  async look(): Promise<void> {
    const { revision } = DEFINITION;
    const { store, lossy, before } = this.world;
    // Where retention took what nobody had stored, sums of before may stay beside those of after: see `boundsOf`.
    if (lossy.size > 0 || (before?.lossy.size ?? 0) > 0) return;
    const panes = (await store.readPanes(METRIC)).filter(({ row }) => row.revision === revision);
    const whole = text(merged(panes));
    const seen = text(await this.archive.sums(METRIC, revision));
    if (whole !== seen) this.lies.add(`with the archive ${seen}, without it ${whole}`);
    const level = text(levelsOf(merged(panes)));
    for (const opened of (await this.archive.levels(METRIC, revision)).map(text))
      if (level !== opened) this.lies.add(`the level by an opening is ${opened}, without it ${level}`);
  }

  private start(): void {
    this.actors.push(
      new Actor(
        this.random,
        this.archive,
        () => this.world.timeMs,
        (write) => this.ghosts.push(write),
      ),
    );
  }
}

/** Lets every promise that can go on do so. */
function settled(): Promise<void> {
  return new Promise(setImmediate);
}

function text(sums: ReadonlyMap<string, { events: number; late: number; sum: bigint }>): string {
  return [...sums]
    .map(([key, { events, late, sum }]) => `${key}: ${events} (${late} late) = ${sum}`)
    .sort()
    .join(', ');
}
