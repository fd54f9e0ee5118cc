import type { NoticeState, Outbox, OutboxEntry } from '../notice.js';

/** An outbox that lives as long as its object, for tests of what goes through one. */
export class MemoryOutbox implements Outbox {
  readonly #entries = new Map<string, OutboxEntry>();
  /** Set: every call fails with it. */
  failure: string | undefined;

  async write(entries: readonly OutboxEntry[]): Promise<void> {
    await this.#answer();
    for (const entry of entries) {
      const known = this.#entries.get(entry.notice.key);
      if (known === undefined || progressOf(known) <= progressOf(entry)) {
        this.#entries.set(entry.notice.key, entry);
      }
    }
  }

  async waiting(limit: number): Promise<readonly OutboxEntry[]> {
    await this.#answer();
    return [...this.#entries.values()]
      .filter(({ state }) => state === 'waiting')
      .sort((a, b) => a.notice.atMs - b.notice.atMs)
      .slice(0, limit);
  }

  async of(alertIds: readonly string[]): Promise<readonly OutboxEntry[]> {
    await this.#answer();
    return [...this.#entries.values()].filter(({ notice }) => alertIds.includes(notice.alertId));
  }

  /** For a test to look at. */
  stateOf(key: string): NoticeState | undefined {
    return this.#entries.get(key)?.state;
  }

  #answer(): Promise<void> {
    return this.failure === undefined ? Promise.resolve() : Promise.reject(new Error(this.failure));
  }
}

function progressOf({ state, attempts }: OutboxEntry): number {
  return state === 'waiting' ? attempts : Infinity;
}
