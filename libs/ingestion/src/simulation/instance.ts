import type { AssignmentLog } from '../assignment.js';
import { IngestEngine } from '../engine.js';
import type { EngineLimits } from '../limits.js';
import type { Clock, DeadLetterSink, MetricStore } from '../ports.js';
import { type MemoryDeadLetters, type MemoryLog, type MemoryStore } from '../testing/index.js';
import type { SourceSpec } from '../source-spec.js';
import { silentEvents } from './fakes.js';
import type { Random } from './random.js';

/** A call that has not been answered: the schedule decides when it happens, and whether its answer arrives. */
interface PendingCall {
  readonly name: string;
  readonly isWrite: boolean;
  readonly perform: () => Promise<unknown>;
  readonly answer: (result: unknown) => void;
  readonly fail: (error: Error) => void;
}

export interface InstanceOptions {
  readonly name: string;
  readonly source: SourceSpec;
  readonly random: Random;
  readonly store: MemoryStore;
  readonly log: MemoryLog;
  readonly letters: MemoryDeadLetters;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  /** The broker's answers wait their turn, too. */
  readonly isLogSlow: boolean;
  /** Puts something between an engine and what it talks to. */
  readonly alter: (store: MetricStore) => MetricStore;
  readonly alterLetters: (letters: DeadLetterSink) => DeadLetterSink;
  /** Told of every write when it is stored. */
  readonly stored: (method: string, rows: unknown) => void;
  /** Told of every write that was stored, with a way to store it once more. */
  readonly repeatable: (write: () => Promise<unknown>) => void;
}

/** One ingest process: its engine talks to the shared store through calls that the schedule answers, loses or fails. */
export class Instance {
  readonly engine: IngestEngine;
  readonly positions = new Map<number, number>();
  readonly reading = new Set<number>();
  flushing = false;
  assigning = false;
  /** Stopped in the middle of everything; it will wake up and go on as if nothing had happened. */
  frozen = false;
  /** The topic was recreated while it was frozen: it joins its group anew before it reads. */
  mustRejoin = false;
  private readonly topic: string;
  private readonly random: Random;
  private calls: PendingCall[] = [];
  /** Performed, answer on its way. */
  private answers: (() => void)[] = [];

  constructor(private readonly options: InstanceOptions) {
    const { source, store, log, letters, clock, limits, isLogSlow, alter, alterLetters } = options;
    this.random = options.random;
    this.topic = source.contract.topic;
    this.engine = new IngestEngine({
      sources: [source],
      store: alter(this.through(store)),
      log: isLogSlow ? this.slowly(log, clock) : log,
      deadLetters: alterLetters(this.through<DeadLetterSink>(letters)),
      clock,
      owner: options.name,
      events: silentEvents,
      limits,
    });
  }

  get waiting(): number {
    return this.calls.length + this.answers.length;
  }

  /** Lets one of the calls go on. */
  async step(faults: boolean): Promise<void> {
    if (this.answers.length > 0 && (this.calls.length === 0 || this.random.chance(0.5))) {
      this.answers.splice(this.random.between(0, this.answers.length), 1)[0]?.();
      return;
    }
    const call = this.calls.splice(this.random.between(0, this.calls.length), 1)[0];
    if (call === undefined) return;
    if (faults && this.random.chance(0.05)) return call.fail(new Error(`${call.name} was refused`));
    const result = await call.perform();
    if (call.isWrite) this.options.repeatable(call.perform);
    const lost = faults && call.isWrite && this.random.chance(0.05);
    this.answers.push(() =>
      lost ? call.fail(new Error(`the answer to ${call.name} was lost`)) : call.answer(result),
    );
  }

  /** Kills the process. @returns writes that are on their way and may still land */
  crash(): (() => Promise<unknown>)[] {
    const onTheirWay = this.calls.filter(({ isWrite }) => isWrite).map(({ perform }) => perform);
    this.calls = [];
    this.answers = [];
    return onTheirWay;
  }

  assign(partitions: readonly number[]): void {
    this.assigning = true;
    this.positions.clear();
    this.engine.assign(this.topic, partitions).then(
      (positions) => {
        this.positions.clear();
        for (const [partition, position] of positions) this.positions.set(partition, position);
        this.assigning = false;
      },
      () => {
        this.assigning = false;
      },
    );
  }

  /** Fetches and processes once, sometimes from a position that nobody asked for. */
  read(partition: number, misplaced: boolean): void {
    const position = this.positions.get(partition);
    if (position === undefined || this.reading.has(partition)) return;
    const from = misplaced ? Math.max(0, position + this.random.between(-12, 6)) : position;
    const batch = this.options.log.fetch(this.topic, partition, from, this.random.between(1, 25));
    if (batch.count === 0 && batch.nextOffset === from) return;
    this.reading.add(partition);
    void this.engine.process(this.topic, batch).then((answer) => {
      this.reading.delete(partition);
      if (answer.kind === 'accepted') this.positions.set(partition, batch.nextOffset);
      else if (answer.kind === 'seek') this.positions.set(partition, answer.position);
      else this.positions.delete(partition);
    });
  }

  flush(withFacts: boolean): void {
    if (this.flushing) return;
    this.flushing = true;
    const done = (): void => {
      this.flushing = false;
    };
    this.engine.flush(withFacts).then(done, done);
  }

  async observeEnds(): Promise<void> {
    this.engine.observeEnds(this.topic).catch(() => undefined);
    await new Promise(setImmediate);
  }

  /** Questions to the broker wait their turn, too; each answer says when it was asked for. */
  private slowly(log: MemoryLog, clock: Clock): AssignmentLog {
    const slow = this.through<AssignmentLog>(log);
    return {
      describe: (topic) => slow.describe(topic),
      positionsOf: (...given) => slow.positionsOf(...given),
      ends: async (...given) => {
        const askedAtMs = clock.nowMs();
        return (await slow.ends(...given)).map((end) => ({ ...end, askedAtMs }));
      },
    };
  }

  private through<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
        return (...given: unknown[]) =>
          new Promise((answer, fail) => {
            const perform = (): Promise<unknown> => {
              const done = method.apply(target, given);
              this.options.stored(String(name), given[0]);
              return done;
            };
            this.calls.push({
              name: String(name),
              isWrite: String(name).startsWith('write'),
              perform,
              answer,
              fail,
            });
          });
      },
    });
  }
}
