import type { ClientMessage } from '@freshet/live-protocol';
import type { Paint } from './state.js';
import type { SubscriptionStore } from './subscription.js';

const REPORT_EVERY_MS = 5_000;
/** Metrics whose way to the screen is remembered. */
const MOST_METRICS = 200;

/** How long numbers took to be seen: the newest of each metric, and what the server is told of it, sampled. */
export class Paints {
  readonly #newest = new Map<string, Paint>();

  /** Undefined before a metric's first paint. */
  of(metric: string): Paint | undefined {
    return this.#newest.get(metric);
  }

  /**
   * The newest state of a subscription is on the screen. @returns the report that is due, if one is.
   * @param serverNowMs the server's clock as estimated here
   */
  painted(store: SubscriptionStore, nowMs: number, serverNowMs: number): ClientMessage | undefined {
    const { state } = store;
    if (state.kind !== 'value' || store.deliveredAtMs === 0) return undefined;
    const { asOfMs, version } = state.data;
    const deliveredToPaintMs = Math.max(nowMs - store.deliveredAtMs, 0);
    const producedToPaintMs = asOfMs === null ? undefined : Math.max(serverNowMs - asOfMs, 0);
    this.#remember(store.selection.metric, { deliveredToPaintMs, producedToPaintMs, atMs: nowMs });
    if (nowMs - store.reportedAtMs < REPORT_EVERY_MS) return undefined;
    store.reportedAtMs = nowMs;
    store.deliveredAtMs = 0;
    return {
      op: 'painted',
      id: store.id,
      version,
      deliveredToPaintMs: Math.min(deliveredToPaintMs, 600_000),
      ...(producedToPaintMs === undefined
        ? {}
        : { producedToPaintMs: Math.min(producedToPaintMs, 86_400_000) }),
    };
  }

  #remember(metric: string, paint: Paint): void {
    this.#newest.delete(metric);
    this.#newest.set(metric, paint);
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > MOST_METRICS && oldest !== undefined) this.#newest.delete(oldest);
  }
}
