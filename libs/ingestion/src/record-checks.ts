import { fingerprintOf, sameFingerprint } from './fingerprint.js';
import type { FetchedBatch, Fingerprint } from './ports.js';

/** Stored records that must still be what they were: a recreated topic has others at their offsets. */
export class RecordChecks {
  private readonly waiting: Fingerprint[];

  /**
   * @param prints ascending by offset
   * @param mayBeGone compaction takes records: those that are still there must be the same
   */
  constructor(
    prints: readonly Fingerprint[],
    private readonly mayBeGone = false,
  ) {
    this.waiting = [...prints];
  }

  /** One more, at an offset before all that wait. */
  expect(print: Fingerprint): void {
    this.waiting.unshift(print);
  }

  /** Compares the record at `index`. @returns the stored record that is missing or another one now */
  verify(batch: FetchedBatch, index: number): Fingerprint | undefined {
    const offset = batch.offsets[index]!;
    for (let check = this.waiting[0]; check !== undefined; check = this.waiting[0]) {
      if (check.offset > offset) return undefined;
      if (this.mayBeGone && check.offset < offset) {
        this.waiting.shift();
        continue;
      }
      const found = fingerprintOf(offset, batch.logTimesMs[index]!, batch.values.at(index));
      if (!sameFingerprint(check, found)) return check;
      this.waiting.shift();
    }
    return undefined;
  }

  /** Everything before `position` was read. @returns a stored record that was not among it */
  passed(position: number): Fingerprint | undefined {
    while (this.mayBeGone && this.waiting.length > 0 && this.waiting[0]!.offset < position)
      this.waiting.shift();
    const [check] = this.waiting;
    return check !== undefined && check.offset < position ? check : undefined;
  }
}
