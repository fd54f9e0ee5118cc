import type { DeadLetter, DeadLetterSink, OriginalStore } from '@freshet/ingestion';

export interface LetterBounds {
  /** A letter with more bytes than this goes without its original. */
  readonly letterBytes: number;
  /** Letters sent together. */
  readonly batchBytes: number;
}

/** What a letter is beside its original: headers that tell the origin. */
const OVERHEAD_BYTES = 1_024;
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
    const reference = [
      ['freshet-original', ENCODER.encode('store')],
      ['freshet-original-bytes', ENCODER.encode(String(letter.value?.byteLength ?? 0))],
    ] as const;
    await this.sink.write(topic, [{ ...letter, key: null, value: null, headers: reference }]);
  }
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
