import { readOriginal } from '@freshet/clickhouse/operations';

import type { Connections } from '../operations/connections.js';
import type { FoundLetter } from './letters.js';

/** A letter with its original's bytes, wherever they are kept; undefined when the store does not have them any more. */
export async function withOriginal(
  { store }: Pick<Connections, 'store'>,
  letter: FoundLetter,
): Promise<FoundLetter | undefined> {
  if (!letter.originalInStore) return letter;
  const original = await readOriginal(store, letter.source, letter.offset);
  if (original === undefined) return undefined;
  const key = letter.key ?? (original.key.byteLength > 0 ? original.key : null);
  return { ...letter, key, value: original.value };
}
