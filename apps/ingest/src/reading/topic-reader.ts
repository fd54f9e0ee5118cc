import { UnreadableTopic, type EventLog, type IngestEngine, type LogSubscription } from '@freshet/ingestion';
import type { Logger } from 'pino';
import { Backoff, pause } from './backoff.js';
import type { EndsCall } from './ends-call.js';
import { messageOf } from './message-of.js';

/** How often the broker is asked for new partitions. */
const DESCRIBE_EVERY_MS = 15_000;
/** Nobody calls while the store does not answer; and a broker that did not tell is asked no sooner. */
const ASK_AFTER_MS = 1_000;
const REMIND_EVERY_MS = 60_000;
/** A member that got no answer for this long is not well. */
const SILENT_MS = 30_000;

export interface TopicHealth {
  readonly topic: string;
  readonly state: 'waiting' | 'reading' | 'silent' | 'stopped';
  readonly detail: string;
}

/** Reads one topic for as long as the app lives: waits for it, joins its group, watches its ends and partitions. */
export class TopicReader {
  private subscription: LogSubscription | undefined;
  private partitions = 0;
  private detail = 'not asked yet';
  private stopped = false;

  constructor(
    private readonly topic: string,
    private readonly engine: IngestEngine,
    private readonly log: EventLog,
    /** Makes what the topic needs besides itself, e.g. its dead-letter topic. */
    private readonly prepare: () => Promise<void>,
    private readonly endsCall: EndsCall,
    private readonly logger: Logger,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    if (await this.join(signal)) await this.watch(signal);
  }

  /** Leaves the group after the batches in hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.subscription?.stop();
  }

  /** A hint; failing is no harm. */
  async commit(positions: readonly { partition: number; position: number }[]): Promise<void> {
    try {
      await this.subscription?.commit(positions);
    } catch (error) {
      this.logger.debug({ topic: this.topic, error: messageOf(error) }, 'position was not committed');
    }
  }

  health(): TopicHealth {
    const { topic, subscription, detail } = this;
    if (this.stopped) return { topic, state: 'stopped', detail: '' };
    if (subscription === undefined) return { topic, state: 'waiting', detail };
    const silentMs = subscription.silentMs();
    if (silentMs < SILENT_MS) return { topic, state: 'reading', detail: `${this.partitions} partitions` };
    return {
      topic,
      state: 'silent',
      detail: `no answer from the broker for ${Math.round(silentMs / 1000)} s`,
    };
  }

  /** @returns false when stopped before */
  private async join(signal: AbortSignal): Promise<boolean> {
    const { topic, engine, log, logger } = this;
    const backoff = new Backoff(500, 5_000);
    let toldMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      try {
        const { partitions } = await engine.register(topic);
        await this.prepare();
        this.partitions = partitions;
        this.subscription = await log.subscribe(topic, engine.handlers(topic));
        logger.info({ topic, partitions }, 'reading topic');
        return true;
      } catch (error) {
        this.detail = messageOf(error);
        if (performance.now() - toldMs > REMIND_EVERY_MS) {
          toldMs = performance.now();
          const what =
            error instanceof UnreadableTopic ? 'waiting for the topic' : 'topic cannot be read yet';
          logger.warn({ topic, why: this.detail }, what);
        }
        await backoff.wait(signal);
      }
    }
    return false;
  }

  private async watch(signal: AbortSignal): Promise<void> {
    let describedMs = performance.now();
    let failing = false;
    while (!signal.aborted) {
      try {
        if (performance.now() - describedMs > DESCRIBE_EVERY_MS) {
          await this.followPartitions();
          describedMs = performance.now();
        }
        await this.engine.observeEnds(this.topic);
        failing = false;
      } catch (error) {
        if (!failing)
          this.logger.warn({ topic: this.topic, error: messageOf(error) }, 'log ends are unknown');
        failing = true;
      }
      await (failing ? pause(ASK_AFTER_MS, signal) : this.endsCall.wait(ASK_AFTER_MS, signal));
    }
  }

  /** Partitions that were added get a ledger row, and the group is joined again so that somebody reads them. */
  private async followPartitions(): Promise<void> {
    const { topic, engine, log, logger } = this;
    const { partitions } = await engine.register(topic);
    if (partitions === this.partitions || this.stopped) return;
    logger.info({ topic, partitions, before: this.partitions }, 'partitions were added');
    await this.subscription?.stop();
    this.subscription = await log.subscribe(topic, engine.handlers(topic));
    this.partitions = partitions;
  }
}
