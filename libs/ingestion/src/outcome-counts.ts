import { IGNORED_REASONS, INVALID_REASONS } from '@freshet/contracts';
import type { OutcomeRow, SourcePartition } from './ports.js';

/** What became of a chunk's records. The sum over all outcomes is the number of records read. */
export class OutcomeCounts {
  ok = 0;
  duplicate = 0;
  private readonly invalid = new Float64Array(INVALID_REASONS.length);
  private readonly ignored = new Float64Array(IGNORED_REASONS.length);

  countInvalid(reason: number): void {
    this.invalid[reason] = (this.invalid[reason] ?? 0) + 1;
  }

  countIgnored(reason: number): void {
    this.ignored[reason] = (this.ignored[reason] ?? 0) + 1;
  }

  /** One row a reason that occurred. */
  rows(source: SourcePartition, chunk: number, through: number): OutcomeRow[] {
    const rows: OutcomeRow[] = [];
    const add = (outcome: OutcomeRow['outcome'], reason: string, count: number): void => {
      if (count > 0) rows.push({ source, chunk, through, outcome, reason, count });
    };
    add('ok', '', this.ok);
    add('duplicate', '', this.duplicate);
    INVALID_REASONS.forEach((reason, i) => add('invalid', reason, this.invalid[i]!));
    IGNORED_REASONS.forEach((reason, i) => add('ignored', reason, this.ignored[i]!));
    return rows;
  }
}
