import { hashOfId } from './chaskey.js';

/**
 * Hash of an event's identity. One text is hashed as its UTF-8 bytes; several parts are each preceded by
 * their length in four bytes, so that ("ab", "c") and ("a", "bc") differ. Numbers count as decimal text.
 */
export class EventIdHasher {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  constructor(private readonly isSingle: boolean) {}

  reset(): void {
    this.#length = 0;
  }

  addBytes(bytes: Uint8Array, from: number, to: number): void {
    const at = this.#open(to - from);
    for (let i = from; i < to; i++) this.#bytes[at + i - from] = bytes[i] as number;
  }

  addText(text: string): void {
    const at = this.#open(Buffer.byteLength(text));
    this.#bytes.write(text, at);
  }

  addNumber(value: number): void {
    this.addText(String(value));
  }

  /** Writes the four words at `out[at]`. */
  writeTo(out: Uint32Array, at: number): void {
    hashOfId(this.#bytes, 0, this.#length, out, at);
  }

  /** Room for a part of `size` bytes, with its length written where parts could be confused. */
  #open(size: number): number {
    const needed = this.#length + size + 4;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(needed * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    if (!this.isSingle) this.#length = this.#bytes.writeUInt32LE(size, this.#length);
    const at = this.#length;
    this.#length += size;
    return at;
  }
}
