import { hostname } from 'node:os';
import {
  currentHolder,
  type AlertRecord,
  type AlertTransitions,
  type Arrivals,
  type FreshnessStore,
  type LeaseRow,
} from '@freshet/freshness';
import type { Alert } from '@freshet/live-protocol';
import type { Logger } from 'pino';
import { pause } from '../reading/backoff.js';

const EVERY_MS = 3_000;
/** Another gateway has taken over by then, when there is one. */
const SILENT_MS = 20_000;

export interface EvaluatorWatchParts {
  readonly store: FreshnessStore;
  readonly logger: Logger;
  /** Tells people, without any gateway. */
  readonly teller: AlertTransitions & { readonly owner: string; pass(): void; close(): void };
  /** Told at every look: for how long nobody has evaluated; 0: somebody does. */
  readonly told: (silentMs: number) => void;
  /** What came on each topic since this process began. */
  readonly arrivals: () => readonly Arrivals[];
}

/**
 * The other path: looks whether anybody evaluates alerts, and raises the alarm that an evaluator which is dead cannot
 * raise itself. On the way it leaves its own word: that ingest is alive, its clock, how long a flush takes, what came.
 */
export class EvaluatorWatch {
  readonly #instance = `${hostname()}/${process.pid}`;
  #alarm: Alert | undefined;
  #roundTripMs = 0;

  constructor(private readonly parts: EvaluatorWatchParts) {}

  /** What is wrong, in words; undefined: somebody evaluates, or stopped in good order, or never began. */
  get alarm(): string | undefined {
    return this.#alarm?.summary;
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal, flushMs: () => number): Promise<void> {
    while (!signal.aborted) {
      await this.#look(flushMs()).catch(() => undefined); // that the store is away, the flush loop tells
      this.parts.teller.pass();
      await pause(EVERY_MS, signal);
    }
    this.parts.teller.close();
  }

  async #look(flushMs: number): Promise<void> {
    const { store, told, arrivals } = this.parts;
    const ownMs = Date.now();
    const beat = { role: 'ingest', instance: this.#instance, ownMs, roundTripMs: this.#roundTripMs } as const;
    await store.writeHeartbeat({ ...beat, flushMs, arrivals: arrivals() });
    this.#roundTripMs = Date.now() - ownMs;
    const { nowMs, rows } = await store.readLease();
    const holder = currentHolder(rows);
    const silentMs = holder === undefined || holder.isReleased ? 0 : nowMs - holder.atMs;
    told(silentMs > SILENT_MS ? silentMs : 0);
    if (holder !== undefined && silentMs > SILENT_MS) await this.#raise(holder, silentMs);
    else await this.#clear();
  }

  async #raise({ holder, atMs: sinceMs }: LeaseRow, silentMs: number): Promise<void> {
    const { store, logger, teller } = this.parts;
    const seconds = Math.round(silentMs / 1000);
    const summary = `alerts have not been evaluated for ${seconds} s; the last to do it was ${holder}`;
    if (this.#alarm === undefined) logger.error({ holder, silentMs }, 'nobody evaluates alerts');
    const id = `evaluator_silent@${sinceMs}`;
    const nowMs = Date.now();
    const firedAtMs = this.#alarm?.firedAtMs ?? nowMs;
    const { owner } = teller;
    const alarm: Alert = {
      ...{ id, key: 'evaluator_silent', kind: 'evaluator_silent', severity: 'page', status: 'firing' },
      ...{ metric: '', metrics: [], topic: null, stage: 'serve', owner, summary, evidence: summary },
      ...{ runbook: 'docs/runbooks/evaluator-silent.md', link: `/alerts?id=${encodeURIComponent(id)}` },
      ...{ actionWindowMs: SILENT_MS, sinceMs, firedAtMs, resolvedAtMs: null, evaluatedAtMs: nowMs },
      ...{ acknowledged: null, silenced: null, heldBack: null, members: [] },
    };
    const isNew = this.#alarm === undefined;
    this.#alarm = alarm;
    if (await this.#isFirst())
      await teller.take([{ key: `${id}/1`, alert: alarm, from: null, to: 'firing', atMs: firedAtMs }]);
    if (isNew) await store.writeAlerts([recordOf(alarm, 1)]);
  }

  /** Of several ingest processes one tells: the first by name of those that live. */
  async #isFirst(): Promise<boolean> {
    const { beats } = await this.parts.store.readHeartbeats();
    return !beats.some(({ role, instance }) => role === 'ingest' && instance < this.#instance);
  }

  async #clear(): Promise<void> {
    const { store, logger, teller } = this.parts;
    const alarm = this.#alarm;
    if (alarm === undefined) return;
    const nowMs = Date.now();
    const resolved: Alert = { ...alarm, status: 'resolved', resolvedAtMs: nowMs };
    await store.writeAlerts([recordOf(resolved, 2)]);
    this.#alarm = undefined;
    logger.info('alerts are evaluated again');
    // Nobody hears of the end who did not hear of the beginning.
    await teller.take([
      { key: `${alarm.id}/2`, alert: resolved, from: 'firing', to: 'resolved', atMs: nowMs },
    ]);
  }
}

function recordOf(alert: Alert, changes: number): AlertRecord {
  return { alert, changes, subjects: [] };
}
