import type { Contract, ContractField } from '@freshet/contracts';
import type { Filter, Scalar } from './metric.js';

/** Field of a contract by name. Throws on an unknown one: loading has checked the names. */
export function fieldOf(contract: Contract, name: string): ContractField {
  const field = contract.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`Contract ${contract.name} has no field "${name}".`);
  return field;
}

/** A filter's value as it is kept in columns: decimals as whole numbers of 10^-scale units. */
export function storedValue(field: ContractField, value: Scalar): Scalar {
  return field.type === 'decimal' ? scaled(field, value as number) : value;
}

/** A bound of a range as it is kept in columns. */
export function storedBound(field: ContractField, bound: number): number {
  return field.type === 'decimal' ? scaled(field, bound) : bound;
}

function scaled(field: ContractField, value: number): number {
  return Number(`${value}e${field.scale ?? 0}`);
}

/** What a test of one value asks, without the field; true for values that pass. */
export type Leaf = Exclude<Filter, { kind: 'not' | 'all' | 'any' | 'exists' }>;

/** Whether a present value (as kept in columns) passes. The meaning of filters; SQL and generated code follow it. */
export function passes(leaf: Leaf, field: ContractField, value: Scalar): boolean {
  switch (leaf.kind) {
    case 'equals':
      return value === storedValue(field, leaf.value);
    case 'in':
      return leaf.values.some((wanted) => value === storedValue(field, wanted));
    case 'prefix':
      return String(value).startsWith(leaf.prefix);
    case 'range':
      return (
        (leaf.from === undefined || (value as number) >= storedBound(field, leaf.from)) &&
        (leaf.to === undefined || (value as number) < storedBound(field, leaf.to))
      );
  }
}
