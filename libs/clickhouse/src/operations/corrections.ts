import { type ClickHouseClient } from '@clickhouse/client';
import { factColumns, type Contract } from '@freshet/contracts';
import { WRITE_SETTINGS } from '../client.js';
import { factTableName } from '../schema/fact-table.js';
import { CORRECTED_TABLE } from '../schema/operation-tables.js';
import { quoted } from '../schema/table.js';
import { readRows } from '../store/read-rows.js';
import { type TimeRange } from './segments.js';

/** Events that were counted although their id was counted before, in a range of log time. */
export interface RepeatPlan {
  /** Can be taken back. */
  readonly events: number;
  /** Wait until their chunk is stored to its end. */
  readonly open: number;
  /** Have the id of another event and other content: a person decides what that means. */
  readonly unlike: number;
}

export interface CorrectedChunk {
  readonly incarnation: number;
  readonly partition: number;
  readonly chunk: number;
}

/**
 * Events whose id was counted before, at a lower log time, life, partition or offset: `is_sealed` tells that nobody
 * writes their chunk any more, `contents` how many different events the id stands for.
 */
function repeats(contract: Contract): string {
  const fields = ['event_time', ...factColumns(contract).map(({ name }) => quoted(name))];
  return `SELECT incarnation, partition, offset, contents,
    (incarnation, partition, chunk) IN (
      SELECT incarnation, partition, chunk FROM freshet.ledger_log AS l WHERE topic = {topic: String}
      GROUP BY incarnation, partition, chunk
      HAVING max(l.\`end\`) >= 0 AND max(l.panes_through) >= max(l.\`end\`) AND max(l.facts_through) >= max(l.\`end\`)
    ) AS is_sealed
  FROM (
    SELECT incarnation, partition, offset, chunk,
      row_number() OVER (PARTITION BY id_hash ORDER BY log_time, incarnation, partition, offset) AS copy,
      uniqExact(content) OVER (PARTITION BY id_hash) AS contents
    FROM (
      SELECT incarnation, partition, offset, chunk, id_hash, log_time, toString((${fields.join(', ')})) AS content
      FROM ${counted(contract)}
        AND id_hash IN (SELECT id_hash FROM ${counted(contract)} GROUP BY id_hash HAVING count() > 1)
    )
  ) WHERE copy > 1`;
}

function counted(contract: Contract): string {
  return `${factTableName(contract.name)} FINAL WHERE duplicate_of = -1 AND topic = {topic: String}
    AND log_time >= fromUnixTimestamp64Milli({from: Int64}, 'UTC') AND log_time < fromUnixTimestamp64Milli({to: Int64}, 'UTC')`;
}

const parameters = ({ topic }: Contract, { fromMs, toMs }: TimeRange): Record<string, unknown> => ({
  topic,
  from: fromMs,
  to: toMs,
});

/** What `takeBackRepeats` would do. */
export async function planCorrections(
  client: ClickHouseClient,
  contract: Contract,
  range: TimeRange,
): Promise<RepeatPlan> {
  const [plan] = await readRows<RepeatPlan>(
    client,
    `SELECT countIf(contents = 1 AND is_sealed) AS events, countIf(contents = 1 AND NOT is_sealed) AS open,
       countIf(contents > 1) AS unlike
     FROM (${repeats(contract)})`,
    parameters(contract, range),
  );
  return plan ?? { events: 0, open: 0, unlike: 0 };
}

/**
 * Gives repeated events of sealed chunks the verdict -2, all but the first of each id. From then on the facts are
 * right, and the panes once the corrections of `correctedChunks` are stored: either may be repeated.
 */
export async function takeBackRepeats(
  client: ClickHouseClient,
  contract: Contract,
  range: TimeRange,
): Promise<void> {
  await client.command({
    query: `INSERT INTO ${factTableName(contract.name)}
      SELECT * REPLACE (toInt64(-2) AS duplicate_of) FROM (
        SELECT * FROM ${counted(contract)} AND (incarnation, partition, offset) IN (
          SELECT incarnation, partition, offset FROM (${repeats(contract)}) WHERE contents = 1 AND is_sealed))`,
    query_params: parameters(contract, range),
    clickhouse_settings: { ...WRITE_SETTINGS, max_partitions_per_insert_block: '0' },
  });
}

/** Tells readers that a chunk's panes are corrected: to be called once they are stored. Repeats change nothing. */
export async function tellCorrected(
  client: ClickHouseClient,
  topic: string,
  chunk: CorrectedChunk,
  events: number,
): Promise<void> {
  await client.insert({
    table: CORRECTED_TABLE,
    values: [{ topic, ...chunk, events }],
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}

/** Chunks of which events were taken back, whenever. */
export async function correctedChunks(
  client: ClickHouseClient,
  contract: Contract,
): Promise<CorrectedChunk[]> {
  return readRows<CorrectedChunk>(
    client,
    `SELECT incarnation, partition, chunk FROM ${factTableName(contract.name)} FINAL
     WHERE duplicate_of = -2 AND topic = {topic: String} GROUP BY incarnation, partition, chunk
     ORDER BY incarnation, partition, chunk`,
    { topic: contract.topic },
  );
}
