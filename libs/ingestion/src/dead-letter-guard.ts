export interface DeadLetterLimits {
  readonly deadLetterRun: number;
  readonly deadLetterShare: number;
  readonly deadLetterShareOver: number;
}

/**
 * Notices a partition whose records are mostly invalid (a producer's mistake, a wrong contract): it is then halted
 * with an alarm instead of being emptied into the dead letters. It sees a chunk from its start, also when that is
 * read again, so that a restart halts at the same record.
 */
export class DeadLetterGuard {
  private run = 0;
  private records = 0;
  private invalid = 0;

  constructor(private readonly limits: DeadLetterLimits) {}

  /** @returns why the partition must halt after this record, or undefined */
  observe(isInvalid: boolean): string | undefined {
    this.run = isInvalid ? this.run + 1 : 0;
    this.records += 1;
    if (isInvalid) this.invalid += 1;
    if (this.run >= this.limits.deadLetterRun)
      return `${this.run} invalid records in a row; correct the contract or the producer, then restart ingest`;
    if (this.records < this.limits.deadLetterShareOver) return undefined;
    const share = this.invalid / this.records;
    this.records = 0;
    this.invalid = 0;
    if (share <= this.limits.deadLetterShare) return undefined;
    return `${Math.round(share * 100)} % of the last ${this.limits.deadLetterShareOver} records are invalid; correct the contract or the producer, then restart ingest`;
  }
}
