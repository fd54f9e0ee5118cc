import { type ClickHouseClient } from '@clickhouse/client';
import { factColumns, type Contract } from '@freshet/contracts';
import { factTableName } from '../schema/fact-table.js';
import { quoted, text } from '../schema/table.js';
import { readRows } from '../store/read-rows.js';
import { bySource } from './bounds.js';
import { type TimeRange } from './segments.js';
import { readSources } from './sources.js';

/** An event id that was counted more than once. */
export interface RepeatedId {
  /** Values of the contract's id fields, joined by a space. */
  readonly id: string;
  readonly count: number;
  readonly cause:
    'duplicate beyond horizon' | 'duplicate across partitions' | 'duplicate across lives of the topic';
  /** The first ten places. */
  readonly places: readonly {
    readonly incarnation: number;
    readonly partition: number;
    readonly offset: number;
  }[];
}

export interface RepeatAudit {
  readonly topic: string;
  /** Counted facts of the range. */
  readonly compared: number;
  /** Events counted too often: repeats beyond the first of each id. */
  readonly differences: number;
  /** The first 100 ids. */
  readonly examples: readonly RepeatedId[];
}

/** Ids in one pass: bounds the memory of the grouping, some 100 bytes each. */
const IDS_A_PASS = 2_000_000;
const MOST_EXAMPLES = 100;

/** Finds ids that were counted more than once among facts with log times in the range. */
export async function auditRepeats(
  client: ClickHouseClient,
  contract: Contract,
  { fromMs, toMs }: TimeRange,
): Promise<RepeatAudit> {
  const { topic } = contract;
  const sources = await readSources(client, topic);
  const facts = `FROM ${factTableName(contract.name)} FINAL
    WHERE duplicate_of = -1 AND topic = ${text(topic)} AND offset <= ${bySource(sources, ({ factsThrough }) => factsThrough, -1)}
      AND log_time >= fromUnixTimestamp64Milli(toInt64(${fromMs}), 'UTC') AND log_time < fromUnixTimestamp64Milli(toInt64(${toMs}), 'UTC')`;
  const [total] = await readRows<{ n: number }>(client, `SELECT count() AS n ${facts}`);
  const compared = total?.n ?? 0;
  const passes = Math.max(1, Math.ceil(compared / IDS_A_PASS));
  const idColumns = factColumns(contract)
    .filter(({ field }) => contract.eventId.includes(field.name))
    .map(({ name }) => `ifNull(toString(${quoted(name)}), '')`);
  const id =
    idColumns.length === 0 ? `hex(any(id_hash))` : `any(arrayStringConcat([${idColumns.join(', ')}], ' '))`;
  const examples: RepeatedId[] = [];
  let differences = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    const repeated = `SELECT id_hash ${facts} AND toUInt64(id_hash) % ${passes} = ${pass} GROUP BY id_hash HAVING count() > 1`;
    const [counted] = await readRows<{ extra: number }>(
      client,
      `SELECT count() - uniqExact(id_hash) AS extra ${facts} AND id_hash IN (${repeated})`,
    );
    differences += counted?.extra ?? 0;
    if ((counted?.extra ?? 0) === 0 || examples.length >= MOST_EXAMPLES) continue;
    const rows = await readRows<{
      id: string;
      n: number;
      lives: number;
      partitions: number;
      places: readonly (readonly [number, number, number])[];
    }>(
      client,
      `SELECT ${id} AS id, count() AS n, uniqExact(incarnation) AS lives, uniqExact(partition) AS partitions,
         arraySlice(arraySort(groupArray((incarnation, partition, offset))), 1, 10) AS places
       ${facts} AND id_hash IN (${repeated}) GROUP BY id_hash ORDER BY min(log_time), id
       LIMIT ${MOST_EXAMPLES - examples.length}`,
    );
    for (const row of rows)
      examples.push({
        id: row.id,
        count: row.n,
        cause:
          row.partitions > 1
            ? 'duplicate across partitions'
            : row.lives > 1
              ? 'duplicate across lives of the topic'
              : 'duplicate beyond horizon',
        places: row.places.map(([incarnation, partition, offset]) => ({ incarnation, partition, offset })),
      });
  }
  return { topic, compared, differences, examples };
}
