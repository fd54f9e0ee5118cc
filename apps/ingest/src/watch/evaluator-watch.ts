import { hostname } from 'node:os';
import { currentHolder, type AlertRecord, type Arrivals, type FreshnessStore } from '@freshet/freshness';
import type { Alert } from '@freshet/live-protocol';
import type { Logger } from 'pino';
import { pause } from '../reading/backoff.js';

const EVERY_MS = 2_000;
/** Another gateway has taken over by then, when there is one. */
const SILENT_MS = 20_000;

/**
 * The other path: looks whether anybody evaluates alerts, and raises the alarm that an evaluator which is dead cannot
 * raise itself. On the way it leaves its own word: that ingest is alive, its clock, how long a flush takes.
 */
export class EvaluatorWatch {
  readonly #instance = `${hostname()}/${process.pid}`;
  #alarm: Alert | undefined;
  #roundTripMs = 0;

  constructor(
    private readonly store: FreshnessStore,
    private readonly logger: Logger,
    /** Told at every look: for how long nobody has evaluated; 0: somebody does. */
    private readonly told: (silentMs: number) => void,
    /** What came on each topic since this process began. */
    private readonly arrivals: () => readonly Arrivals[],
  ) {}

  /** What is wrong, in words; undefined: somebody evaluates, or stopped in good order, or never began. */
  get alarm(): string | undefined {
    return this.#alarm?.summary;
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal, flushMs: () => number): Promise<void> {
    while (!signal.aborted) {
      await this.#look(flushMs()).catch(() => undefined); // that the store is away, the flush loop tells
      await pause(EVERY_MS, signal);
    }
  }

  async #look(flushMs: number): Promise<void> {
    const ownMs = Date.now();
    const beat = { role: 'ingest', instance: this.#instance, ownMs, roundTripMs: this.#roundTripMs } as const;
    await this.store.writeHeartbeat({ ...beat, flushMs, arrivals: this.arrivals() });
    this.#roundTripMs = Date.now() - ownMs;
    const { nowMs, rows } = await this.store.readLease();
    const holder = currentHolder(rows);
    const silentMs = holder === undefined || holder.isReleased ? 0 : nowMs - holder.atMs;
    this.told(silentMs > SILENT_MS ? silentMs : 0);
    if (holder !== undefined && silentMs > SILENT_MS) await this.#raise(holder.holder, holder.atMs, silentMs);
    else await this.#clear();
  }

  async #raise(holder: string, sinceMs: number, silentMs: number): Promise<void> {
    const seconds = Math.round(silentMs / 1000);
    const summary = `alerts have not been evaluated for ${seconds} s; the last to do it was ${holder}`;
    if (this.#alarm === undefined) this.logger.error({ holder, silentMs }, 'nobody evaluates alerts');
    const id = `evaluator_silent@${sinceMs}`;
    const firedAtMs = this.#alarm?.firedAtMs ?? Date.now();
    const alarm: Alert = {
      ...{ id, key: 'evaluator_silent', kind: 'evaluator_silent', severity: 'page', status: 'firing' },
      ...{ metric: '', metrics: [], topic: null, stage: 'serve', owner: '', summary, evidence: summary },
      ...{ runbook: 'docs/runbooks/evaluator-silent.md', link: `/alerts?id=${encodeURIComponent(id)}` },
      ...{ actionWindowMs: SILENT_MS, sinceMs, firedAtMs, resolvedAtMs: null, evaluatedAtMs: Date.now() },
      ...{ acknowledged: null, silenced: null, heldBack: null, members: [] },
    };
    const isNew = this.#alarm === undefined;
    this.#alarm = alarm;
    if (isNew) await this.store.writeAlerts([recordOf(alarm, 1)]);
  }

  async #clear(): Promise<void> {
    const alarm = this.#alarm;
    if (alarm === undefined) return;
    await this.store.writeAlerts([recordOf({ ...alarm, status: 'resolved', resolvedAtMs: Date.now() }, 2)]);
    this.#alarm = undefined;
    this.logger.info('alerts are evaluated again');
  }
}

function recordOf(alert: Alert, changes: number): AlertRecord {
  return { alert, changes, subjects: [] };
}
