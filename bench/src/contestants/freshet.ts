import { startBroker } from '../broker.js';
import { cleaningUp } from '../cleanup.js';
import {
  AGE_MS,
  countsOf,
  createTopics,
  EVENTS_PER_SECOND_OF_EVENT_TIME,
  joined,
  produceBacklog,
  produceHidden,
} from '../load/backlog.js';
import { TOPICS } from '../load/events.js';
import { recountAll, type Reading } from '../measure/check.js';
import { usageOf } from '../measure/usage.js';
import { type Running } from '../processes.js';
import { startStore, type Store } from '../store.js';
import { startIngest } from '../system.js';
import { waitUntil } from '../waiting.js';
import { RULES } from '../measure/recount.js';
import { between, LOOK_EVERY_MS, type Contestant, type Course, type Pass } from './contestant.js';

const FIRST_SEED = 81;
const SECOND_SEED = 82;

/** Freshet's ingest as it is shipped, with three topics and eight metrics of the catalogue. */
export const freshet: Contestant = {
  name: 'freshet',
  title: 'Freshet',
  settings: { catalogue: 'catalog/', passes: 'cold in a new process; warm on as many events more' },
  run: async (course) => [await coldPass(course), ...(course.warmPasses > 0 ? [await warmPass(course)] : [])],
};

/** From the start of the process over the course's topics. */
function coldPass(course: Course): Promise<Pass> {
  return cleaningUp(async (cleanup) => {
    const store = await startStore(cleanup);
    const storeBefore = usageOf(store.pid);
    const startedAt = performance.now();
    const ingest = await startIngest(cleanup, { address: course.broker }, store, { profile: course.profile });
    await untilStored(ingest, store, course.counts);
    const wallSeconds = (performance.now() - startedAt) / 1e3;
    return finish(ingest, store, {
      kind: 'cold',
      wallSeconds,
      processes: { ingest: usageOf(ingest.pid), clickhouse: between(storeBefore, usageOf(store.pid)) },
    });
  });
}

/**
 * A process cannot be made to read the same twice, so it gets a broker of its own: it reads one backlog, and is
 * measured on a second one, which an open transaction hid until then.
 */
function warmPass(course: Course): Promise<Pass> {
  return cleaningUp(async (cleanup) => {
    const broker = await startBroker(cleanup);
    await createTopics(broker.kafka);
    const endMs = Date.now() - AGE_MS;
    const spanMs = (course.events / EVENTS_PER_SECOND_OF_EVENT_TIME) * 1_000;
    const first = await produceBacklog(broker.kafka, course.events, FIRST_SEED, endMs - spanMs);
    const hidden = await produceHidden(broker.kafka, course.events, SECOND_SEED, endMs);
    const store = await startStore(cleanup);
    const ingest = await startIngest(cleanup, broker, store);
    await untilStored(ingest, store, countsOf(first));
    await store.settled();
    const before = [usageOf(ingest.pid), usageOf(store.pid)] as const;
    const startedAt = performance.now();
    await hidden.reveal();
    const both = joined(first, hidden.backlog);
    await untilStored(ingest, store, countsOf(both));
    const wallSeconds = (performance.now() - startedAt) / 1e3;
    const pass = await finish(ingest, store, {
      kind: 'warm',
      wallSeconds,
      processes: {
        ingest: between(before[0], usageOf(ingest.pid)),
        clickhouse: between(before[1], usageOf(store.pid)),
      },
    });
    return { ...pass, expected: recountAll(both) };
  });
}

/** Ends ingest, so that what the store still does is its merges alone, and reads what it holds. */
async function finish(
  ingest: Running,
  store: Store,
  measured: Omit<Pass, 'mergeSecondsAfter' | 'reading'>,
): Promise<Pass> {
  const before = usageOf(store.pid).cpuSeconds;
  await ingest.stop();
  await store.settled();
  const mergeSecondsAfter = usageOf(store.pid).cpuSeconds - before;
  return { ...measured, mergeSecondsAfter, reading: await readViews(store) };
}

function untilStored(ingest: Running, store: Store, counts: Course['counts']): Promise<void> {
  return waitUntil(
    'the end of the backlog',
    () => {
      ingest.requireAlive();
      return isDone(store, counts);
    },
    // Seldom: each look costs the store some milliseconds, which would be in the figures.
    { everyMs: LOOK_EVERY_MS },
  );
}

async function isDone(store: Store, counts: Course['counts']): Promise<boolean> {
  const rows = await store
    .rows<{ topic: string; panes: number; facts: number }>(
      // Of the ledger itself: a look at the view of progress would cost the store as much as a flush does. Chunks
      // are stored in order here, for nothing but this one process writes.
      `SELECT topic, sum(panes + 1) AS panes, sum(facts + 1) AS facts FROM (
         SELECT topic, partition, max(panes_through) AS panes, max(facts_through) AS facts
         FROM freshet.ledger_log GROUP BY topic, partition
       ) GROUP BY topic`,
    )
    // The tables are made by ingest itself.
    .catch(() => []);
  return TOPICS.every((topic) =>
    rows.some((row) => row.topic === topic && Math.min(row.panes, row.facts) >= counts[topic]),
  );
}

/** The metrics and facts as an analyst reads them. */
async function readViews(store: Store): Promise<Reading> {
  const reading = new Map<string, Map<string, number>>();
  for (const [metric, { dimensions }] of Object.entries(RULES)) {
    const rows = await store.rows<Record<string, string | number | null>>(
      `SELECT toUnixTimestamp64Milli(window_start) AS start, value, ${dimensions.join(', ')} FROM metrics.${metric}`,
    );
    const values = new Map<string, number>();
    for (const row of rows) {
      const key = [row['start'], ...dimensions.map((name) => row[name])].join('|');
      if (row['value'] !== null) values.set(key, Number(row['value']));
    }
    reading.set(metric, values);
  }
  for (const topic of TOPICS) {
    const amount = { orders: 'total_minor', payments: 'amount_minor', clickstream: '0' }[topic];
    const [row] = await store.rows<{ count: number; sum: number }>(
      `SELECT count() AS count, sum(${amount}) AS sum FROM freshet.${topic}`,
    );
    reading.set(`facts.${topic}`, new Map(Object.entries(row ?? {})));
  }
  return reading;
}
