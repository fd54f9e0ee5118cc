import type { FreshnessSource } from './ports.js';

const EVERY_MS = 1_000;
/** Most alerts in one message. */
const MOST_ALERTS = 100;

/** What every viewer is told without asking: freshness and open alerts, once a second and when they change. */
export class Announcer {
  #saidAtMs = -Infinity;
  #saidStatus = '';

  constructor(private readonly source: FreshnessSource) {}

  /** The message that is due at `nowMs`; undefined: none is. */
  due(nowMs: number): string | undefined {
    const metrics = this.source.current();
    const alerts = this.source.alerts?.().slice(0, MOST_ALERTS) ?? [];
    const status = [
      ...metrics.map((entry) => `${entry.metric}:${entry.status}:${entry.stage ?? ''}`),
      ...alerts.map((alert) => `${alert.id}:${alert.status}`),
    ].join();
    if (nowMs - this.#saidAtMs < EVERY_MS && status === this.#saidStatus) return undefined;
    this.#saidAtMs = nowMs;
    this.#saidStatus = status;
    const canary = this.source.canary?.() ?? null;
    return JSON.stringify({ op: 'freshness', atMs: nowMs, metrics, alerts, canary });
  }
}
