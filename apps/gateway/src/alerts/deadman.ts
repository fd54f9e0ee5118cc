import type { Logger } from 'pino';

const TIMEOUT_MS = 5_000;

/**
 * Pings a watcher outside after evaluations, at most once in its interval: when the pings stop, the watcher raises
 * the alarm that nobody here can.
 */
export class DeadManPing {
  #pingedMs = -Infinity;
  #isFailing = false;

  constructor(
    private readonly url: string,
    private readonly everyMs: number,
    private readonly log: Logger,
  ) {}

  /** Never waits. */
  evaluated(nowMs: number): void {
    if (nowMs - this.#pingedMs < this.everyMs) return;
    this.#pingedMs = nowMs;
    fetch(this.url, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
      ({ ok, status }) => this.#said(ok ? undefined : `HTTP ${status}`),
      (error: unknown) => this.#said(error instanceof Error ? error.message : String(error)),
    );
  }

  #said(failure: string | undefined): void {
    if (failure !== undefined && !this.#isFailing)
      this.log.warn({ why: failure }, 'the outside watcher was not reached');
    this.#isFailing = failure !== undefined;
  }
}
