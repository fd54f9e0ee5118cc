import { type StoredSource } from './sources.js';

/**
 * SQL that tells a number by incarnation and partition of the row; `otherwise` for those that are not known. Written
 * into the statement, so that several statements see the same ledger, whatever is stored meanwhile.
 */
export function bySource(
  sources: readonly StoredSource[],
  numberOf: (source: StoredSource) => number,
  otherwise: number,
): string {
  const lives = new Map<number, StoredSource[]>();
  for (const each of sources) {
    const { incarnation } = each.source;
    const known = lives.get(incarnation);
    if (known === undefined) lives.set(incarnation, [each]);
    else known.push(each);
  }
  if (lives.size === 0) return `toInt64(${otherwise})`;
  const branches = [...lives].map(([incarnation, partitions]) => {
    const names = partitions.map(({ source }) => source.partition).join(', ');
    const numbers = partitions.map(numberOf).join(', ');
    return `incarnation = ${incarnation}, transform(partition, [${names}]::Array(UInt32), [${numbers}]::Array(Int64), toInt64(${otherwise}))`;
  });
  return `multiIf(${branches.join(', ')}, toInt64(${otherwise}))`;
}
