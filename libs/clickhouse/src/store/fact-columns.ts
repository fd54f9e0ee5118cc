import {
  factColumns,
  REFERENCE_COLUMNS,
  type Contract,
  type DecodedColumn,
  type FactColumn,
} from '@freshet/contracts';
import { type FactBlock } from '@freshet/ingestion';
import {
  Bool,
  bytesColumn,
  column,
  constantColumn,
  constantTextColumn,
  dictionaryColumn,
  Int64,
  int64Column,
  listColumn,
  nullableColumn,
  Text,
  textColumn,
  Time,
  UInt32,
  type NativeColumn,
} from '../native/columns.js';

type FactColumns = (block: FactBlock) => readonly NativeColumn[];

/** How blocks of a contract become columns of its fact table. Throws when a block is not of this contract. */
export function factColumnsOf(contract: Contract): FactColumns {
  const fields = factColumns(contract);
  return (block) => [
    constantTextColumn('topic', block.source.topic),
    constantColumn('incarnation', UInt32, block.source.incarnation),
    constantColumn('partition', UInt32, block.source.partition),
    int64Column('offset', Int64, block.offsets),
    constantColumn('chunk', Int64, block.chunk),
    int64Column('log_time', Time, block.logTimesMs),
    int64Column('event_time', Time, block.eventTimesMs),
    bytesColumn('id_hash', 'UInt128', 16, bytesOf(block.idHash)),
    int64Column('duplicate_of', Int64, block.duplicateOf),
    ...fields.map((field) => fieldColumn(field, block)),
    ...(contract.reference === undefined ? [] : [deletedColumn(block.columns[fields.length], block)]),
  ];
}

function deletedColumn(decoded: DecodedColumn | undefined, { contract }: FactBlock): NativeColumn {
  const { deleted } = REFERENCE_COLUMNS;
  const data = decoded?.name === deleted ? decoded.data : undefined;
  if (data?.kind !== 'boolean') throw new TypeError(`a block of ${contract} does not say what is ${deleted}`);
  return column(deleted, Bool, (row) => data.values[row] === 1);
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
  const mask = optional ? (absent ?? new Uint8Array(block.count)) : undefined;
  switch (data.kind) {
    case 'dictionary':
      return dictionaryColumn(name, data.ids, data.dictionary, absent, optional);
    case 'text':
      return textColumn(name, data.values, mask);
    case 'number':
      return int64Column(name, field.type === 'timestamp' ? Time : Int64, data.values, mask);
    case 'boolean': {
      const valueAt = (row: number): boolean => data.values[row] === 1;
      return optional
        ? nullableColumn(name, Bool, (row) => (absent?.[row] === 1 ? null : valueAt(row)))
        : column(name, Bool, valueAt);
    }
    case 'list':
      return listColumn(name, itemTypes[field.type], data.values);
  }
}

const itemTypes: Readonly<Record<FactColumn['field']['type'], string>> = {
  string: Text.name,
  boolean: Bool.name,
  timestamp: Time.name,
  integer: Int64.name,
  decimal: Int64.name,
};
