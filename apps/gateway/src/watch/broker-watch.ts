import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { LogEndSeen } from '@freshet/freshness';
import { SourceWatch } from './source-watch.js';
import { within } from './within.js';

/** Port to the broker: where the log of a topic ends. */
export interface LogEnds {
  read(topic: string): Promise<readonly LogEndSeen[]>;
  close(): Promise<void>;
}

export const LOG_ENDS = Symbol('LogEnds');

const ASK_EVERY_MS = 1_000;
const TIMEOUT_MS = 3_000;

/** Asks the broker once a second where the logs end, as evidence for lag and for who is at fault. */
@Injectable()
export class BrokerWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    @Inject(LOG_ENDS) private readonly ends: LogEnds | undefined,
    @Inject(SourceWatch) private readonly watch: SourceWatch,
  ) {}

  onApplicationBootstrap(): void {
    if (this.ends !== undefined) this.#ask(this.ends);
  }

  #ask(ends: LogEnds): void {
    const asked = this.watch.topics.map(async (topic) => {
      const askedAtMs = Date.now();
      this.watch.brokerAsked(topic, askedAtMs);
      try {
        this.watch.brokerSaid(topic, askedAtMs, await within(TIMEOUT_MS, ends.read(topic)));
      } catch (error) {
        this.watch.brokerFailed(topic, askedAtMs, error instanceof Error ? error.message : String(error));
      }
    });
    void Promise.all(asked).then(() => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.#ask(ends), ASK_EVERY_MS);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.ends?.close();
  }
}
