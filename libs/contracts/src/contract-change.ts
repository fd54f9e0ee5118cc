import { type Contract, type ContractField } from './contract.js';

/**
 * One difference between two versions of a contract. `breaking`: a message or a reader that was right under the
 * old one may be wrong under the new one. `compatible`: neither can be. Words for people are no change at all.
 */
export interface ContractChange {
  readonly kind: 'compatible' | 'breaking';
  /** E.g. `field region: value "North" is gone`. */
  readonly what: string;
}

/** What became of a contract, breaking changes first; empty when nothing that is decoded changed. Pure. */
export function compareContracts(before: Contract, after: Contract): ContractChange[] {
  const changes: ContractChange[] = [];
  const breaks = (what: string): void => void changes.push({ kind: 'breaking', what });
  const allows = (what: string): void => void changes.push({ kind: 'compatible', what });

  differs('topic', before.topic, after.topic, breaks);
  differs('encoding', before.encoding, after.encoding, breaks);
  differs('event.id', before.eventId.join(' + '), after.eventId.join(' + '), breaks);
  differs('event.time', before.eventTime ?? 'none', after.eventTime ?? 'none', breaks);
  differs('reference.key', before.reference?.key ?? 'none', after.reference?.key ?? 'none', breaks);
  differs('typeField', before.typeField ?? 'none', after.typeField ?? 'none', breaks);
  compareSets('types: ', before.types, after.types, breaks, allows);

  const old = new Map(before.fields.map((field) => [field.name, field]));
  for (const field of after.fields) {
    const known = old.get(field.name);
    old.delete(field.name);
    if (known !== undefined) compareFields(known, field, field.name === after.typeField, breaks, allows);
    else if (field.required) breaks(`field ${field.name} is new and required: older messages lack it`);
    else allows(`field ${field.name} is new`);
  }
  for (const name of old.keys()) breaks(`field ${name} is gone`);
  return changes.toSorted((a, b) => (a.kind === b.kind ? 0 : a.kind === 'breaking' ? -1 : 1));
}

/**
 * Whether a breaking change was announced: the first number of `version` (semantic versioning) went up.
 * A version that begins with no number never announces one.
 */
export function announcesBreak(before: Contract, after: Contract): boolean {
  return major(after.version) > major(before.version);
}

function major(version: string): number {
  return Number(/^\d+/.exec(version)?.[0] ?? Number.NaN);
}

type Tell = (what: string) => void;

function compareFields(
  before: ContractField,
  after: ContractField,
  isType: boolean,
  breaks: Tell,
  allows: Tell,
): void {
  const label = `field ${after.name}: `;
  differs(`${label}path`, placeOf(before), placeOf(after), breaks);
  differs(`${label}type`, before.type, after.type, breaks);
  differs(`${label}scale`, before.scale ?? 0, after.scale ?? 0, breaks);
  differs(`${label}timeFormat`, before.timeFormat ?? 'none', after.timeFormat ?? 'none', breaks);
  differs(`${label}timeZone`, before.timeZone ?? 'none', after.timeZone ?? 'none', breaks);
  differs(`${label}currencyField`, before.currencyField ?? 'none', after.currencyField ?? 'none', breaks);
  // Both are part of the column's type, which a table that holds facts keeps.
  differs(`${label}required`, before.required, after.required, breaks);
  differs(`${label}lowCardinality`, before.lowCardinality, after.lowCardinality, breaks);
  if (!isType) compareSets(`${label}value `, before.values, after.values, breaks, allows);
  compareBound(`${label}minimum`, before.minimum, after.minimum, -1, breaks, allows);
  compareBound(`${label}maximum`, before.maximum, after.maximum, 1, breaks, allows);
}

function placeOf({ path, each }: ContractField): string {
  return each === undefined ? path.join('.') : `${path.join('.')}[].${each.join('.')}`;
}

function differs<T>(label: string, before: T, after: T, tell: Tell): void {
  if (before !== after) tell(`${label} was ${String(before)}, is ${String(after)}`);
}

/** An empty list allows anything. */
function compareSets(
  label: string,
  before: readonly string[],
  after: readonly string[],
  breaks: Tell,
  allows: Tell,
): void {
  if (before.length === 0 && after.length > 0) breaks(`${label}only ${after.join(', ')} are allowed now`);
  else if (before.length > 0 && after.length === 0) allows(`${label}anything is allowed now`);
  else {
    for (const value of before) if (!after.includes(value)) breaks(`${label}"${value}" is gone`);
    for (const value of after) if (!before.includes(value)) allows(`${label}"${value}" is new`);
  }
}

/** `outward` is the sign of the direction in which a bound allows more; an absent bound is the farthest. */
function compareBound(
  label: string,
  before: number | undefined,
  after: number | undefined,
  outward: 1 | -1,
  breaks: Tell,
  allows: Tell,
): void {
  const from = (before ?? outward * Infinity) * outward;
  const to = (after ?? outward * Infinity) * outward;
  if (from === to) return;
  const what = `${label} was ${before ?? 'none'}, is ${after ?? 'none'}`;
  if (to < from) breaks(what);
  else allows(what);
}
