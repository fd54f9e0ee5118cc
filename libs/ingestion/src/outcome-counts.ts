import { IGNORED_REASONS, INVALID_REASONS } from '@freshet/contracts';
import type { OutcomeRow, SourcePartition } from './ports.js';

/** What became of a chunk's records. The sum over all outcomes is the number of records read. */
export class OutcomeCounts {
  ok = 0;
  duplicate = 0;
  private readonly invalid = new Float64Array(INVALID_REASONS.length);
  private readonly ignored = new Float64Array(IGNORED_REASONS.length);

  /** Invalid and ignored records up to here are in the counts already; -1 when none. */
  private restoredThrough = -1;

  countInvalid(reason: number, offset: number): void {
    if (offset > this.restoredThrough) this.invalid[reason] = (this.invalid[reason] ?? 0) + 1;
  }

  countIgnored(reason: number, offset: number): void {
    if (offset > this.restoredThrough) this.ignored[reason] = (this.ignored[reason] ?? 0) + 1;
  }

  /** Takes over what is stored of invalid and ignored records that cannot be read any more. */
  restore(rows: readonly OutcomeRow[]): void {
    // One write has a row for every reason so far: those of the newest one are complete.
    this.restoredThrough = rows.reduce((most, { through }) => Math.max(most, through), -1);
    for (const { outcome, reason, count, through } of rows) {
      if (through < this.restoredThrough) continue;
      if (outcome === 'invalid') this.invalid[INVALID_REASONS.findIndex((each) => each === reason)] = count;
      if (outcome === 'ignored') this.ignored[IGNORED_REASONS.findIndex((each) => each === reason)] = count;
    }
  }

  /** Takes over how many records were ok where no fact tells it. After `restore`. */
  restoreOk(rows: readonly OutcomeRow[]): void {
    for (const { outcome, count, through } of rows)
      if (outcome === 'ok' && through === this.restoredThrough) this.ok = count;
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
