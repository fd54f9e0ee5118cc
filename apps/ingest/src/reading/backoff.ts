import { setTimeout as sleep } from 'node:timers/promises';

/** Waits that double from `firstMs` to `mostMs` until `reset`. */
export class Backoff {
  private nextMs: number;

  constructor(
    private readonly firstMs: number,
    private readonly mostMs: number,
  ) {
    this.nextMs = firstMs;
  }

  reset(): void {
    this.nextMs = this.firstMs;
  }

  /** Resolves after the wait, at once when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const waitMs = this.nextMs;
    this.nextMs = Math.min(this.nextMs * 2, this.mostMs);
    await pause(waitMs, signal);
  }
}

/** Sleeps; an abort ends it early and is no error. */
export async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  await sleep(waitMs, undefined, { signal }).catch(() => undefined);
}
