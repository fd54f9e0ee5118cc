import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import { type ChunkCoverage, type PastChunk, type PastStore } from '@freshet/ingestion';
import { WRITE_SETTINGS } from '../client.js';
import { type MetricRatio } from '@freshet/metrics';
import { topicsOf } from '../schema/metric-view.js';
import { replaceRatioViews } from '../schema/ratio-views.js';
import { promote } from '../schema/revisions.js';
import { createMetricStore } from './metric-store.js';
import { readRows } from './read-rows.js';

interface ChunkRead {
  readonly incarnation: number;
  readonly partition: number;
  readonly chunk: number;
  readonly newest_life: number;
  readonly panes: number;
  readonly facts: number;
  readonly end: number;
  readonly frontier: number;
  readonly last_log_time: number;
  readonly records: number;
  readonly fact_records: number;
  readonly has_opening: number;
  readonly claim: number;
  readonly opened_at: number;
  readonly frontier_before: number;
  readonly first_offset: number;
  readonly first_log_time: number;
  readonly first_hash: string;
}

/** The ledger is read as one statement; outcomes and openings of a chunk were stored before its ledger row. */
const CHUNKS = `
SELECT l.incarnation AS incarnation, l.partition AS partition, l.chunk AS chunk,
  l.incarnation = max(l.incarnation) OVER (PARTITION BY l.partition) AS newest_life,
  panes, facts, \`end\`, frontier, last_log_time, records, fact_records,
  o.known AS has_opening, o.claim AS claim, toUnixTimestamp64Milli(o.opened_at) AS opened_at,
  o.frontier_ms AS frontier_before, o.first_offset AS first_offset,
  toUnixTimestamp64Milli(o.first_log_time) AS first_log_time, o.first_hash AS first_hash
FROM (
  SELECT incarnation, partition, chunk, max(panes_through) AS panes, max(facts_through) AS facts,
    max(ledger_log.\`end\`) AS \`end\`, max(frontier_ms) AS frontier, max(last_log_time_ms) AS last_log_time
  FROM freshet.ledger_log WHERE topic = {topic: String} GROUP BY incarnation, partition, chunk
) AS l
LEFT JOIN (
  SELECT incarnation, partition, chunk, toInt64(sum(count)) AS records,
    toInt64(sumIf(count, outcome IN ('ok', 'duplicate'))) AS fact_records
  FROM freshet.outcomes_log FINAL WHERE topic = {topic: String} GROUP BY incarnation, partition, chunk
) AS c USING (incarnation, partition, chunk)
LEFT JOIN (
  SELECT incarnation, partition, chunk, 1 AS known, claim, opened_at, frontier_ms, first_offset, first_log_time,
    first_hash
  FROM freshet.chunk_openings_log FINAL WHERE topic = {topic: String}
) AS o USING (incarnation, partition, chunk)
ORDER BY incarnation, partition, chunk`;

/** See `PastStore`. Needs the tables that `migrate` makes. */
export function createPastStore(
  client: ClickHouseClient,
  contracts: readonly Contract[],
  ratios: readonly MetricRatio[] = [],
): PastStore {
  const { highestClaims, readChunkFacts, writePanes } = createMetricStore(client, contracts);
  const insert = async (table: string, values: readonly object[]): Promise<void> => {
    await client.insert({ table, values, format: 'JSONEachRow', clickhouse_settings: WRITE_SETTINGS });
  };
  return {
    highestClaims,
    readChunkFacts,
    writePanes,
    async readPastChunks(topic) {
      const rows = await readRows<ChunkRead>(client, CHUNKS, { topic });
      return rows.map((row): PastChunk => {
        const { chunk } = row;
        const source = { topic, incarnation: row.incarnation, partition: row.partition };
        const first = { offset: row.first_offset, logTimeMs: row.first_log_time, hash: row.first_hash };
        return {
          source,
          isNewestLife: row.newest_life === 1,
          chunk,
          panesThrough: row.panes,
          factsThrough: row.facts,
          end: row.end,
          frontierMs: row.frontier,
          lastLogTimeMs: row.last_log_time,
          records: row.records,
          facts: row.fact_records,
          opening:
            row.has_opening === 1
              ? {
                  source,
                  chunk,
                  claim: row.claim,
                  openedAtMs: row.opened_at,
                  frontierMs: row.frontier_before,
                  first,
                }
              : undefined,
        };
      });
    },
    async readAllAdvances(source, through) {
      const rows = await readRows<{ position: number; claim: number; owner: string; frontier: number }>(
        client,
        `SELECT position, claim, owner, max(a.frontier_ms) AS frontier FROM freshet.clock_advances_log AS a
         WHERE topic = {topic: String} AND incarnation = {incarnation: UInt32} AND partition = {partition: UInt32}
           AND position <= {through: Int64}
         GROUP BY position, claim, owner ORDER BY position`,
        { ...source, through },
      );
      return rows.map(({ position, claim, owner, frontier }) => {
        return { source, position, claim, owner, frontierMs: frontier };
      });
    },
    async readCoverage(topic, revisions) {
      const rows = await readRows<{
        metric: string;
        revision: string;
        incarnation: number;
        partition: number;
        chunk: number;
        kind: ChunkCoverage['kind'];
        claim: number;
        owner: string;
        frontier_ms: number;
      }>(
        client,
        `SELECT metric, revision, incarnation, partition, chunk, kind, claim, owner, frontier_ms
         FROM freshet.revision_coverage_log FINAL
         WHERE topic = {topic: String} AND revision IN {revisions: Array(String)}`,
        { topic, revisions },
      );
      return rows.map(({ incarnation, partition, frontier_ms, ...row }) => {
        return { ...row, source: { topic, incarnation, partition }, frontierMs: frontier_ms };
      });
    },
    writeCoverage: (rows) =>
      insert(
        'freshet.revision_coverage_log',
        rows.map(({ source, frontierMs, ...row }) => ({ ...row, ...source, frontier_ms: frontierMs })),
      ),
    writeProgress: ({ name, revision }, filled, total) =>
      insert('freshet.metric_proposals_log', [{ metric: name, revision, filled, total }]),
    async promote({ definition, countedFromMs }) {
      await promote(client, definition, topicsOf(definition, contracts), countedFromMs);
      await replaceRatioViews(client, contracts, ratios);
    },
  };
}
