import { cleaningUp } from '../cleanup.js';
import { TOPICS } from '../load/events.js';
import { usageOf } from '../measure/usage.js';
import { startStore, type Store } from '../store.js';
import { waitUntil } from '../waiting.js';
import { between, LOOK_EVERY_MS, type Contestant, type Course, type Pass } from './contestant.js';
import { documentedViews } from './kafka-engine-documented.js';
import { tunedViews } from './kafka-engine-tuned.js';
import { readPanes, type PaneQueries } from './read-panes.js';
import { createFactTables } from './rival-tables.js';

/** A way to have ClickHouse read the topics by itself. */
export interface Views {
  /** Statements that make everything but the tables of facts; the last ones begin to read. */
  readonly statements: (broker: string) => readonly string[];
  readonly queries: PaneQueries;
}

function kafkaEngine(
  name: string,
  title: string,
  settings: Contestant['settings'],
  views: Views,
): Contestant {
  return { name, title, settings, run: async (course) => [await pass(course, views)] };
}

function pass(course: Course, views: Views): Promise<Pass> {
  return cleaningUp(async (cleanup) => {
    const store = await startStore(cleanup);
    await createFactTables(store);
    const before = usageOf(store.pid);
    const startedAt = performance.now();
    for (const statement of views.statements(course.broker)) await store.run(statement);
    await waitUntil('the end of the backlog', () => hasAllFacts(store, course), { everyMs: LOOK_EVERY_MS });
    const wallSeconds = (performance.now() - startedAt) / 1e3;
    const after = usageOf(store.pid);
    for (const topic of TOPICS) await store.run(`DROP TABLE freshet.${topic}_queue SYNC`);
    await store.settled();
    return {
      kind: 'cold',
      wallSeconds,
      processes: { clickhouse: between(before, after) },
      mergeSecondsAfter: usageOf(store.pid).cpuSeconds - after.cpuSeconds,
      reading: await readPanes(store, views.queries),
    };
  });
}

async function hasAllFacts(store: Store, course: Course): Promise<boolean> {
  const counts = await store.rows<{ topic: string; facts: number }>(
    TOPICS.map((topic) => `SELECT '${topic}' AS topic, count() AS facts FROM freshet.${topic}_facts`).join(
      ' UNION ALL ',
    ),
  );
  return counts.every(({ topic, facts }) => facts >= course.counts[topic as (typeof TOPICS)[number]]);
}

export const kafkaEngineDocumented = kafkaEngine(
  'kafka-engine-documented',
  'ClickHouse Kafka engine, as documented',
  { format: 'JSONEachRow', views: 'a view a metric over the facts' },
  documentedViews,
);

export const kafkaEngineTuned = kafkaEngine(
  'kafka-engine-tuned',
  'ClickHouse Kafka engine, tuned',
  {
    format: 'RawBLOB, one JSONExtract into a tuple',
    views: 'two views a topic',
    kafka_max_block_size: 131_072,
  },
  tunedViews,
);
