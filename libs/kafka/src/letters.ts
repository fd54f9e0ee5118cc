import type { DeadLetter, FetchedBatch } from '@freshet/ingestion';
import type { Message } from 'kafkajs';

import { LETTER, letterName, ORIGINAL, REDRIVE } from './letter-headers.js';

/** A dead letter as it was read back. */
export interface StoredLetter extends DeadLetter {
  readonly name: string;
  /** Where in the dead-letter topic it lies. */
  readonly at: { readonly partition: number; readonly offset: number };
  /** When it was written there, epoch ms. */
  readonly writtenAtMs: number;
  /** How often its message had been sent back before it failed again. */
  readonly redrives: number;
  /** Its value, and its key where that is null here, are in the store: it was too large for the dead-letter topic. */
  readonly originalInStore: boolean;
}

const OURS: ReadonlySet<string> = new Set([...Object.values(LETTER), ...Object.values(ORIGINAL)]);

/** Letters of a batch of a dead-letter topic; records that are no letters of Freshet are left out. */
export function readLetters(batch: FetchedBatch): StoredLetter[] {
  const letters: StoredLetter[] = [];
  for (let row = 0; row < batch.count; row += 1) {
    const headers = batch.headers(row);
    // The letter's own headers come after those of the original that have the same name.
    const own = (name: string): string | undefined => {
      const value = headers.findLast(([each]) => each === name)?.[1];
      return value === undefined ? undefined : Buffer.from(value).toString();
    };
    const topic = own(LETTER.topic);
    const partition = Number(own(LETTER.partition));
    const offset = Number(own(LETTER.offset));
    if (topic === undefined || !Number.isSafeInteger(partition) || !Number.isSafeInteger(offset)) continue;
    const source = { topic, incarnation: Number(own(LETTER.incarnation) ?? 1), partition };
    letters.push({
      source,
      offset,
      name: letterName(source, offset),
      logTimeMs: Date.parse(own(LETTER.logTime) ?? ''),
      reason: own(LETTER.reason) ?? '',
      detail: own(LETTER.detail) ?? '',
      contractVersion: own(LETTER.contractVersion) ?? '',
      key: headers.findLast(([each]) => each === LETTER.key)?.[1] ?? null,
      value: batch.values.at(row),
      headers: headers.filter(([name]) => !OURS.has(name)),
      at: { partition: batch.partition, offset: batch.offsets[row]! },
      writtenAtMs: batch.logTimesMs[row]!,
      redrives: redrivesOf(own(REDRIVE.count)),
      // Any producer may write the header, but a letter of its message has a value.
      originalInStore: batch.values.at(row) === null && own(ORIGINAL.place) === 'store',
    });
  }
  return letters;
}

/** The message that goes back: key, value, headers and partition of the original, and what tells that it was redriven. */
export function redriveMessage(letter: StoredLetter): Message {
  const headers: Record<string, (Buffer | string)[]> = {};
  const told: ReadonlySet<string> = new Set(Object.values(REDRIVE));
  for (const [name, value] of letter.headers)
    if (!told.has(name)) (headers[name] ??= []).push(Buffer.from(value));
  return {
    key: letter.key && Buffer.from(letter.key),
    value: letter.value && Buffer.from(letter.value),
    partition: letter.source.partition,
    headers: { ...headers, [REDRIVE.count]: String(letter.redrives + 1), [REDRIVE.of]: letter.name },
  };
}

/** Any producer may write headers: what is no count is none. */
function redrivesOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
