/** How a message can be unusable: four reasons to refuse it, and a type that nobody promised. */
export const INVALID_KINDS = [
  'truncated',
  'wrong_type',
  'missing_id',
  'missing_field',
  'unknown_type',
] as const;
export type InvalidKind = (typeof INVALID_KINDS)[number];

const WRONG_TYPE: readonly (readonly [RegExp, string])[] = [
  [/"totalMinor":-?\d+/, '"totalMinor":"12,34"'],
  [/"amountMinor":\d+/, '"amountMinor":"n/a"'],
  [/"region":"[^"]*"/, '"region":42'],
];
const MISSING_FIELD: readonly RegExp[] = [/,"currency":"[^"]*"/, /,"page":"[^"]*"/];

/** A spoiled copy of an event's JSON. Where an id is left it is another one: the copy is no duplicate. */
export function spoil(kind: InvalidKind, value: string): string {
  const copy = value.replace(/"id":"([^"]*)"/, '"id":"$1-x"');
  switch (kind) {
    case 'truncated':
      return copy.slice(0, Math.floor(copy.length * 0.6));
    case 'wrong_type': {
      const found = WRONG_TYPE.find(([pattern]) => pattern.test(copy));
      return found === undefined ? copy.slice(0, -1) : copy.replace(found[0], found[1]);
    }
    case 'missing_id':
      return copy.replace(/"id":"[^"]*",/, '');
    case 'missing_field': {
      const found = MISSING_FIELD.find((pattern) => pattern.test(copy));
      return found === undefined ? copy.slice(0, -1) : copy.replace(found, '');
    }
    case 'unknown_type':
      return copy.replace(/"type":"([a-z]+)\.[a-z_]+"/, '"type":"$1.experiment_seen"');
  }
}
