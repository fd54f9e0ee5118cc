import { type ClickHouseClient } from '@clickhouse/client';
import {
  factColumns,
  itemKindOf,
  ListRows,
  TextRows,
  type ColumnData,
  type Contract,
  type FactColumn,
  type ListItem,
} from '@freshet/contracts';
import { type FactBlock, type OutcomeRow, type SourcePartition } from '@freshet/ingestion';
import { factTableName } from '../schema/fact-table.js';
import { readRows } from './read-rows.js';

type Value = string | number | boolean | null | readonly (string | number | boolean)[];
type FactRead = Readonly<Record<string, Value>> & {
  readonly fact_offset: number;
  readonly log_time_ms: number;
  readonly event_time_ms: number;
  readonly duplicate_of: number;
  readonly words: readonly number[];
};

/** See `MetricStore.readChunkFacts`: one block, at most as many rows as a chunk has offsets. */
export async function readChunkFacts(
  client: ClickHouseClient,
  contract: Contract,
  source: SourcePartition,
  from: number,
  before: number,
): Promise<FactBlock[]> {
  const fields = factColumns(contract);
  const rows = await readRows<FactRead>(
    client,
    `SELECT f.offset AS fact_offset, toUnixTimestamp64Milli(f.log_time) AS log_time_ms,
       toUnixTimestamp64Milli(f.event_time) AS event_time_ms, f.duplicate_of AS duplicate_of,
       arrayMap(i -> toUInt32(bitAnd(bitShiftRight(f.id_hash, 32 * i), 4294967295)), range(4)) AS words
       ${fields.map((field, c) => `, ${selected(field)} AS field_${c}`).join('')}
     FROM ${factTableName(contract.name)} AS f FINAL
     WHERE f.topic = {topic: String} AND f.incarnation = {incarnation: UInt32} AND f.partition = {partition: UInt32}
       AND f.offset >= {from: Int64} AND f.offset < {before: Int64}
     ORDER BY f.offset`,
    { ...source, from, before },
  );
  if (rows.length === 0) return [];
  const numbers = (name: 'fact_offset' | 'log_time_ms' | 'event_time_ms' | 'duplicate_of'): Float64Array =>
    Float64Array.from(rows, (row) => row[name]);
  return [
    {
      contract: contract.name,
      source,
      chunk: from,
      count: rows.length,
      offsets: numbers('fact_offset'),
      logTimesMs: numbers('log_time_ms'),
      eventTimesMs: numbers('event_time_ms'),
      idHash: Uint32Array.from(rows.flatMap(({ words }) => words)),
      duplicateOf: numbers('duplicate_of'),
      columns: fields.map(({ field }, c) => {
        const values = rows.map((row) => row[`field_${c}`]!);
        const absent = field.required
          ? undefined
          : Uint8Array.from(values, (value) => (value === null ? 1 : 0));
        return { name: field.name, absent, data: dataOf(field, values) };
      }),
    },
  ];
}

/** Times come as milliseconds, as the decoder gives them. */
function selected({ name, field }: FactColumn): string {
  const column = `f.\`${name}\``;
  if (field.type !== 'timestamp') return column;
  return field.each === undefined
    ? `toUnixTimestamp64Milli(${column})`
    : `arrayMap(t -> toUnixTimestamp64Milli(t), ${column})`;
}

/** In the form in which the contract's decoder gives it, so that what was compiled for that can read it. */
function dataOf(field: FactColumn['field'], values: readonly Value[]): ColumnData {
  if (field.each !== undefined)
    return { kind: 'list', values: ListRows.of(itemKindOf(field), values as (readonly ListItem[])[]) };
  if (field.type === 'boolean')
    return { kind: 'boolean', values: Uint8Array.from(values, (value) => (value === true ? 1 : 0)) };
  if (field.type !== 'string')
    return { kind: 'number', values: Float64Array.from(values, (value) => Number(value ?? 0)) };
  const texts = values.map((value) => (value as string | null) ?? '');
  if (!field.lowCardinality) return { kind: 'text', values: TextRows.of(texts) };
  const ids = new Map([['', 0]]);
  for (const text of texts) if (!ids.has(text)) ids.set(text, ids.size);
  return {
    kind: 'dictionary',
    ids: Int32Array.from(texts, (text) => ids.get(text)!),
    dictionary: { values: [...ids.keys()] },
  };
}

/** See `MetricStore.readChunkOutcomes`. */
export async function readChunkOutcomes(
  client: ClickHouseClient,
  source: SourcePartition,
  chunk: number,
): Promise<OutcomeRow[]> {
  const rows = await readRows<Pick<OutcomeRow, 'outcome' | 'reason' | 'count' | 'through'>>(
    client,
    `SELECT outcome, reason, count, through FROM freshet.outcomes_log FINAL
     WHERE topic = {topic: String} AND incarnation = {incarnation: UInt32} AND partition = {partition: UInt32}
       AND chunk = {chunk: Int64}`,
    { ...source, chunk },
  );
  return rows.map((row) => ({ source, chunk, ...row }));
}
