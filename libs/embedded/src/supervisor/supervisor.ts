import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { ChildExit, OutputSink } from './child.js';
import { RotatingLog } from './rotating-log.js';

/** A program that serves. */
export interface RunningUnit {
  readonly exited: Promise<ChildExit>;
  /** Asks it to stop and kills it after `limitMs`; resolves when it is gone. */
  stop(limitMs: number): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

/** Something that can be started again and again; `start` resolves when it serves. */
export interface Unit {
  /** Short and fixed: names the log file and stands in messages. */
  readonly name: string;
  start(output: OutputSink): Promise<RunningUnit>;
}

export type SupervisorEvent =
  | { readonly kind: 'died'; readonly name: string; readonly exit: ChildExit; readonly againInMs: number }
  | { readonly kind: 'serves-again'; readonly name: string }
  | {
      readonly kind: 'start-failed';
      readonly name: string;
      readonly reason: string;
      readonly againInMs: number;
    };

export interface SupervisorOptions {
  /** Output of each unit goes to `<name>.log` here. */
  readonly logFolder: string;
  readonly onEvent: (event: SupervisorEvent) => void;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** A run as long as this starts the pauses anew. */
  readonly healthyMs?: number;
}

/**
 * Keeps units running: one that dies is started again after a pause that doubles from 1 s to 30 s, without
 * end. Start and stop follow the order of the calls.
 */
export class Supervisor {
  readonly #options: Required<SupervisorOptions>;
  readonly #running = new Map<string, RunningUnit>();
  readonly #logs = new Map<string, RotatingLog>();
  readonly #stopping = new AbortController();

  constructor(options: SupervisorOptions) {
    this.#options = { firstPauseMs: 1_000, longestPauseMs: 30_000, healthyMs: 60_000, ...options };
  }

  /** Starts a unit; resolves when it serves, rejects when this first start fails. */
  async start(unit: Unit): Promise<void> {
    const running = await this.#launch(unit);
    void this.#keep(unit, running);
  }

  /** Stops these units together within `limitMs`; each is not started again. Names unknown or gone are fine. */
  async stop(names: readonly string[], limitMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.all(names.map((name) => this.#running.get(name)?.stop(limitMs)));
  }

  /** Ends all units at once. */
  kill(): void {
    this.#stopping.abort();
    for (const unit of this.#running.values()) unit.kill();
  }

  async #launch(unit: Unit): Promise<RunningUnit> {
    if (this.#stopping.signal.aborted)
      throw new Error(`${unit.name} is not started: everything is being stopped`);
    let log = this.#logs.get(unit.name);
    if (!log) {
      log = new RotatingLog(join(this.#options.logFolder, `${unit.name}.log`));
      this.#logs.set(unit.name, log);
    }
    const running = await unit.start(log);
    if (this.#stopping.signal.aborted) running.kill();
    this.#running.set(unit.name, running);
    return running;
  }

  async #keep(unit: Unit, first: RunningUnit): Promise<void> {
    const { firstPauseMs, longestPauseMs, healthyMs, onEvent } = this.#options;
    const { signal } = this.#stopping;
    const { name } = unit;
    let pauseMs = firstPauseMs;
    let running: RunningUnit | undefined = first;
    let startedAt = performance.now();
    for (;;) {
      if (running) {
        const exit = await running.exited;
        this.#running.delete(name);
        if (signal.aborted) return;
        if (performance.now() - startedAt > healthyMs) pauseMs = firstPauseMs;
        onEvent({ kind: 'died', name, exit, againInMs: pauseMs });
      }
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      startedAt = performance.now();
      try {
        running = await this.#launch(unit);
        if (!signal.aborted) onEvent({ kind: 'serves-again', name });
      } catch (error) {
        running = undefined;
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        onEvent({ kind: 'start-failed', name, reason, againInMs: pauseMs });
      }
    }
  }
}
