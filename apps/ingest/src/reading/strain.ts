import type { FlushLoad, FlushReport } from '@freshet/ingestion';
import type { Logger } from 'pino';

/** More unread records than this are told. */
const BEHIND_RECORDS = 20_000;
/** Folding is told for so long after the last folded row. */
const FOLDED_FOR_MS = 10 * 60_000;

/** What ingest does about more than it may hold: it reads later, in larger flushes, or folds series. Told in words. */
export class Strain {
  /** When rows of a metric were folded last, epoch ms; as many entries as there are metrics. */
  private readonly foldedMs = new Map<string, number>();

  constructor(private readonly logger: Logger) {}

  flushed({ foldedRows }: FlushReport, nowMs: number): void {
    for (const metric of foldedRows.keys()) {
      if (!this.folds(metric, nowMs)) this.logger.warn({ metric }, foldedText(metric));
      this.foldedMs.set(metric, nowMs);
    }
  }

  words({ nowMs, pressure, backlogRecords }: FlushLoad): string[] {
    const words: string[] = [];
    if (pressure >= 1) words.push('buffers are full: reading waits until the store has taken them');
    if (backlogRecords > BEHIND_RECORDS)
      words.push(`${backlogRecords} records behind: flushes are larger and rarer until they are read`);
    for (const metric of this.foldedMs.keys()) if (this.folds(metric, nowMs)) words.push(foldedText(metric));
    return words;
  }

  private folds(metric: string, nowMs: number): boolean {
    return nowMs - (this.foldedMs.get(metric) ?? Number.NEGATIVE_INFINITY) < FOLDED_FOR_MS;
  }
}

function foldedText(metric: string): string {
  return `${metric} has more series than its maxSeries: the rest is counted in "(other)"`;
}
