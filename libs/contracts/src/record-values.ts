/**
 * Values of records where they lie in memory, as a log delivers them: no view is made of each, which would cost more
 * than finding them.
 */
export class RecordValues {
  /**
   * @param bytes that all values lie in
   * @param starts where each begins; negative: there is none (a tombstone)
   * @param ends where each ends
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly starts: Int32Array,
    readonly ends: Int32Array,
  ) {}

  /** Copies values that lie apart. */
  static of(values: readonly (Uint8Array | null)[]): RecordValues {
    const bytes = new Uint8Array(values.reduce((sum, value) => sum + (value?.length ?? 0), 0));
    const starts = new Int32Array(values.length).fill(-1);
    const ends = new Int32Array(values.length).fill(-1);
    let at = 0;
    for (const [row, value] of values.entries()) {
      if (value === null) continue;
      bytes.set(value, at);
      starts[row] = at;
      ends[row] = at += value.length;
    }
    return new RecordValues(bytes, starts, ends);
  }

  /** A view of a value; null is a tombstone. */
  at(row: number): Uint8Array | null {
    const start = this.starts[row]!;
    return start < 0 ? null : this.bytes.subarray(start, this.ends[row]);
  }

  /** Bytes of a value; none of a tombstone. */
  sizeOf(row: number): number {
    return this.ends[row]! - this.starts[row]!;
  }
}
