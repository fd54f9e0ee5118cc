import type { Clock, FlushCadence, FlushDecision, FlushReport, IngestEngine } from '@freshet/ingestion';
import type { Logger } from 'pino';
import { Backoff, pause } from './backoff.js';

/** Flushes when the cadence says so, and repeats a flush that failed, with a back-off, for as long as it takes. */
export class FlushLoop {
  private readonly backoff = new Backoff(100, 5_000);
  /** Since when no flush was acknowledged although there was one to do, epoch ms. */
  failingSinceMs: number | undefined;

  constructor(
    private readonly engine: IngestEngine,
    private readonly cadence: FlushCadence,
    private readonly clock: Clock,
    private readonly logger: Logger,
    /** Told after each flush: positions are hints for the log. */
    private readonly flushed: (report: FlushReport) => void,
    private readonly askEnds: () => void,
  ) {}

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const load = this.engine.load();
      const decision = this.cadence.decide(load);
      if (decision === undefined) {
        if (this.cadence.asksEnds(load)) this.askEnds();
        await pause(this.cadence.lookEveryMs, signal);
        continue;
      }
      while (!(await this.flush(decision)) && !signal.aborted) await this.backoff.wait(signal);
    }
  }

  /** Stores everything that was processed: what a failed flush left, then the rest. @returns false when it did not succeed */
  async finish(): Promise<boolean> {
    for (;;) {
      if (!(await this.flush({ withFacts: true }))) return false;
      const { dirty, factRows } = this.engine.load();
      if (dirty.size === 0 && factRows === 0) return true;
    }
  }

  private async flush(decision: FlushDecision): Promise<boolean> {
    try {
      const report = await this.engine.flush(decision.withFacts, decision.topics);
      if (this.failingSinceMs !== undefined) this.logger.info('the store answers again');
      this.failingSinceMs = undefined;
      this.backoff.reset();
      this.cadence.flushed(this.clock.nowMs(), report.durationMs, decision);
      this.flushed(report);
      return true;
    } catch {
      this.failingSinceMs ??= this.clock.nowMs(); // told by the engine's event
      return false;
    }
  }
}
