import { performance } from 'node:perf_hooks';
import { startBroker, type Broker } from '../broker.js';
import { cleaningUp, type Cleanup } from '../cleanup.js';
import { createTopics, EVENTS_PER_SECOND_OF_EVENT_TIME, produceBacklog } from '../load/backlog.js';
import { fillChunks } from '../load/fill-chunks.js';
import { calibrate, meanCalibration, type Calibration } from '../measure/calibration.js';
import { askAsPulse, type PulseAnswers } from '../measure/pulse-queries.js';
import { usageOf } from '../measure/usage.js';
import { type Options } from '../options.js';
import { type Running } from '../processes.js';
import { startStore, type Store } from '../store.js';
import { comparedCatalogue, panesThrough, startGateway, startIngest } from '../system.js';
import { waitUntil } from '../waiting.js';

interface GrowthFigure {
  readonly storedEvents: number;
  /**
   * Ingest and store until all is stored and merged, of events that came since the figure before: but for the first, by
   * which a process warms up.
   */
  readonly cpuMicrosPerEvent: number;
  readonly diskBytesPerEvent: number;
  readonly panesPerMillion: number;
  /** Milliseconds of the gateway's answer with what Pulse shows of a metric. */
  readonly query: PulseAnswers;
  /** Seconds from a start after kill -9 until everything in the log is proven to be stored. */
  readonly restartSeconds: number;
  /** Mean of what the machine did each time that some of the events were stored. */
  readonly calibration: Calibration;
}

export interface GrowthResult {
  readonly figures: readonly GrowthFigure[];
  /** Then, a stop of an hour of 300 events a second: from the start of ingest until all of it is stored. */
  readonly afterAnHour: { readonly events: number; readonly seconds: number };
  /** Then, a restart after kill -9 with as much to read again as there can be: see `restartSeconds`. */
  readonly fullChunks: { readonly readAgain: number; readonly restartSeconds: number };
}

const MULTIPLES = [1, 10, 30];
/** Events at a time, then until they are stored: each step has one end. By the first a process warms up. */
const STEP = 500_000;
const HOUR_S = 3_600;

/**
 * The same events as fast as they can be produced, until the store holds 1, 10 and 30 times `--events`; a tenth of it
 * when quick. Ingest runs all the while: a restart would read open chunks again, 300,000 events of a million, but none
 * at the first.
 */
export function runGrowth(options: Options): Promise<GrowthResult> {
  const events = options.quick ? options.events / 10 : options.events;
  const hourEvents = (HOUR_S * EVENTS_PER_SECOND_OF_EVENT_TIME) / (options.quick ? 10 : 1);
  return cleaningUp(async (cleanup) => {
    const growing = await Growing.start(cleanup, events * Math.max(...MULTIPLES) + hourEvents);
    const figures: GrowthFigure[] = [];
    for (const multiple of MULTIPLES) {
      await growing.follow(Math.min(STEP, events / 2));
      const from = growing.stored;
      const { cpuSeconds, calibration } = await growing.follow(events * multiple - from);
      const figure = {
        storedEvents: growing.stored,
        cpuMicrosPerEvent: (cpuSeconds * 1e6) / (growing.stored - from),
        ...(await growing.sizes()),
        query: await growing.queries(),
        restartSeconds: await growing.restart(),
        calibration,
      };
      console.log(`growth: ${JSON.stringify(figure)}`);
      figures.push(figure);
    }
    const seconds = await growing.catchUp(hourEvents);
    const readAgain = await growing.fillChunks();
    const restartSeconds = await growing.restart();
    console.log(
      `growth: an hour's ${hourEvents} events in ${seconds.toFixed(1)} s; ` +
        `restart with ${readAgain} events to read again ${restartSeconds.toFixed(1)} s`,
    );
    const afterAnHour = { events: hourEvents, seconds };
    return { figures, afterAnHour, fullChunks: { readAgain, restartSeconds } };
  });
}

/** Broker, store and ingest, and how many events there are by now. */
class Growing {
  stored = 0;
  #steps = 0;
  readonly #firstMs: number;
  #ingest: Running | undefined;

  private constructor(
    private readonly cleanup: Cleanup,
    private readonly broker: Broker,
    private readonly store: Store,
    private readonly catalogue: string,
    largest: number,
  ) {
    this.#firstMs = Date.now() - (largest / EVENTS_PER_SECOND_OF_EVENT_TIME) * 1_000;
  }

  /** @param largest events that there will be; the newest of them is of now */
  static async start(cleanup: Cleanup, largest: number): Promise<Growing> {
    const broker = await startBroker(cleanup);
    await createTopics(broker.kafka);
    const store = await startStore(cleanup);
    const growing = new Growing(cleanup, broker, store, comparedCatalogue(cleanup), largest);
    // What the first start of all does once is in no figure.
    await growing.#start();
    await growing.#untilProven();
    return growing;
  }

  /** Events that come while ingest runs; CPU seconds of ingest and store until they are stored and merged. */
  async follow(count: number): Promise<Pick<GrowthFigure, 'calibration'> & { readonly cpuSeconds: number }> {
    const cpuSeconds = () => usageOf(this.#ingest?.pid ?? 0).cpuSeconds + usageOf(this.store.pid).cpuSeconds;
    const before = cpuSeconds();
    const until = this.stored + count;
    const calibrations: Calibration[] = [];
    while (this.stored < until) {
      await this.#produce(Math.min(STEP, until - this.stored));
      await this.#untilStored();
      calibrations.push(calibrate());
    }
    await this.store.settled();
    return { cpuSeconds: cpuSeconds() - before, calibration: meanCalibration(calibrations) };
  }

  /** Events that came while ingest was stopped; seconds from its start until they are stored. */
  async catchUp(count: number): Promise<number> {
    await this.#ingest?.stop();
    await this.#produce(count);
    const startedAt = performance.now();
    await this.#start();
    await this.#untilStored();
    return (performance.now() - startedAt) / 1e3;
  }

  /** Ends ingest by kill -9 and starts it again; seconds until it is live. */
  async restart(): Promise<number> {
    this.#ingest?.child.kill('SIGKILL');
    const startedAt = performance.now();
    await this.#start();
    await this.#untilProven();
    return (performance.now() - startedAt) / 1e3;
  }

  /** Makes the open chunks as long as they can be; resolves how many events they hold. */
  async fillChunks(): Promise<number> {
    const through = await panesThrough(this.store);
    this.stored += await fillChunks(this.broker.kafka, through, ++this.#steps, this.#newestMs());
    await this.#untilStored();
    const [row] = await this.store.rows<{ open: number }>(
      `SELECT sum(through - start + 1) AS open FROM (
         SELECT max(chunk) AS start, max(panes_through) AS through
         FROM freshet.ledger_log WHERE topic != 'freshet.canary' GROUP BY topic, incarnation, partition
       )`,
    );
    return row?.open ?? 0;
  }

  async queries(): Promise<PulseAnswers> {
    const gateway = await startGateway(this.cleanup, this.broker, this.store, {
      FRESHET_CATALOG: this.catalogue,
      FRESHET_CANARY: 'false',
    });
    const answers = await askAsPulse(gateway.url, this.#newestMs());
    await gateway.stop();
    return answers;
  }

  async sizes(): Promise<Pick<GrowthFigure, 'diskBytesPerEvent' | 'panesPerMillion'>> {
    const [row] = await this.store.rows<{ bytes: number; panes: number }>(
      `SELECT sum(bytes_on_disk) AS bytes, sumIf(rows, table LIKE '%panes') AS panes
       FROM system.parts WHERE active AND database = 'freshet'`,
    );
    return {
      diskBytesPerEvent: (row?.bytes ?? 0) / this.stored,
      panesPerMillion: ((row?.panes ?? 0) / this.stored) * 1e6,
    };
  }

  async #produce(count: number): Promise<void> {
    this.stored += count;
    await produceBacklog(this.broker.kafka, count, ++this.#steps, this.#newestMs());
  }

  #newestMs(): number {
    return Math.floor(this.#firstMs + (this.stored / EVENTS_PER_SECOND_OF_EVENT_TIME) * 1_000);
  }

  async #start(): Promise<Running> {
    const { cleanup, broker, store, catalogue } = this;
    this.#ingest = await startIngest(cleanup, broker, store, { catalogue });
    return this.#ingest;
  }

  async #untilStored(): Promise<void> {
    await waitUntil(
      'the end of the step',
      async () => {
        this.#ingest?.requireAlive();
        const [row] = await this.store.rows<{ events: number }>(
          'SELECT sum(least(panes_through, facts_through) + 1) AS events FROM freshet.source_progress',
        );
        return (row?.events ?? 0) >= this.stored;
      },
      { limitMs: 1_800_000, everyMs: 250 },
    );
  }

  /** Until every partition was proven to be read to its end after now. */
  async #untilProven(): Promise<void> {
    const sinceMs = Date.now();
    await waitUntil('proof of having read all', async () => {
      this.#ingest?.requireAlive();
      const [row] = await this.store
        .rows<{ proven: number }>('SELECT min(proven_at_ms) AS proven FROM freshet.source_progress')
        // The tables are made by ingest itself.
        .catch(() => []);
      return (row?.proven ?? 0) > sinceMs;
    });
  }
}
