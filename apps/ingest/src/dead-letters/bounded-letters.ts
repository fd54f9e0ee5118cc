import type { DeadLetter, DeadLetterSink, OriginalStore } from '@freshet/ingestion';
import { ORIGINAL, REDRIVE } from '@freshet/kafka';

export interface LetterBounds {
  /** A letter with more bytes than this goes without its original. */
  readonly letterBytes: number;
  /** Letters sent together. */
  readonly batchBytes: number;
}

/** What a letter is beside its original: headers that tell the origin. */
const OVERHEAD_BYTES = 1_024;
/** Key and headers that stay with a letter whose original is in the store, each. */
const REFERENCE_BYTES = 64 * 1_024;
const REDRIVEN: ReadonlySet<string> = new Set(Object.values(REDRIVE));
const ENCODER = new TextEncoder();

/**
 * Sends letters in batches that a dead-letter topic takes. An original that is too large for one, by its size or by
 * the broker's word, is kept in the store, and its letter has no value and refers to it (`freshet-original: store`,
 * found by topic, incarnation, partition and offset): no record can hold its partition up for ever.
 */
export class BoundedLetters implements DeadLetterSink {
  constructor(
    private readonly sink: DeadLetterSink,
    private readonly originals: OriginalStore,
    private readonly bounds: LetterBounds,
  ) {}

  async write(topic: string, letters: readonly DeadLetter[]): Promise<void> {
    let batch: DeadLetter[] = [];
    let bytes = 0;
    const send = async (): Promise<void> => {
      if (batch.length > 0) await this.send(topic, batch);
      [batch, bytes] = [[], 0];
    };
    for (const letter of letters) {
      const size = sizeOf(letter);
      if (size > this.bounds.letterBytes) {
        await this.sendReference(topic, letter);
        continue;
      }
      if (bytes + size > this.bounds.batchBytes) await send();
      batch.push(letter);
      bytes += size;
    }
    await send();
  }

  /** A topic that takes less than it was made for is found out here. */
  private async send(topic: string, batch: readonly DeadLetter[]): Promise<void> {
    try {
      await this.sink.write(topic, batch);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) return this.sendReference(topic, only);
      const half = Math.ceil(batch.length / 2);
      await this.send(topic, batch.slice(0, half));
      await this.send(topic, batch.slice(half));
    }
  }

  private async sendReference(topic: string, letter: DeadLetter): Promise<void> {
    await this.originals.writeOriginals([letter]);
    const { key, value, headers } = letter;
    const kept = headersThatStay(headers);
    const reference: (readonly [string, Uint8Array])[] = [
      [ORIGINAL.place, ENCODER.encode('store')],
      [ORIGINAL.bytes, ENCODER.encode(String(value?.byteLength ?? 0))],
    ];
    const lost = headers.length - kept.length;
    if (lost > 0) reference.push([ORIGINAL.headersLost, ENCODER.encode(String(lost))]);
    const keeps = key !== null && key.byteLength <= REFERENCE_BYTES ? key : null;
    await this.sink.write(topic, [{ ...letter, key: keeps, value: null, headers: [...kept, ...reference] }]);
  }
}

/** Headers that a letter without its original keeps: how often it was redriven, then the first that fit. */
function headersThatStay(headers: DeadLetter['headers']): DeadLetter['headers'] {
  const first = headers.filter(([name]) => REDRIVEN.has(name));
  const rest = headers.filter(([name]) => !REDRIVEN.has(name));
  let left = REFERENCE_BYTES;
  return [...first, ...rest].filter(([name, bytes]) => {
    const size = ENCODER.encode(name).byteLength + bytes.byteLength;
    if (size > left) return false;
    left -= size;
    return true;
  });
}

function sizeOf({ key, value, headers, detail }: DeadLetter): number {
  const inHeaders = headers.reduce((sum, [name, bytes]) => sum + name.length + bytes.byteLength, 0);
  return OVERHEAD_BYTES + (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + inHeaders + detail.length;
}

/** Of the broker (MESSAGE_TOO_LARGE), however deep the client has wrapped it. */
function isTooLarge(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ((at as { type?: unknown }).type === 'MESSAGE_TOO_LARGE') return true;
  return false;
}
