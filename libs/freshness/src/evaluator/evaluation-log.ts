import type { Evaluation } from '@freshet/live-protocol';
import type { Finding } from '../alerts/finding.js';

/** Evaluations in a row with one outcome. Written again while it goes on: (subject, fromMs) names it. */
export interface EvaluationRun {
  readonly subject: string;
  /** Key of the alert that it belongs to. */
  readonly group: string;
  readonly outcome: Evaluation['outcome'];
  readonly fromMs: number;
  readonly untilMs: number;
  readonly count: number;
  /** Words of the newest. */
  readonly detail: string;
}

/** A run that goes on is written this often. */
const WRITE_EVERY_MS = 300_000;
/** One row never spans more than this. */
const LONGEST_RUN_MS = 86_400_000;

interface Open {
  run: EvaluationRun;
  writtenMs: number;
}

/** Packs the evaluations of every subject into runs; bounded by the number of subjects, and `MOST_READY` rows. */
export class EvaluationLog {
  readonly #open = new Map<string, Open>();
  #ready: EvaluationRun[] = [];

  add(nowMs: number, findings: readonly Finding[]): void {
    for (const { subject, group, outcome, detail } of findings) {
      const open = this.#open.get(subject);
      const goesOn =
        open !== undefined &&
        open.run.outcome === outcome &&
        open.run.group === group &&
        nowMs - open.run.fromMs < LONGEST_RUN_MS;
      if (goesOn) {
        open.run = { ...open.run, untilMs: nowMs, count: open.run.count + 1, detail };
        if (nowMs - open.writtenMs < WRITE_EVERY_MS) continue;
        open.writtenMs = nowMs;
        this.#ready.push(open.run);
        continue;
      }
      if (open !== undefined) this.#ready.push(open.run);
      const run = { subject, group, outcome, fromMs: nowMs, untilMs: nowMs, count: 1, detail };
      this.#open.set(subject, { run, writtenMs: nowMs });
      this.#ready.push(run);
    }
    if (this.#ready.length > MOST_READY) this.#ready = this.#ready.slice(-MOST_READY);
  }

  /** Rows to be written. */
  take(): EvaluationRun[] {
    return this.#ready.splice(0);
  }

  /** Everything that is open, too: to be written before the end. */
  takeAll(): EvaluationRun[] {
    this.#ready.push(...[...this.#open.values()].map(({ run }) => run));
    return this.take();
  }

  failed(runs: readonly EvaluationRun[]): void {
    this.#ready = [...runs, ...this.#ready].slice(-MOST_READY);
  }
}

const MOST_READY = 20_000;
