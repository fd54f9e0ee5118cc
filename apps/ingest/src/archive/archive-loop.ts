import type { Archiver, IngestEngine } from '@freshet/ingestion';
import type { Logger } from 'pino';
import { messageOf } from '../reading/message-of.js';
import { pause } from '../reading/backoff.js';

/** A metric's archiver, and the topic that it counts. */
export interface MetricArchiver {
  readonly metric: string;
  readonly topic: string;
  readonly archiver: Pick<Archiver, 'pass'>;
}

const LOOK_EVERY_MS = 60_000;
/** Where there was nothing to do, or something went wrong, one waits longer. */
const REST_MS = 600_000;
/** Buffers fuller than this: reading comes first. */
const BUSY = 0.5;

/**
 * Archives what has long been final, a step at a time: at most one that writes or deletes a look. Of several processes
 * the owner of a topic's first partition does it, so that one does; that two do is harmless.
 */
export class ArchiveLoop {
  private readonly restUntilMs = new Map<MetricArchiver, number>();
  private next = 0;

  constructor(
    private readonly engine: Pick<IngestEngine, 'status' | 'load'>,
    private readonly archivers: readonly MetricArchiver[],
    private readonly logger: Logger,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (this.archivers.length > 0 && !signal.aborted) {
      await pause(LOOK_EVERY_MS, signal);
      if (!signal.aborted) await this.look(signal);
    }
  }

  /** One round over the metrics, from the one after the last that had work. */
  async look(signal: AbortSignal): Promise<void> {
    for (let n = 0; n < this.archivers.length && !signal.aborted; n += 1) {
      const each = this.archivers[this.next % this.archivers.length]!;
      this.next += 1;
      const nowMs = performance.now();
      if (nowMs < (this.restUntilMs.get(each) ?? 0) || !this.isOurs(each.topic)) continue;
      if (this.engine.load().pressure > BUSY) return;
      try {
        const answer = await each.archiver.pass();
        if (answer === 'nothing to do') this.restUntilMs.set(each, nowMs + REST_MS);
        else if (answer !== 'waits') this.logger.info({ metric: each.metric, answer }, 'archiving');
        if (answer === 'written' || answer === 'deleted') return;
      } catch (error) {
        this.restUntilMs.set(each, nowMs + REST_MS);
        this.logger.warn(
          { metric: each.metric, why: messageOf(error) },
          'could not archive; trying again later',
        );
      }
    }
  }

  private isOurs(topic: string): boolean {
    return this.engine
      .status()
      .some(({ source, halted }) => source.topic === topic && source.partition === 0 && halted === undefined);
  }
}
