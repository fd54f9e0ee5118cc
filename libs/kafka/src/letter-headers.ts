/** Headers that a dead letter has beside those of its original. */
export const LETTER = {
  topic: 'freshet-topic',
  incarnation: 'freshet-incarnation',
  partition: 'freshet-partition',
  offset: 'freshet-offset',
  logTime: 'freshet-log-time',
  reason: 'freshet-reason',
  detail: 'freshet-detail',
  contractVersion: 'freshet-contract-version',
  /** Key of the original; absent where it had none. */
  key: 'freshet-key',
} as const;

/** Headers of a message that was sent back to its topic: should it fail again, its letter has them too. */
export const REDRIVE = {
  /** How often it was sent back. */
  count: 'freshet-redrives',
  /** Name of the letter that it was made of. */
  of: 'freshet-redrive-of',
} as const;

/** Headers of a letter without its original, which is kept in the store under the letter's origin. */
export const ORIGINAL = {
  /** Always `store`. */
  place: 'freshet-original',
  /** Bytes of its value. */
  bytes: 'freshet-original-bytes',
  /** How many of its headers were too large to stay with the letter; absent: none. */
  headersLost: 'freshet-original-headers-lost',
} as const;

/** Name of a letter: the place of its original. It is the letter's key. */
export function letterName(
  source: { readonly topic: string; readonly incarnation: number; readonly partition: number },
  offset: number,
): string {
  return `${source.topic}/${source.incarnation}/${source.partition}/${offset}`;
}
