import { fileURLToPath } from 'node:url';
import { createArchiveStore, createMetricStore, migrate } from '@freshet/clickhouse';
import { loadContracts } from '@freshet/contracts';
import { Archiver, type ArchivePlan, type ArchiveStore, type MetricStore } from '@freshet/ingestion';
import {
  coverageSelect,
  loadMetrics,
  panesSelect,
  slotsOf,
  type MetricDefinition,
  type PaneRow,
} from '@freshet/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from './test-store.js';

const catalogue = (folder: string): string =>
  fileURLToPath(new URL(`../../../../catalog/${folder}`, import.meta.url));
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NOW_MS = Date.now();
/** Panes of three hours, two days ago. */
const START_MS = Math.floor(NOW_MS / HOUR_MS) * HOUR_MS - 48 * HOUR_MS;
const TOPIC = 'clickstream';
const NAMES = ['page_views', 'active_users'];

let test: TestStore;
let store: MetricStore;
let archive: ArchiveStore;
let metrics: readonly MetricDefinition[];
let level: MetricDefinition;

beforeAll(async () => {
  test = await startTestStore();
  const { contracts } = loadContracts(catalogue('contracts'));
  const all = loadMetrics(catalogue('metrics'), contracts).metrics;
  metrics = all.filter(({ name }) => NAMES.includes(name));
  level = all.find(({ name }) => name === 'support_backlog')!;
  await migrate({ client: test.client, contracts, metrics: all });
  store = createMetricStore(test.client, contracts);
  archive = createArchiveStore(test.client, 0);
});
afterAll(() => test?.stop());

/** A pane of one series of each metric; `users` are hashes. */
const pane = (minute: number, events: number, users: readonly number[], late = 0): PaneRow[] =>
  metrics.map((metric) => ({
    ...{ metric: metric.name, revision: metric.revision, paneStartMs: START_MS + minute * MINUTE_MS },
    dimensions: metric.dimensions.map(({ name }) => `${name} ${events % 2}`),
    ...{ events, lateEvents: late, partial: false },
    sums: Array.from({ length: slotsOf(metric).sums }, () => BigInt(events)),
    ...{ extremes: [], lastTimesMs: [], lastOffsets: [], buckets: undefined },
    newHashes: slotsOf(metric).hashes ? users.map(BigInt) : undefined,
  }));

const write = (partition: number, chunk: number, through: number, rows: readonly PaneRow[]): Promise<void> =>
  store.writePanes([
    {
      source: { topic: TOPIC, incarnation: 1, partition },
      ...{ chunk, through, chunkLogTimeMs: START_MS + 4 * HOUR_MS, rows },
    },
  ]);

const ledger = (
  partition: number,
  chunk: number,
  through: number,
  isSealed: boolean,
  topic = TOPIC,
): Promise<void> =>
  store.writeLedger([
    {
      source: { topic, incarnation: 1, partition },
      ...{ chunk, panesThrough: through, factsThrough: through, end: isSealed ? through : -1 },
      ...{
        frontierMs: NOW_MS,
        lastLogTimeMs: NOW_MS,
        factsLogTimeMs: NOW_MS,
        provenAtMs: NOW_MS,
        last: undefined,
      },
    },
  ]);

/** All that an analyst sees, and the vector that a version on the socket is made of. */
async function seen(): Promise<unknown[]> {
  const views = NAMES.map((name) =>
    test.rows<object>(`SELECT '${name}' AS metric, * EXCEPT as_of FROM metrics.${name} ORDER BY ALL`),
  );
  return (await Promise.all(views)).flat();
}
async function covered(): Promise<Map<string, number>> {
  const all = await Promise.all(
    metrics.map((metric) =>
      test.rows<{ incarnation: number; partition: number; through: number | string }>(
        coverageSelect([
          [metric, { topics: [TOPIC], fromMs: START_MS, toMs: START_MS + HOUR_MS, sub: metric.name }],
        ]),
      ),
    ),
  );
  return new Map(
    all.flatMap((rows, index) =>
      rows.map((row) => [`${NAMES[index]}/${row.incarnation}/${row.partition}`, Number(row.through)]),
    ),
  );
}
async function chunkRows(): Promise<number> {
  const [row] = await test.rows<{ n: number | string }>(
    'SELECT count() AS n FROM freshet.metric_panes FINAL',
  );
  return Number(row?.n);
}

let attempts = 100;
const archiverOf = (metric: MetricDefinition, over: Partial<ArchiveStore> = {}, topic = TOPIC): Archiver =>
  new Archiver({
    store: { ...archive, ...over },
    metric,
    topic,
    clock: { nowMs: () => 0 },
    newAttempt: () => String((attempts += 1)),
    limits: { afterMs: HOUR_MS, rows: 1_000, everyMs: 0, settleMs: 0, graceMs: 0 },
  });

/** Every step of an archiver until nothing is left; readers see the same after each. */
async function archiveAll(archivers: readonly Archiver[]): Promise<string[]> {
  const before = await seen();
  const from = await covered();
  const answers: string[] = [];
  for (let n = 0; n < 40; n += 1) {
    const round: string[] = [];
    for (const each of archivers) {
      const answer = await each.pass();
      round.push(answer);
      if (answer === 'nothing to do') continue;
      expect(await seen()).toEqual(before);
      const now = await covered();
      for (const [source, through] of from) expect(now.get(source) ?? -1).toBeGreaterThanOrEqual(through);
    }
    answers.push(...round);
    if (round.every((answer) => answer === 'nothing to do')) return answers;
  }
  throw new Error(`it does not end: ${answers.join(', ')}`);
}

describe('archiving on the real engine', () => {
  it('merges what is final in sealed chunks, with two at it, and readers see the same between all steps', async () => {
    for (const partition of [0, 1]) {
      for (const minute of [0, 1, 61, 130]) {
        await write(partition, 0, 50, pane(minute, 3, [1]));
        await write(partition, 0, 99, pane(minute, 5 + partition, [1, 2 + partition]));
        await write(partition, 100, 199, pane(minute, 7, [2, 9], 2));
        await write(partition, 200, 250, pane(minute, 1, [11]));
      }
      await ledger(partition, 0, 99, true);
      await ledger(partition, 100, 199, true);
      await ledger(partition, 200, 250, false);
    }
    const before = await chunkRows();
    const answers = await archiveAll([...metrics, ...metrics].map((metric) => archiverOf(metric)));
    expect(answers).toEqual(expect.arrayContaining(['written', 'switched', 'deleted']));
    const after = await chunkRows();
    // What is left is of the chunk that is still open.
    expect([before, after]).toEqual([56, 16]);
    expect(await left()).toEqual([]);
  });

  it('counts what comes late and what is taken back once, and ignores what wakes up', async () => {
    const before = await seen();
    await write(0, 0, 50, pane(1, 3, [1]));
    await write(0, 100, 199, pane(1, 7, [2, 9], 2));
    expect(await seen()).toEqual(before);

    await write(1, 200, 260, pane(1, 9, [77], 1));
    const late = await seen();
    expect(views(late) - views(before)).toBe(8);
    const taken = pane(1, -2, []).map((row) => ({
      ...row,
      events: 0,
      newHashes: undefined,
      dimensions: row.dimensions.map((each) => each.replace('-0', '1').replace(' 0', ' 1')),
    }));
    await write(0, -1, 2, taken);
    const corrected = await seen();
    expect(views(corrected) - views(late)).toBe(-2);

    for (const partition of [0, 1]) await ledger(partition, 200, 299, true);
    await archiveAll(metrics.map((metric) => archiverOf(metric)));
    expect(await seen()).toEqual(corrected);
    expect(await chunkRows()).toBe(2);
  });

  it('stays as it is when it dies between two steps, or a step comes late or twice', async () => {
    for (const partition of [0, 1]) {
      await write(partition, 300, 399, pane(70, 4, [5]));
      await ledger(partition, 300, 399, true);
    }
    const metric = metrics[0]!;
    let stale: ArchivePlan | undefined;
    const dies = { writeHead: () => Promise.reject(new Error('dead')) };
    const first = archiverOf(metric, {
      ...dies,
      writeArchive: (plan, attempt) => {
        stale = plan;
        return archive.writeArchive(plan, attempt);
      },
    });
    const before = await seen();
    expect(await first.pass()).toBe('written');
    await expect(first.pass()).rejects.toThrow('dead');
    expect(await seen()).toEqual(before);
    const half = archiverOf(metric, { writeArchive: () => Promise.reject(new Error('dead')) });
    await expect(half.pass()).rejects.toThrow('dead');
    // An attempt of which rows are missing switches nobody.
    const short = archiverOf(metric, { writeArchive: () => Promise.resolve() });
    expect(await short.pass()).toBe('written');
    expect(await short.pass()).toBe('switched');
    expect(await seen()).toEqual(before);
    expect(await chunkRows()).toBe(6);

    await archiveAll(metrics.map((each) => archiverOf(each)));
    expect(await chunkRows()).toBe(2);
    // What the dead one had on its way.
    await archive.writeArchive(stale!, '999');
    await archive.writeHead(stale!, '999');
    await archive.writeHead(stale!, String(attempts));
    expect(await seen()).toEqual(before);
    expect(await left()).toEqual([]);
  });

  it('gives a level an opening at each step, which holds what comes late, too', async () => {
    const [topic, source] = ['support', { topic: 'support', incarnation: 1, partition: 0 }];
    const { name, revision } = level;
    const put = (chunk: number, through: number, minutes: readonly number[]): Promise<void> =>
      store.writePanes([
        {
          source,
          ...{ chunk, through, chunkLogTimeMs: START_MS + 4 * HOUR_MS },
          rows: minutes.map((minute) => ({
            ...{ metric: name, revision, paneStartMs: START_MS + minute * MINUTE_MS, dimensions: ['high'] },
            ...{ events: 2, lateEvents: 1, partial: false, sums: [5n, 3n] },
            ...{ extremes: [], lastTimesMs: [], lastOffsets: [], buckets: undefined, newHashes: undefined },
          })),
        },
      ]);
    // The last minutes: nothing is left to be read of what led to it but the opening.
    const read = (): Promise<object[]> =>
      test.rows(
        `SELECT * FROM (${panesSelect(level, { topics: [topic], fromMs: NOW_MS - 5 * MINUTE_MS, toMs: NOW_MS, groupBy: ['severity'] })})
         ORDER BY window_end_ms`,
      );
    const opened = async (): Promise<number[]> => {
      const { openings } = await archive.readHead(level);
      const rows = await test.rows<{ at: number | string }>(
        `SELECT toUnixTimestamp64Milli(pane_start) + ${MINUTE_MS} AS at FROM freshet.metric_archived_panes
         WHERE attempt IN [${openings.map(({ attempt }) => attempt).join(', ')}] ORDER BY at`,
      );
      return rows.map(({ at }) => Number(at));
    };
    const archiver = archiverOf(level, {}, topic);
    const all = async (): Promise<void> => {
      const before = await read();
      for (let answer = ''; answer !== 'nothing to do';) {
        answer = await archiver.pass();
        expect(await read()).toEqual(before);
      }
    };
    await put(0, 99, [0, 1, 70]);
    await ledger(0, 0, 99, true, topic);
    const before = await read();
    await all();
    expect(await opened()).toEqual([(await archive.readHead(level)).beforeMs]);

    await put(100, 150, [-3 * 60, 1]);
    expect(await read()).toEqual(before.map((row) => ({ ...row, value: 10, events: 10, late_events: 5 })));
    await put(100, 199, [-3 * 60, 1, 2]);
    await ledger(0, 100, 199, true, topic);
    await all();
    expect(await opened()).toHaveLength(1);
    // Openings of steps before are nobody's; the whole past is still there for who asks for it.
    expect(await left()).toEqual([]);
    const [past] = await test.rows<{ value: number }>(
      `SELECT value FROM metrics.support_backlog WHERE window_end = fromUnixTimestamp64Milli(toInt64(${START_MS + MINUTE_MS}))`,
    );
    expect(Number(past!.value)).toBe(4);
  });

  it('leaves alone what readers do not see: a revision that is not counted goes on without it', async () => {
    await write(
      0,
      300,
      399,
      pane(70, 4, [5]).map((row) => ({ ...row, revision: 'earlier' })),
    );
    const earlier = { ...metrics[0]!, revision: 'earlier' };
    expect(await archiverOf(earlier).pass()).toBe('nothing to do');
  });
});

/** Rows of attempts that no head names. */
function left(): Promise<unknown[]> {
  return test.rows(
    `SELECT DISTINCT attempt FROM freshet.metric_archived_panes
     WHERE attempt NOT IN (
       SELECT arrayJoin(arrayConcat(attempts, openings.attempt)) FROM freshet.metric_archives_log FINAL)`,
  );
}

/** Page views of what was seen. */
function views(rows: readonly unknown[]): number {
  return (rows as readonly { metric: string; value: number | string }[])
    .filter(({ metric }) => metric === 'page_views')
    .reduce((total, { value }) => total + Number(value), 0);
}
