import { fileURLToPath } from 'node:url';
import { createMetricStore, migrate } from '@freshet/clickhouse';
import {
  itemKindOf,
  ListRows,
  loadContracts,
  TextRows,
  type Contract,
  type ContractField,
} from '@freshet/contracts';
import { type FactBlock, type Gap, type OutcomeRow, type SourcePartition } from '@freshet/ingestion';
import { metricStoreSuite, type MetricStoreReader } from '@freshet/ingestion/testing';
import { loadMetrics, slotsOf } from '@freshet/metrics';
import { describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from './test-store.js';

const catalogue = (folder: string): string =>
  fileURLToPath(new URL(`../../../../catalog/${folder}`, import.meta.url));

metricStoreSuite("ClickHouse's own engine", async () => {
  const { contracts } = loadContracts(catalogue('contracts'));
  const { metrics } = loadMetrics(catalogue('metrics'), contracts);
  const test = await startTestStore();
  await migrate({ client: test.client, contracts, metrics });
  const contract = contracts.find(({ name }) => name === 'orders')!;
  const metric = metrics.find(({ name }) => name === 'page_views')!;
  const distinct = metrics.find(({ name }) => name === 'active_users')!;
  return {
    store: createMetricStore(test.client, contracts),
    reader: readerOf(test),
    contract: contract.name,
    columns: (rows) => columnsOf(contract, rows),
    metric: { name: metric.name, revision: metric.revision, sums: slotsOf(metric).sums },
    distinctMetric: { name: distinct.name, revision: distinct.revision },
    close: () => test.stop(),
  };
});

describe('panes of a distinct metric', () => {
  it('are stored after the sets of what they say is covered', async () => {
    const { contracts } = loadContracts(catalogue('contracts'));
    const { metrics } = loadMetrics(catalogue('metrics'), contracts);
    const test = await startTestStore();
    try {
      await migrate({ client: test.client, contracts, metrics });
      const { name, revision } = metrics.find((metric) => metric.name === 'active_users')!;
      const store = createMetricStore(test.client, contracts);
      const rows = [
        {
          ...{ metric: name, revision, paneStartMs: Date.UTC(2026, 10, 20), dimensions: ['eu'] },
          ...{ events: 1, lateEvents: 0, partial: false, sums: [], extremes: [], lastTimesMs: [] },
          ...{ lastOffsets: [], buckets: undefined, newHashes: [7n] },
        },
      ];
      const source = { topic: 'clickstream', incarnation: 1, partition: 0 };
      const write = (): Promise<void> =>
        store.writePanes([{ source, chunk: 0, through: 9, chunkLogTimeMs: Date.UTC(2026, 10, 20), rows }]);
      const panes = (): Promise<unknown> => test.rows('SELECT through FROM freshet.metric_panes');
      await test.client.command({ query: 'RENAME TABLE freshet.metric_distinct_panes TO freshet.away' });
      await expect(write()).rejects.toThrow('metric_distinct_panes');
      expect(await panes()).toEqual([]);
      await test.client.command({ query: 'RENAME TABLE freshet.away TO freshet.metric_distinct_panes' });
      await write();
      expect(await panes()).toMatchObject([{ through: expect.anything() }]);
    } finally {
      await test.stop();
    }
  });
});

function readerOf(test: TestStore): MetricStoreReader {
  return {
    async readPanes(metric) {
      const where = `WHERE metric = '${metric}'`;
      const rows = await test.rows<PaneRead>(
        `SELECT p.*, toUnixTimestamp64Milli(p.pane_start) AS pane_start_ms, toString(p.sums) AS sums_text,
           d.hashes AS hashes
         FROM (SELECT * FROM freshet.metric_panes FINAL ${where}) AS p LEFT JOIN (
           SELECT revision, pane_start, dimensions, topic, incarnation, partition, chunk, uniqExactArray(members) AS hashes
           FROM freshet.metric_distinct_panes ${where}
           GROUP BY ALL
         ) AS d USING (revision, pane_start, dimensions, topic, incarnation, partition, chunk)`,
      );
      return rows.map((row) => ({
        source: sourceOf(row),
        chunk: Number(row.chunk),
        through: Number(row.through),
        hashes: Number(row.hashes),
        row: {
          metric: row.metric,
          revision: row.revision,
          paneStartMs: Number(row.pane_start_ms),
          dimensions: row.dimensions,
          events: Number(row.events),
          lateEvents: Number(row.late_events),
          partial: row.partial === 1,
          sums: [...row.sums_text.matchAll(/-?\d+/g)].map(([digits]) => BigInt(digits)),
          extremes: row.extremes,
          lastTimesMs: row.last_times,
          lastOffsets: row.last_offsets,
          buckets: undefined,
          newHashes: undefined,
        },
      }));
    },
    async readFacts(contract, source) {
      const rows = await test.rows<FactRead>(
        `SELECT chunk, offset, toUnixTimestamp64Milli(log_time) AS log_ms, toUnixTimestamp64Milli(event_time) AS event_ms,
           duplicate_of, arrayMap(i -> toUInt32(bitAnd(bitShiftRight(id_hash, 32 * i), 4294967295)), range(4)) AS words
         FROM freshet.${contract}_log FINAL
         ${whereOf(source)} ORDER BY offset`,
      );
      return rows.map((row) => ({
        contract,
        source,
        chunk: Number(row.chunk),
        offset: Number(row.offset),
        logTimeMs: Number(row.log_ms),
        eventTimeMs: Number(row.event_ms),
        idHash: row.words,
        duplicateOf: Number(row.duplicate_of),
      }));
    },
    async readOutcomes(source) {
      const rows = await test.rows<OutcomeRead>(
        `SELECT * FROM freshet.outcomes_log FINAL ${whereOf(source)}`,
      );
      return rows.map(({ outcome, reason, chunk, through, count }) => ({
        source,
        outcome,
        reason,
        chunk: Number(chunk),
        through: Number(through),
        count: Number(count),
      }));
    },
    async readGaps(source) {
      const rows = await test.rows<GapRead>(`SELECT * FROM freshet.gaps_log FINAL ${whereOf(source)}`);
      return rows.map((row) => ({
        source,
        chunk: Number(row.chunk),
        from: Number(row.from_offset),
        through: Number(row.through_offset),
        fromTimeMs: Number(row.from_time_ms),
        toTimeMs: Number(row.to_time_ms),
        reason: row.reason,
      }));
    },
  };
}

function columnsOf(contract: Contract, rows: number): FactBlock['columns'] {
  return contract.fields.map((field) => ({
    name: field.name,
    absent: field.required ? undefined : new Uint8Array(rows).fill(1),
    data: dataOf(field, rows),
  }));
}

function dataOf(field: ContractField, rows: number): FactBlock['columns'][number]['data'] {
  if (field.each !== undefined)
    return {
      kind: 'list',
      values: ListRows.of(
        itemKindOf(field),
        Array.from({ length: rows }, () => []),
      ),
    };
  switch (field.type) {
    case 'boolean':
      return { kind: 'boolean', values: new Uint8Array(rows) };
    case 'string':
      return field.lowCardinality
        ? { kind: 'dictionary', ids: new Int32Array(rows), dictionary: { values: [''] } }
        : { kind: 'text', values: TextRows.of(Array.from({ length: rows }, () => '')) };
    default:
      return { kind: 'number', values: new Float64Array(rows) };
  }
}

type Digits = number | string;
interface SourceRead {
  readonly topic: string;
  readonly incarnation: number;
  readonly partition: number;
}
interface PaneRead extends SourceRead {
  readonly metric: string;
  readonly revision: string;
  readonly pane_start_ms: Digits;
  readonly dimensions: string[];
  readonly chunk: Digits;
  readonly through: Digits;
  readonly events: Digits;
  readonly late_events: Digits;
  readonly partial: number;
  readonly sums_text: string;
  readonly extremes: number[];
  readonly last_times: number[];
  readonly last_offsets: number[];
  readonly hashes: Digits;
}
interface FactRead {
  readonly chunk: Digits;
  readonly offset: Digits;
  readonly log_ms: Digits;
  readonly event_ms: Digits;
  readonly duplicate_of: Digits;
  readonly words: number[];
}
interface OutcomeRead {
  readonly outcome: OutcomeRow['outcome'];
  readonly reason: string;
  readonly chunk: Digits;
  readonly through: Digits;
  readonly count: Digits;
}
interface GapRead {
  readonly chunk: Digits;
  readonly from_offset: Digits;
  readonly through_offset: Digits;
  readonly from_time_ms: Digits;
  readonly to_time_ms: Digits;
  readonly reason: Gap['reason'];
}

function sourceOf({ topic, incarnation, partition }: SourceRead): SourcePartition {
  return { topic, incarnation, partition };
}

function whereOf({ topic, incarnation, partition }: SourcePartition): string {
  return `WHERE topic = '${topic}' AND incarnation = ${incarnation} AND partition = ${partition}`;
}
