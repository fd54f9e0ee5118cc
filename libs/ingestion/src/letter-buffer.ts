import { INVALID_REASONS, type DecodedBlock } from '@freshet/contracts';
import type { DeadLetter, FetchedBatch, SourcePartition } from './ports.js';

/** Dead letters that wait for a flush, by dead-letter topic. */
export class LetterBuffer {
  private byTopic = new Map<string, DeadLetter[]>();
  count = 0;
  bytes = 0;

  add(topic: string, letter: DeadLetter): void {
    const letters = this.byTopic.get(topic);
    if (letters === undefined) this.byTopic.set(topic, [letter]);
    else letters.push(letter);
    this.count += 1;
    this.bytes += (letter.key?.byteLength ?? 0) + (letter.value?.byteLength ?? 0) + letter.detail.length;
    for (const [name, value] of letter.headers) this.bytes += name.length + value.byteLength;
  }

  take(): Map<string, DeadLetter[]> {
    const letters = this.byTopic;
    this.byTopic = new Map();
    this.count = 0;
    this.bytes = 0;
    return letters;
  }
}

export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

/** Letter of the record at `index` of a batch, row `row` of its decoded block. Its bytes are copies. */
export function letterOf(
  source: SourcePartition,
  contractVersion: string,
  batch: FetchedBatch,
  index: number,
  block: DecodedBlock,
  row: number,
): DeadLetter {
  const value = batch.values.at(index);
  const key = batch.key(index);
  return {
    source,
    offset: batch.offsets[index]!,
    logTimeMs: batch.logTimesMs[index]!,
    reason: INVALID_REASONS[block.reasons[row]!] ?? 'not_an_object',
    detail: block.details.get(row) ?? '',
    contractVersion,
    // The batch's bytes belong to the log's fetch buffer.
    key: key === null ? null : Uint8Array.from(key),
    value: value === null ? null : Uint8Array.from(value),
    headers: batch.headers(index).map(([name, bytes]) => [name, Uint8Array.from(bytes)] as const),
  };
}
