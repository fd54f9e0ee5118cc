import { factColumnName, type Contract } from '@freshet/contracts';
import { fieldOf, storedBound, storedValue, type Leaf } from '../filter-values.js';
import type { Filter, Scalar } from '../metric.js';
import { identifier, literal } from './text.js';

/**
 * The filter as a condition over fact columns, 0 or 1, never NULL: an absent value passes no test, so that
 * `not` is true of it, as in the aggregator.
 */
export function filterSql(filter: Filter, contract: Contract): string {
  switch (filter.kind) {
    case 'not':
      return `NOT (${filterSql(filter.filter, contract)})`;
    case 'all':
    case 'any': {
      if (filter.filters.length === 0) return filter.kind === 'all' ? '1' : '0';
      return filter.filters
        .map((each) => `(${filterSql(each, contract)})`)
        .join(filter.kind === 'all' ? ' AND ' : ' OR ');
    }
    case 'exists':
      return fieldOf(contract, filter.field).required ? '1' : `isNotNull(${columnSql(filter.field)})`;
    default:
      return leafSql(filter, contract);
  }
}

/** Fact column of a field. */
export function columnSql(fieldName: string): string {
  return identifier(factColumnName(fieldName));
}

function leafSql(leaf: Leaf, contract: Contract): string {
  const field = fieldOf(contract, leaf.field);
  const column =
    field.type === 'timestamp' ? `toUnixTimestamp64Milli(${columnSql(leaf.field)})` : columnSql(leaf.field);
  const value = (wanted: Scalar): string => scalarSql(storedValue(field, wanted));
  const test = ((): string => {
    switch (leaf.kind) {
      case 'equals':
        return `${column} = ${value(leaf.value)}`;
      case 'in':
        return leaf.values.length === 0 ? '0' : `${column} IN (${leaf.values.map(value).join(', ')})`;
      case 'prefix':
        return `startsWith(${column}, ${literal(leaf.prefix)})`;
      case 'range': {
        const bounds = [];
        if (leaf.from !== undefined) bounds.push(`${column} >= ${storedBound(field, leaf.from)}`);
        if (leaf.to !== undefined) bounds.push(`${column} < ${storedBound(field, leaf.to)}`);
        return bounds.join(' AND ') || `isNotNull(${column})`;
      }
    }
  })();
  return field.required ? test : `ifNull(${test}, 0)`;
}

function scalarSql(value: Scalar): string {
  if (typeof value === 'string') return literal(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return String(value);
}
