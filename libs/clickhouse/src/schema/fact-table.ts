import { factColumnName, factColumns, REFERENCE_COLUMNS, type Contract } from '@freshet/contracts';
import { FACT, FACTS_DATABASE } from '@freshet/metrics';
import { SOURCE, TIME } from './source-columns.js';
import { quoted, text, type Table, type TableColumn } from './table.js';

/** Name of a contract's fact table, with database. */
export function factTableName(contract: string): string {
  return `${FACTS_DATABASE}.${quoted(`${contract}_log`)}`;
}

/** Columns that every fact table begins with. */
const LOG_COLUMNS: readonly TableColumn[] = [
  ...SOURCE,
  { name: FACT.offset, type: 'Int64', comment: 'Kafka offset.' },
  { name: FACT.chunk, type: 'Int64', comment: 'Offset at which the chunk starts that counted it.' },
  { name: FACT.logTime, type: TIME, comment: 'Log timestamp of the record.' },
  { name: FACT.eventTime, type: TIME, comment: 'When it happened, as the event says.' },
];
const VERDICT_COLUMNS: readonly TableColumn[] = [
  { name: 'id_hash', type: 'UInt128', comment: '128-bit hash of the event id.' },
  {
    name: 'duplicate_of',
    type: 'Int64',
    comment:
      'Offset of the first event with this id in the partition; -1 where the row counts, -2 where it was counted and ' +
      'a correction takes it back.',
  },
];

/** Order of the records of a key, whose records are all in one partition: a number that fits every offset a life. */
export const PLACE_SQL = `toInt64(${FACT.incarnation}) * 281474976710656 + ${FACT.offset}`;

/** Both make fewer files: an insert costs more for each that it creates than for a thousand rows. */
const FACT_SETTINGS = {
  /** Ten parts of a size become one, not five. FINAL goes by ranges of the key, which parts of different times share not. */
  merge_selector_base: 10,
  /** Smaller parts, of 500,000 rows or so, have all columns in one file. */
  min_bytes_for_wide_part: 67_108_864,
};

/** Facts of one contract: a row an offset, sorted by the log's own attributes, kept `days` days. */
export function factTable(contract: Contract, days: number): Table {
  if (contract.reference !== undefined) return referenceTable(contract, contract.reference.key);
  return {
    name: factTableName(contract.name),
    comment:
      `${contract.title}: every valid event of topic ${contract.topic} with the verdict counted or duplicate. ` +
      `Read view ${FACTS_DATABASE}.${contract.name} instead, which has counted events only.`,
    columns: columnsOf(contract),
    indexes: [`event_time_range ${FACT.eventTime} TYPE minmax GRANULARITY 1`],
    engine: 'ReplacingMergeTree',
    partitionBy: `toYYYYMMDD(${FACT.logTime})`,
    orderBy: `(toStartOfHour(${FACT.logTime}), topic, ${FACT.incarnation}, ${FACT.partition}, ${FACT.offset})`,
    retention: { time: FACT.logTime, days },
    settings: FACT_SETTINGS,
  };
}

/** Reference data: a row a key, the newest, kept for ever as in a compacted topic. A deleted key keeps its row. */
function referenceTable(contract: Contract, key: string): Table {
  const { deleted, place } = REFERENCE_COLUMNS;
  return {
    name: factTableName(contract.name),
    comment:
      `${contract.title}: the newest valid record of each key of topic ${contract.topic}, deleted keys too. ` +
      `Read view ${FACTS_DATABASE}.${contract.name} instead, which has what holds now.`,
    columns: [
      ...columnsOf(contract),
      { name: deleted, type: 'Bool', comment: 'The record deletes its key.' },
      {
        name: place,
        type: 'Int64',
        clause: `DEFAULT ${PLACE_SQL}`,
        comment: 'Life of the topic × 2^48 + offset: the newest counts.',
      },
    ],
    engine: `ReplacingMergeTree(${place})`,
    orderBy: `(topic, ${factColumnName(key)})`,
  };
}

function columnsOf(contract: Contract): TableColumn[] {
  return [
    ...LOG_COLUMNS,
    ...VERDICT_COLUMNS,
    ...factColumns(contract).map(({ name, type, comment }) => ({ name, type, comment })),
  ];
}

/** Comments of the columns that a contract's view shows. */
export function factViewComments(contract: Contract): Readonly<Record<string, string>> {
  const columns = [...LOG_COLUMNS, ...factColumns(contract)];
  return {
    ...Object.fromEntries(columns.map(({ name, comment }) => [name, comment])),
    as_of: 'Time up to which the facts of the topic are complete; NULL without evidence.',
  };
}

/** Types of the columns of a contract's view. */
export function factViewTypes(contract: Contract): Readonly<Record<string, string>> {
  const columns = [...LOG_COLUMNS, ...factColumns(contract)];
  return { ...Object.fromEntries(columns.map(({ name, type }) => [name, type])), as_of: `Nullable(${TIME})` };
}

/** Body of the analysts' view of a contract: each counted event once; of reference data the newest record of each key. */
export function factViewSelect(contract: Contract): string {
  const columns = [...LOG_COLUMNS, ...factColumns(contract)].map(({ name }) => quoted(name));
  return [
    `WITH (SELECT ifNull(minOrNull(facts_as_of_ms), -1) FROM ${FACTS_DATABASE}.source_progress WHERE topic = ${text(contract.topic)}) AS as_of_ms`,
    `SELECT ${columns.join(', ')},`,
    `  if(as_of_ms < 0, NULL, fromUnixTimestamp64Milli(toInt64(as_of_ms), 'UTC')) AS as_of`,
    `FROM ${factTableName(contract.name)} FINAL`,
    contract.reference === undefined
      ? `WHERE duplicate_of = -1`
      : `WHERE NOT ${REFERENCE_COLUMNS.deleted} AND topic = ${text(contract.topic)}`,
  ].join('\n');
}
