import { MemoryOutbox } from '../memory-outbox.js';
import type { NoticeState, OutboxEntry } from '../notice.js';

/** An outbox that can be made to fail and looked into. */
export class FailingOutbox extends MemoryOutbox {
  /** Set: every call fails with it. */
  failure: string | undefined;

  override async write(entries: readonly OutboxEntry[]): Promise<void> {
    await this.#answer();
    await super.write(entries);
  }

  override async waiting(limit: number): Promise<readonly OutboxEntry[]> {
    await this.#answer();
    return super.waiting(limit);
  }

  override async of(alertIds: readonly string[]): Promise<readonly OutboxEntry[]> {
    await this.#answer();
    return super.of(alertIds);
  }

  stateOf(key: string): NoticeState | undefined {
    return this.entries.get(key)?.state;
  }

  #answer(): Promise<void> {
    return this.failure === undefined ? Promise.resolve() : Promise.reject(new Error(this.failure));
  }
}
