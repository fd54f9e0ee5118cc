import type { Contract, ContractField, Position, Section } from '@freshet/contracts';

/**
 * Field of the contract that `key` names; unknown names are reported with the nearest one. Arrays are refused:
 * a measure, filter or dimension takes one value an event.
 */
export function readField(section: Section, key: string, contract: Contract): ContractField | undefined {
  const name = section.text(key);
  return name === undefined
    ? undefined
    : resolveField(section, section.at(key), section.pathOf(key), name, contract);
}

export function resolveField(
  section: Section,
  at: Position,
  path: string,
  name: string,
  contract: Contract,
): ContractField | undefined {
  const single = contract.fields.filter(({ each }) => each === undefined);
  const field = single.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  const isList = contract.fields.some((candidate) => candidate.name === name);
  section.problems.add(
    at,
    isList ? `${path}: "${name}" is an array` : `${path}: contract ${contract.name} has no field "${name}"`,
    isList ? 'Name a field with one value an event.' : `Name a field of ${contract.file}.`,
    { found: name, candidates: single.map((candidate) => candidate.name) },
  );
  return undefined;
}
