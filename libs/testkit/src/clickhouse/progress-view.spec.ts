import { fileURLToPath } from 'node:url';
import {
  createMetricStore,
  migrate,
  progressOfLook,
  PROGRESS_LOOK_SQL,
  type ProgressLookRow,
} from '@freshet/clickhouse';
import { readSources } from '@freshet/clickhouse/operations';
import { loadContracts } from '@freshet/contracts';
import { type LedgerRow, type MetricStore, type SourcePartition } from '@freshet/ingestion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from './test-store.js';

const catalogue = fileURLToPath(new URL('../../../../catalog/contracts', import.meta.url));

/** `chunk` stored through `panes` and `facts`; sealed when it ends there. */
function row(source: SourcePartition, chunk: number, panes: number, facts: number, end = -1): LedgerRow {
  return {
    source,
    chunk,
    panesThrough: panes,
    factsThrough: facts,
    end,
    frontierMs: panes,
    lastLogTimeMs: panes,
    factsLogTimeMs: facts,
    provenAtMs: -1,
    last: undefined,
  };
}

describe('how far a partition is stored, as people read it', () => {
  let test: TestStore;
  let store: MetricStore;
  let topics = 0;

  beforeAll(async () => {
    test = await startTestStore();
    const { contracts } = loadContracts(catalogue);
    await migrate({ client: test.client, contracts, metrics: [] });
    store = createMetricStore(test.client, contracts);
  }, 120_000);

  afterAll(() => test.stop());

  /** Rows of the view, and of what the operator's commands and the gateway read, which must say the same. */
  async function progressOf(topic: string): Promise<{ life: number; panes: number; facts: number }[]> {
    const rows = await test.rows<{ life: number; panes: number; facts: number }>(
      `SELECT incarnation AS life, panes_through AS panes, facts_through AS facts
       FROM freshet.source_progress WHERE topic = '${topic}' ORDER BY partition`,
    );
    const newest = rows.map(({ life }) => life);
    const told = (await readSources(test.client, topic)).filter(({ source }) =>
      newest.includes(source.incarnation),
    );
    expect(
      told.map(({ source, panesThrough, factsThrough }) => ({
        life: source.incarnation,
        panes: panesThrough,
        facts: factsThrough,
      })),
    ).toEqual(rows);
    const columns = `topic, incarnation, partition, panes_through AS panesThrough, frontier_ms AS frontierMs,
      last_log_time_ms AS lastLogTimeMs, as_of_ms AS asOfMs, toUnixTimestamp64Milli(stored_at) AS storedAtMs`;
    const looked = progressOfLook(await test.rows<ProgressLookRow>(PROGRESS_LOOK_SQL));
    expect(looked.filter((row) => row.topic === topic)).toEqual(
      await test.rows(
        `SELECT ${columns} FROM freshet.source_progress WHERE topic = '${topic}' ORDER BY partition`,
      ),
    );
    return rows;
  }

  const newSource = (incarnation = 1, topic = `topic-${(topics += 1)}`): SourcePartition => ({
    topic,
    incarnation,
    partition: 0,
  });

  it('is the first hole, whatever later chunks have', async () => {
    const source = newSource();
    await store.writeLedger([row(source, 0, 9, 7, 9), row(source, 10, 15, 15)]);
    expect(await progressOf(source.topic)).toEqual([{ life: 1, panes: 15, facts: 7 }]);
    expect((await store.loadLedger(source.topic, [0]))[0]?.chunks.map(({ chunk }) => chunk)).toEqual([0, 10]);
  });

  it('is the lowest proposed start while nothing was read', async () => {
    const source = newSource();
    await store.writeLedger([row(source, 24, 23, 23), row(source, 5, 4, 4)]);
    expect(await progressOf(source.topic)).toEqual([{ life: 1, panes: 4, facts: 4 }]);
    expect((await store.loadLedger(source.topic, [0]))[0]?.chunks.map(({ chunk }) => chunk)).toEqual([5, 24]);
  });

  it('is not held back, nor moved ahead, by starts that were proposed and not taken', async () => {
    const source = newSource();
    await store.writeLedger([0, 7, 12, 90].map((chunk) => row(source, chunk, chunk - 1, chunk - 1)));
    await store.writeLedger([row(source, 5, 9, 9, 9), row(source, 10, 19, 19, 19)]);
    expect(await progressOf(source.topic)).toEqual([{ life: 1, panes: 19, facts: 19 }]);
    // The last sealed chunk is where the next owner begins to look: not at the stray start at 0.
    const [ledger] = await store.loadLedger(source.topic, [0]);
    expect(ledger?.chunks.map(({ chunk }) => chunk)).toEqual([10, 12, 90]);
    await store.writeLedger([row(source, 20, 24, 22)]);
    expect(await progressOf(source.topic)).toEqual([{ life: 1, panes: 24, facts: 22 }]);
  });

  it('is that of the newest life, also when the one before was stored further and goes on being written', async () => {
    const old = newSource();
    await store.writeLedger([row(old, 0, 99, 99, 99), row(old, 100, 120, 110)]);
    const source = newSource(2, old.topic);
    await store.writeLedger([row(source, 0, -1, -1)]);
    await store.writeLedger([row(old, 100, 130, 130)]);
    expect(await progressOf(source.topic)).toEqual([{ life: 2, panes: -1, facts: -1 }]);
    await store.writeLedger([row(source, 0, 3, 2)]);
    expect(await progressOf(source.topic)).toEqual([{ life: 2, panes: 3, facts: 2 }]);
  });

  it('is not told of a life that an operator ended, nor of the one before it', async () => {
    const [old, source] = [newSource(), newSource(2, `topic-${topics}`)];
    await store.writeLedger([row(old, 0, 9, 9, 9), row(source, 0, 3, 3)]);
    expect(await progressOf(source.topic)).toEqual([{ life: 2, panes: 3, facts: 3 }]);
    await test.client.insert({
      table: 'freshet.source_retirements_log',
      format: 'JSONEachRow',
      values: [{ ...source, by: 'somebody', reason: 'a test' }],
    });
    expect(await progressOf(source.topic)).toEqual([]);
  });
});
