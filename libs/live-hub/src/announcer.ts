import type { FreshnessSource } from './ports.js';

const EVERY_MS = 1_000;
/** Most alerts in one message. */
const MOST_ALERTS = 100;

/**
 * What every viewer is told without asking: freshness and open alerts, with the welcome, once a second and when they
 * change.
 */
export class Announcer {
  #saidAtMs = -Infinity;
  #saidStatus = '';

  constructor(private readonly source: FreshnessSource) {}

  /** The message that is due at `nowMs`; undefined: none is. */
  due(nowMs: number): string | undefined {
    const status = [
      ...this.source.current().map((entry) => `${entry.metric}:${entry.status}:${entry.stage ?? ''}`),
      ...this.#alerts().map((alert) => `${alert.id}:${alert.status}`),
    ].join();
    if (nowMs - this.#saidAtMs < EVERY_MS && status === this.#saidStatus) return undefined;
    this.#saidAtMs = nowMs;
    this.#saidStatus = status;
    return this.message(nowMs);
  }

  /** What holds at `nowMs`: to be said before any number, which would look fresh without it. */
  message(nowMs: number): string {
    const canary = this.source.canary?.() ?? null;
    const metrics = this.source.current();
    return JSON.stringify({ op: 'freshness', atMs: nowMs, metrics, alerts: this.#alerts(), canary });
  }

  #alerts() {
    return this.source.alerts?.().slice(0, MOST_ALERTS) ?? [];
  }
}
