import { hasOpenings, paneMsOf, type MetricDefinition, type Opening } from '@freshet/metrics';
import type { Clock } from '../ports.js';
import type { ArchiveBounds, ArchiveHead, ArchivePlan, ArchiveStore } from './ports.js';

export interface ArchiverLimits {
  /** Panes are archived when the lowest watermark passed their end, the allowed lateness and this, ms. */
  readonly afterMs: number;
  /** A step is taken when so many rows wait for it, or panes of so long a time, ms; and it takes no more rows. */
  readonly rows: number;
  readonly everyMs: number;
  /** Rows of an attempt are stored for so long before readers are switched to them, ms. */
  readonly settleMs: number;
  /** Readers are switched for so long before chunk rows are deleted, ms. */
  readonly graceMs: number;
}

export type ArchiveAnswer = 'nothing to do' | 'waits' | 'written' | 'switched' | 'deleted';

/**
 * A level has openings so long before the newest archived pane, ms: what is read of the last days, weeks or months is
 * not read from the beginning.
 */
const OPENING_AGES_MS = [0, 7, 35, 371].map((days) => days * 86_400_000);
/** Longest time that one count of waiting rows is of, ms. */
const RUN_MS = 3_600_000;

/**
 * Archives the panes of one metric, a step a call: merged rows are stored under the number of this attempt, one row
 * switches all readers to them, and chunk rows are deleted. What it knows besides the store is the attempt that it is
 * at: it may end between any two steps, and several may run at once.
 *
 * A reader looks at what is archived first and at rows after that, so the steps lie further apart than any statement
 * takes to find its tables.
 */
export class Archiver {
  private attempt:
    { readonly plan: ArchivePlan; readonly name: string; readonly writtenAtMs: number } | undefined;

  constructor(
    private readonly options: {
      readonly store: ArchiveStore;
      readonly metric: MetricDefinition;
      readonly topic: string;
      /** Any beginning will do; it must not be set back or forth. */
      readonly clock: Clock;
      /** A number of 64 bits that nobody had before, as text. */
      readonly newAttempt: () => string;
      readonly limits: ArchiverLimits;
    },
  ) {}

  async pass(): Promise<ArchiveAnswer> {
    const { store, metric, clock, limits } = this.options;
    const head = await store.readHead(metric);
    const { attempt } = this;
    if (attempt !== undefined && attempt.plan.parent.attempt === head.attempt) {
      if (clock.nowMs() - attempt.writtenAtMs < limits.settleMs) return 'waits';
      this.attempt = undefined;
      await store.writeHead(attempt.plan, attempt.name);
      return 'switched';
    }
    this.attempt = undefined;
    if (head.step > 0) {
      if (head.ageMs < limits.graceMs) return 'waits';
      if ((await store.removeArchived(metric, head)) > 0) return 'deleted';
    }
    const plan = await this.plan(head);
    if (plan === undefined) return 'nothing to do';
    const name = this.options.newAttempt();
    await store.writeArchive(plan, name);
    this.attempt = { plan, name, writtenAtMs: clock.nowMs() };
    return 'written';
  }

  /** The ledger is read before everything else: rows of chunks that it calls sealed are all stored by then. */
  private async plan(parent: ArchiveHead): Promise<ArchivePlan | undefined> {
    const { store, metric, topic, limits } = this.options;
    const { sealed, frontierMs, nowMs } = await store.readSealed(topic);
    if (!(await store.isRead(metric))) return undefined;
    const paneMs = paneMsOf(metric.window);
    const runMs = Math.ceil(RUN_MS / paneMs) * paneMs;
    const finalMs =
      Math.min(frontierMs - metric.lateness.watermarkDelayMs, nowMs) - metric.lateness.allowedMs;
    const limitMs = Math.floor((finalMs - limits.afterMs) / runMs) * runMs;
    if (limitMs <= 0 || sealed.length === 0) return undefined;

    const widest: ArchiveBounds = {
      beforeMs: Math.max(limitMs, parent.beforeMs),
      sources: united(parent, sealed),
    };
    const waiting = await store.readArchivable({ metric, parent, bounds: widest }, runMs);
    const oldest = waiting.runs[0];
    if (oldest === undefined) return undefined;
    let rows = 0;
    let beforeMs = parent.beforeMs;
    for (const run of waiting.runs) {
      if (rows > 0 && rows + run.rows > limits.rows) break;
      rows += run.rows;
      beforeMs = Math.max(beforeMs, run.fromMs + runMs);
    }
    const isFull = beforeMs < waiting.runs.at(-1)!.fromMs + runMs;
    const sinceMs = parent.step === 0 ? oldest.fromMs : parent.beforeMs;
    if (!isFull && widest.beforeMs - sinceMs < limits.everyMs) return undefined;

    const first = new Map(waiting.first.map(({ source, chunk }) => [keyOf(source), chunk]));
    const sources = widest.sources.map((each) => ({
      ...each,
      first: Math.min(each.first, first.get(keyOf(each.source)) ?? each.chunk),
    }));
    return { metric, parent, bounds: { beforeMs, sources }, openings: this.openingsAt(beforeMs) };
  }

  private openingsAt(beforeMs: number): Opening[] {
    const { metric, newAttempt } = this.options;
    if (!hasOpenings(metric)) return [];
    const paneMs = paneMsOf(metric.window);
    const times = OPENING_AGES_MS.map((ageMs) => Math.floor((beforeMs - ageMs) / paneMs) * paneMs);
    return times.map((atMs) => ({ beforeMs: atMs, attempt: newAttempt() }));
  }
}

/** Bounds never go back: what is archived stays so, also when the ledger has forgotten a life. */
function united(
  parent: ArchiveBounds,
  sealed: readonly Omit<ArchiveBounds['sources'][number], 'first'>[],
): ArchiveBounds['sources'] {
  const sources = new Map(parent.sources.map((each) => [keyOf(each.source), each]));
  for (const each of sealed) {
    const known = sources.get(keyOf(each.source));
    if (known === undefined || known.chunk < each.chunk)
      sources.set(keyOf(each.source), { ...each, first: known?.first ?? each.chunk });
  }
  return [...sources.values()];
}

function keyOf({ topic, incarnation, partition }: ArchiveBounds['sources'][number]['source']): string {
  return `${topic}/${incarnation}/${partition}`;
}
