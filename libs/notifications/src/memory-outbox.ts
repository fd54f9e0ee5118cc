import type { Outbox, OutboxEntry } from './notice.js';

/** Those that need nothing more are forgotten beyond it, oldest first. */
const MOST_FINISHED = 1_000;

/**
 * An outbox that lives as long as its process: for one that works out again after a crash what it has to tell, under
 * the same keys.
 */
export class MemoryOutbox implements Outbox {
  protected readonly entries = new Map<string, OutboxEntry>();

  write(entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) {
      const known = this.entries.get(entry.notice.key);
      if (known === undefined || progressOf(known) <= progressOf(entry))
        this.entries.set(entry.notice.key, entry);
    }
    const finished = [...this.entries].filter(([, { state }]) => state !== 'waiting');
    for (const [key] of finished.slice(0, Math.max(0, finished.length - MOST_FINISHED)))
      this.entries.delete(key);
    return Promise.resolve();
  }

  waiting(limit: number): Promise<readonly OutboxEntry[]> {
    const found = [...this.entries.values()]
      .filter(({ state }) => state === 'waiting')
      .sort((a, b) => a.notice.atMs - b.notice.atMs)
      .slice(0, limit);
    return Promise.resolve(found);
  }

  of(alertIds: readonly string[]): Promise<readonly OutboxEntry[]> {
    return Promise.resolve(
      [...this.entries.values()].filter(({ notice }) => alertIds.includes(notice.alertId)),
    );
  }
}

function progressOf({ state, attempts }: OutboxEntry): number {
  return state === 'waiting' ? attempts : Infinity;
}
