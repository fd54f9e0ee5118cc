/** Bytes of the length before each answer, which does not count itself. */
const LENGTH_BYTES = 4;

/**
 * Puts a broker's answers together from pieces as they come, each byte copied once, to memory of just the answer's size.
 * A piece may be overwritten afterwards.
 */
export class AnswerAssembler {
  private readonly length = Buffer.alloc(LENGTH_BYTES);
  private lengthSize = 0;
  private answer: Buffer | undefined;
  private size = 0;

  /** @param take gets each answer, without its length */
  constructor(private readonly take: (answer: Buffer) => void) {}

  /** Whether an answer has begun and not ended. */
  get isWithin(): boolean {
    return this.lengthSize > 0;
  }

  add(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      if (this.answer === undefined) {
        this.length[this.lengthSize++] = piece[at++]!;
        if (this.lengthSize < LENGTH_BYTES) continue;
        this.answer = Buffer.allocUnsafeSlow(this.length.readInt32BE());
        this.size = 0;
      }
      const { answer } = this;
      const count = Math.min(piece.length - at, answer.length - this.size);
      answer.set(piece.subarray(at, at + count), this.size);
      this.size += count;
      at += count;
      if (this.size < answer.length) return;
      this.answer = undefined;
      this.lengthSize = 0;
      this.take(answer);
    }
  }
}
