import { canonicalSelection, type Selection } from '@freshet/live-protocol';
import { Feed } from './feed.js';
import type { HubLimits } from './limits.js';
import { planSelection } from './plan.js';
import type { ServedMetric } from './ports.js';
import type { Refusal } from './session.js';

/** A selection that nobody looks at is kept this long, for the reload of a page. */
const LINGER_MS = 10_000;

/** The selections that are served, each once however many look at it. */
export class FeedTable {
  readonly #feeds = new Map<string, Feed>();
  readonly #idleSinceMs = new Map<Feed, number>();

  constructor(
    private readonly limits: HubLimits,
    /** Called when there is one more. */
    private readonly onNew: () => void,
  ) {}

  get size(): number {
    return this.#feeds.size;
  }

  all(): Feed[] {
    return [...this.#feeds.values()];
  }

  /** The one of a selection, made when there is none; or why there cannot be one. */
  of(selection: Selection, metric: ServedMetric): Feed | Refusal {
    const existing = this.#feeds.get(canonicalSelection(selection));
    if (existing !== undefined) {
      this.#idleSinceMs.delete(existing);
      return existing;
    }
    const planned = planSelection(selection, metric, this.limits.pointsPerFeed);
    if (!planned.ok) return { code: 'bad_selection', message: planned.message };
    if (this.#feeds.size >= this.limits.feeds) {
      return {
        code: 'limit',
        message: `${this.limits.feeds} different selections are served already`,
        retryAfterMs: 5_000,
      };
    }
    const feed = new Feed(planned.plan, metric.definition.revision);
    this.#feeds.set(planned.plan.key, feed);
    this.onNew();
    return feed;
  }

  /** Forgets what nobody has looked at for a while. */
  forgetIdle(used: ReadonlySet<Feed>, nowMs: number): void {
    for (const [key, feed] of this.#feeds) {
      if (used.has(feed)) {
        this.#idleSinceMs.delete(feed);
        continue;
      }
      const since = this.#idleSinceMs.get(feed) ?? nowMs;
      this.#idleSinceMs.set(feed, since);
      if (nowMs - since < LINGER_MS) continue;
      this.#idleSinceMs.delete(feed);
      this.#feeds.delete(key);
    }
  }
}
