import { factColumns, type Contract, type FactColumn } from '@freshet/contracts';
import { type FactBlock } from '@freshet/ingestion';
import {
  arrayColumn,
  Bool,
  bytesColumn,
  column,
  dictionaryColumn,
  Int64,
  lowCardinalityColumn,
  nullableColumn,
  Text,
  Time,
  UInt32,
  type NativeColumn,
  type NativeType,
} from '../native/columns.js';

type FactColumns = (block: FactBlock) => readonly NativeColumn[];

/** How blocks of a contract become columns of its fact table. Throws when a block is not of this contract. */
export function factColumnsOf(contract: Contract): FactColumns {
  const fields = factColumns(contract);
  return (block) => [
    lowCardinalityColumn('topic', () => block.source.topic),
    column('incarnation', UInt32, () => block.source.incarnation),
    column('partition', UInt32, () => block.source.partition),
    column('offset', Int64, (row) => block.offsets[row]!),
    column('chunk', Int64, () => block.chunk),
    column('log_time', Time, (row) => block.logTimesMs[row]!),
    column('event_time', Time, (row) => block.eventTimesMs[row]!),
    bytesColumn('id_hash', 'UInt128', 16, bytesOf(block.idHash)),
    column('duplicate_of', Int64, (row) => block.duplicateOf[row]!),
    ...fields.map((field) => fieldColumn(field, block)),
  ];
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function fieldColumn({ name, field, index }: FactColumn, block: FactBlock): NativeColumn {
  const decoded = block.columns[index];
  if (decoded === undefined || decoded.name !== field.name) {
    throw new TypeError(
      `a block of ${block.contract} has ${decoded?.name ?? 'nothing'} where ${field.name} belongs`,
    );
  }
  const { absent, data } = decoded;
  const optional = !field.required;
  const one = <T>(type: NativeType<T>, valueAt: (row: number) => T): NativeColumn =>
    optional
      ? nullableColumn(name, type, (row) => (absent?.[row] === 1 ? null : valueAt(row)))
      : column(name, type, valueAt);
  switch (data.kind) {
    case 'dictionary':
      return dictionaryColumn(name, data.ids, data.dictionary, absent, optional);
    case 'text':
      return one(Text, (row) => data.values[row]!);
    case 'number':
      return one(field.type === 'timestamp' ? Time : Int64, (row) => data.values[row]!);
    case 'boolean':
      return one(Bool, (row) => data.values[row] === 1);
    case 'list':
      return listColumn(name, field.type, data.values);
  }
}

type Lists = readonly (readonly (string | number | boolean)[])[];

function listColumn(name: string, type: FactColumn['field']['type'], values: Lists): NativeColumn {
  switch (type) {
    case 'string':
      return arrayColumn(name, Text, (row) => values[row] as readonly string[]);
    case 'boolean':
      return arrayColumn(name, Bool, (row) => values[row] as readonly boolean[]);
    case 'timestamp':
      return arrayColumn(name, Time, (row) => values[row] as readonly number[]);
    default:
      return arrayColumn(name, Int64, (row) => values[row] as readonly number[]);
  }
}
