import { performance } from 'node:perf_hooks';
import { RULES } from '../measure/recount.js';
import { startBroker } from '../broker.js';
import { cleaningUp } from '../cleanup.js';
import { createTopics, EVENTS_PER_SECOND_OF_EVENT_TIME, produceBacklog } from '../load/backlog.js';
import { calibrate, type Calibration } from '../measure/calibration.js';
import { quantiles, type Quantiles } from '../measure/latency.js';
import { usageOf } from '../measure/usage.js';
import { type Options } from '../options.js';
import { type Running } from '../processes.js';
import { startStore, type Store } from '../store.js';
import { startIngest } from '../system.js';
import { waitUntil } from '../waiting.js';

interface GrowthFigure {
  readonly storedEvents: number;
  /** Of the last step that led here. */
  readonly cpuMicrosPerEvent: number;
  readonly catchUpEventsPerSecond: number;
  readonly diskBytesPerEvent: number;
  readonly panesPerMillion: number;
  /** Milliseconds of the newest quarter of an hour of each metric. */
  readonly query: Quantiles;
  /** Seconds from a start after kill -9 until everything in the log is stored again. */
  readonly restartSeconds: number;
  readonly calibration: Calibration;
}

export interface GrowthResult {
  readonly figures: readonly GrowthFigure[];
}

const MULTIPLES = [1, 10, 30];
const STEP = 1_000_000;
const QUERY_ROUNDS = 25;

/** The same events a step at a time, until the store holds 1, 10 and 30 times `--events`; a tenth of it when quick. */
export function runGrowth(options: Options): Promise<GrowthResult> {
  const events = options.quick ? options.events / 10 : options.events;
  return cleaningUp(async (cleanup) => {
    const broker = await startBroker(cleanup);
    await createTopics(broker.kafka);
    const store = await startStore(cleanup);
    let ingest = await startIngest(cleanup, broker, store);
    const figures: GrowthFigure[] = [];
    const largest = events * Math.max(...MULTIPLES);
    const firstMs = Date.now() - (largest / EVENTS_PER_SECOND_OF_EVENT_TIME) * 1_000;
    let stored = 0;
    let step = 0;
    for (const multiple of MULTIPLES) {
      let cpuMicrosPerEvent = 0;
      let catchUpEventsPerSecond = 0;
      while (stored < events * multiple) {
        const count = Math.min(STEP, events * multiple - stored);
        const endMs = firstMs + ((stored + count) / EVENTS_PER_SECOND_OF_EVENT_TIME) * 1_000;
        // Stopped, so that the whole step is a backlog.
        await ingest.stop();
        await produceBacklog(broker.kafka, count, ++step, endMs);
        const storeBefore = usageOf(store.pid).cpuSeconds;
        const startedAt = performance.now();
        ingest = await startIngest(cleanup, broker, store);
        stored += count;
        await untilStored(store, ingest, stored);
        catchUpEventsPerSecond = count / ((performance.now() - startedAt) / 1e3);
        const cpuSeconds = usageOf(ingest.pid).cpuSeconds + usageOf(store.pid).cpuSeconds - storeBefore;
        cpuMicrosPerEvent = (cpuSeconds * 1e6) / count;
      }
      const query = await queryPulse(store);
      ingest.child.kill('SIGKILL');
      const restartedAt = performance.now();
      ingest = await startIngest(cleanup, broker, store);
      await untilProven(store, ingest, Date.now());
      const restartSeconds = (performance.now() - restartedAt) / 1e3;
      const figure = {
        storedEvents: stored,
        cpuMicrosPerEvent,
        catchUpEventsPerSecond,
        ...(await sizes(store, stored)),
        query,
        restartSeconds,
        calibration: calibrate(),
      };
      console.log(`growth: ${JSON.stringify(figure)}`);
      figures.push(figure);
    }
    return { figures };
  });
}

async function untilStored(store: Store, ingest: Running, events: number): Promise<void> {
  await waitUntil(
    'the end of the step',
    async () => {
      ingest.requireAlive();
      const [row] = await store
        .rows<{ events: number }>(
          'SELECT sum(least(panes_through, facts_through) + 1) AS events FROM freshet.source_progress',
        )
        .catch(() => []);
      return (row?.events ?? 0) >= events;
    },
    { limitMs: 1_800_000 },
  );
}

/** Until every partition was proven to be read to its end after `sinceMs`. */
async function untilProven(store: Store, ingest: Running, sinceMs: number): Promise<void> {
  await waitUntil('proof of having read all', async () => {
    ingest.requireAlive();
    const [row] = await store.rows<{ proven: number }>(
      'SELECT min(proven_at_ms) AS proven FROM freshet.source_progress',
    );
    return (row?.proven ?? 0) > sinceMs;
  });
}

async function queryPulse(store: Store): Promise<Quantiles> {
  const times: number[] = [];
  for (let round = 0; round < QUERY_ROUNDS; round++) {
    for (const metric of Object.keys(RULES)) {
      const startedAt = performance.now();
      await store.rows(
        `SELECT window_end, value, state FROM metrics.${metric} WHERE window_end > now() - INTERVAL 15 MINUTE`,
      );
      times.push(performance.now() - startedAt);
    }
  }
  return quantiles(times);
}

async function sizes(
  store: Store,
  events: number,
): Promise<Pick<GrowthFigure, 'diskBytesPerEvent' | 'panesPerMillion'>> {
  const [row] = await store.rows<{ bytes: number; panes: number }>(
    `SELECT sum(bytes_on_disk) AS bytes, sumIf(rows, table LIKE '%panes') AS panes
     FROM system.parts WHERE active AND database = 'freshet'`,
  );
  return {
    diskBytesPerEvent: (row?.bytes ?? 0) / events,
    panesPerMillion: ((row?.panes ?? 0) / events) * 1e6,
  };
}
