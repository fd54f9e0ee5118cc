import { type Contract, type ContractField } from './contract.js';

/** Columns that every fact table has besides the contract's fields, and columns that views add. */
export const RESERVED_COLUMNS: readonly string[] = [
  'topic',
  'incarnation',
  'partition',
  'offset',
  'chunk',
  'log_time',
  'event_time',
  'id_hash',
  'duplicate_of',
  'as_of',
];

/** Columns that fact tables of reference data have as well. */
export const REFERENCE_COLUMNS = {
  /** Bool: the newest record of the key has no value. */
  deleted: 'deleted',
  /** Int64: life of the topic × 2^48 + offset. */
  place: 'reference_place',
} as const;

/** How a contract's field is kept in its fact table. */
export interface FactColumn {
  /** snake_case column name. */
  readonly name: string;
  readonly field: ContractField;
  /** Position in the contract's fields and in `DecodedBlock.columns`. */
  readonly index: number;
  /**
   * ClickHouse type. Text that may be absent is Nullable, as are numbers, booleans and times; an absent
   * array is an empty one. Decimals are whole numbers of 10^-scale units.
   */
  readonly type: string;
  /** For the column's COMMENT. */
  readonly comment: string;
}

/** The fact columns of a contract, in the order of its fields. */
export function factColumns(contract: Contract): FactColumn[] {
  return contract.fields.map((field, index) => ({
    name: factColumnName(field.name),
    field,
    index,
    type: clickHouseType(field),
    comment: comment(field),
  }));
}

/** `totalMinor` → `total_minor`, `orderID` → `order_id`. */
export function factColumnName(fieldName: string): string {
  return fieldName
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

function clickHouseType(field: ContractField): string {
  if (field.each !== undefined) {
    return `Array(${scalarType(field)})`;
  }
  const type = field.required ? scalarType(field) : `Nullable(${scalarType(field)})`;
  return field.lowCardinality ? `LowCardinality(${type})` : type;
}

function scalarType(field: ContractField): string {
  switch (field.type) {
    case 'string':
      return 'String';
    case 'integer':
    case 'decimal':
      return 'Int64';
    case 'boolean':
      return 'Bool';
    case 'timestamp':
      return "DateTime64(3, 'UTC')";
  }
}

function comment(field: ContractField): string {
  const parts = [field.description];
  if (field.type === 'decimal') parts.push(`In units of 10^-${field.scale ?? 0}.`);
  if (field.currencyField !== undefined) {
    parts.push(`Currency: ${factColumnName(field.currencyField)}; never to be summed across currencies.`);
  }
  if (field.classification === 'personal') parts.push('Personal data.');
  return parts.filter((part) => part !== '').join(' ');
}
