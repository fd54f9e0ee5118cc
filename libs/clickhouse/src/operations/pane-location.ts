import { type SourcePartition } from '@freshet/ingestion';
import { factsQuery, PANES_TABLE, whereMetric, type FactsQueryRow } from '@freshet/metrics';
import { readHead } from '../store/archive-store.js';
import { readRows } from '../store/read-rows.js';
import { type Scope } from './pane-audit.js';

/** Events of one series and pane in one chunk: as the pane has them, and as the facts have them. */
export interface ChunkEvents {
  readonly source: SourcePartition;
  readonly chunk: number;
  /** Offsets of the chunk that are stored, inclusive. */
  readonly from: number;
  readonly through: number;
  readonly panes: number;
  readonly facts: number;
}

/** More chunks than this meet in one pane only in a backlog: they are not told apart then. */
const MOST_CHUNKS = 64;

interface ChunkRead {
  readonly incarnation: number;
  readonly partition: number;
  readonly chunk: number;
  readonly through: number;
  readonly panes: number;
}

/** Chunks in which a series of a pane differs from its facts; none of a pane that is archived: it is of no chunk any more. */
export async function locate(
  { client, pane, contract, facts }: Scope,
  paneStartMs: number,
  series: readonly string[],
): Promise<ChunkEvents[]> {
  const { topic } = contract;
  const toMs = paneStartMs + pane.window.everyMs;
  if (paneStartMs < (await readHead(client, pane)).beforeMs) return [];
  const stored = pane.dimensions.filter(({ by }) => by?.kind !== 'quantile');
  const chunks = await readRows<ChunkRead>(
    client,
    `SELECT incarnation, partition, chunk, sum(events) AS panes, max(last) AS through FROM (
       SELECT incarnation, partition, chunk, p.events AS events, p.through AS last FROM ${PANES_TABLE} AS p FINAL ${whereMetric(pane)}
         AND pane_start = fromUnixTimestamp64Milli({from: Int64}, 'UTC') AND dimensions = {series: Array(String)}
       UNION ALL
       SELECT DISTINCT incarnation, partition, chunk, toUInt64(0) AS events, max(offset) OVER (PARTITION BY incarnation, partition, chunk) AS last
       FROM (${facts}) WHERE event_time >= fromUnixTimestamp64Milli({from: Int64}, 'UTC')
         AND event_time < fromUnixTimestamp64Milli({to: Int64}, 'UTC')
     ) GROUP BY incarnation, partition, chunk ORDER BY incarnation, partition, chunk LIMIT ${MOST_CHUNKS + 1}`,
    // Which quantile it is, is told last and not stored.
    { from: paneStartMs, to: toMs, series: series.slice(0, stored.length) },
  );
  if (chunks.length > MOST_CHUNKS) return [];
  const groupBy = pane.dimensions.map(({ name }) => name);
  const found: ChunkEvents[] = [];
  for (const { incarnation, partition, chunk, through, panes } of chunks) {
    const own = `${facts} AND incarnation = ${incarnation} AND partition = ${partition} AND chunk = ${chunk}`;
    const selection = { fromMs: paneStartMs, toMs, groupBy, perPane: true };
    const query = factsQuery(pane, contract, { ...selection, facts: own, fold: true });
    const rows = await readRows<FactsQueryRow>(client, query);
    const row = rows.find((each) => each.series.every((value, index) => value === series[index]));
    const events = Number(row?.events ?? 0);
    if (events === panes) continue;
    const source: SourcePartition = { topic, incarnation, partition };
    found.push({ source, chunk, from: chunk, through, panes, facts: events });
  }
  return found;
}
