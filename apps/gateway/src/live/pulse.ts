import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { cadenceFor } from '@freshet/ingestion';
import { LiveHub } from '@freshet/live-hub';
import { AlertDesk } from '../alerts/alert-desk.js';
import { AlertEvaluator } from '../alerts/evaluator.js';
import { Catalogue } from '../catalogue/catalogue.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { SourceWatch } from '../watch/source-watch.js';
import { TickPace } from './tick-pace.js';

const BEAT_MS = 250;
/** Somebody opened a page: its selections come within a few milliseconds of each other, and are read together. */
const SOON_MS = 10;
/** Whatever the clocks say. */
const MOST_WAIT_MS = 1_100;

/** Keeps the hub going: store reads at the pace that the targets ask for, sockets at their own. */
@Injectable()
export class Pulse implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #pace: TickPace;
  #timer: NodeJS.Timeout | undefined;
  #isTicking = false;
  #isWanted = false;
  #beat: NodeJS.Timeout | undefined;
  #stopped = false;
  #ticking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(LiveHub) private readonly hub: LiveHub,
    @Inject(Catalogue) catalogue: Catalogue,
    @Inject(SourceWatch) private readonly watch: SourceWatch,
    @Inject(AlertEvaluator) private readonly evaluator: AlertEvaluator,
    @Inject(AlertDesk) private readonly desk: AlertDesk,
    @Inject(NOTIFIER) private readonly notifier: Notifier | undefined,
    @Inject(Telemetry) private readonly telemetry: Telemetry,
  ) {
    const targetMs = Math.min(2_000, ...catalogue.watched().map((metric) => metric.targetMs));
    const leastMs = Math.min(500, Math.max(50, targetMs / 4));
    this.#pace = new TickPace(leastMs, cadenceFor(targetMs).panesEveryMs);
  }

  onApplicationBootstrap(): void {
    this.#beat = setInterval(() => this.#care(), BEAT_MS);
    this.hub.onWanted(() => {
      if (this.#isWanted) return;
      this.#isWanted = true;
      if (!this.#isTicking) this.#next(SOON_MS);
    });
    this.#next(0);
  }

  /** One tick after the other: the next when ingest has stored more, or when something new is wanted. */
  #next(delayMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const startedMs = Date.now();
      this.#isTicking = true;
      this.#isWanted = false;
      this.#ticking = this.hub.tick();
      void this.#ticking.then(() => {
        this.#isTicking = false;
        const nowMs = Date.now();
        const waitMs = this.#pace.nextMs(startedMs, nowMs, this.watch.look) - nowMs;
        this.#next(this.#isWanted ? SOON_MS : Math.min(MOST_WAIT_MS, Math.max(0, waitMs)));
      });
    }, delayMs);
  }

  #care(): void {
    this.evaluator.step();
    this.notifier?.step(this.evaluator.isActive);
    this.desk.refresh();
    this.hub.beat();
    for (const { metric, behindMs, status, lagMessages } of this.watch.current()) {
      this.telemetry.freshness(metric, behindMs, status === 'fresh', lagMessages);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#beat);
    this.hub.closeAll('the gateway stops');
    await Promise.all([this.#ticking, this.evaluator.stop()]);
  }
}
