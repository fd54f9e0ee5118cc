/**
 * Calls everybody who asks the broker where its logs end, a little before a flush: each flush then knows of the newest
 * ends, and questions that are asked together share their requests.
 */
export class EndsCall {
  private readonly waiting = new Set<() => void>();

  call(): void {
    for (const wake of [...this.waiting]) wake();
  }

  /** Resolves at the next call, after `atMostMs`, or when the signal is aborted. */
  wait(atMostMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, atMostMs);
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}
