import type { Contract } from '@freshet/contracts';
import { fieldOf } from '../filter-values.js';
import { OTHER, type Dimension, type MetricDefinition } from '../metric.js';
import { columnSql } from './filter-sql.js';
import { PANE, REFERENCE, REFERENCE_TABLE } from './pane-columns.js';
import { literal } from './text.js';

/** Text of a dimension as the aggregator stores it: an absent value is empty text. */
export function storedDimensionSql(dimension: Dimension, contract: Contract): string {
  const { by } = dimension;
  const field = fieldOf(contract, dimension.field);
  const column = columnSql(dimension.field);
  const text = field.required ? `toString(${column})` : `ifNull(toString(${column}), '')`;
  switch (by?.kind) {
    case 'bands': {
      const bands = by.bounds.map((bound, index) => `${column} < ${bound}, ${literal(by.labels[index]!)}`);
      const label = `multiIf(${bands.join(', ')}, ${literal(by.labels.at(-1)!)})`;
      return field.required ? label : `if(isNull(${column}), '', assumeNotNull(${label}))`;
    }
    case 'values': {
      const entries = Object.entries(by.values);
      const list = (index: 0 | 1): string => `[${entries.map((entry) => literal(entry[index])).join(', ')}]`;
      return `if(${text} = '', '', transform(${text}, ${list(0)}, ${list(1)}, ${literal(by.otherwise)}))`;
    }
    default:
      return text;
  }
}

/** Text of a dimension of a fact as readers see it: a key of a reference topic is mapped as it is known now. */
export function dimensionSql(dimension: Dimension, contract: Contract): string {
  return readSql(storedDimensionSql(dimension, contract), dimension);
}

/** Text of a dimension of a pane row as readers see it; `perPane`: as it is stored. */
export function paneDimensionSql(definition: MetricDefinition, index: number, perPane = false): string {
  const stored = `toString(${PANE.dimensions}[${index + 1}])`;
  return perPane ? stored : readDimensionSql(definition, index, stored);
}

/** Text of a dimension as readers see it, from SQL of its stored text. */
export function readDimensionSql({ dimensions }: MetricDefinition, index: number, stored: string): string {
  return readSql(stored, dimensions[index]!);
}

function readSql(stored: string, { by }: Dimension): string {
  if (by?.kind !== 'reference') return stored;
  const known =
    `(SELECT (groupArray(${REFERENCE.key}), groupArray(${REFERENCE.value})) FROM ${REFERENCE_TABLE} FINAL ` +
    `WHERE ${REFERENCE.contract} = ${literal(by.contract)} AND ${REFERENCE.fields} = ${literal(referenceFields(by))} AND NOT ${REFERENCE.deleted})`;
  return `if(${stored} IN ('', ${literal(OTHER)}), ${stored}, transform(${stored}, ${known}.1, ${known}.2, ${literal(by.otherwise)}))`;
}

/** Which mapping of a contract: its fields, as they stand in the table. */
export function referenceFields({ key, value }: { readonly key: string; readonly value: string }): string {
  return `${key} → ${value}`;
}
