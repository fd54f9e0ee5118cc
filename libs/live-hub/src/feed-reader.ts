import { rangeBounds, type Point, type Selection } from '@freshet/live-protocol';
import { isLevel } from '@freshet/metrics';
import { Feed, type FeedRead } from './feed.js';
import type { HubLimits } from './limits.js';
import { planSelection, queryOf, type Plan } from './plan.js';
import type {
  Clock,
  HubObserver,
  MetricSource,
  Progress,
  ProgressReader,
  SeriesAnswer,
  SeriesReader,
  ServedMetric,
} from './ports.js';
import { progressOf } from './sources.js';

/** A one-off read, for REST. */
export type ReadResult =
  | {
      readonly ok: true;
      readonly version: string;
      readonly revision: string;
      readonly everyMs: number;
      readonly calendar: Plan['calendar'];
      readonly groupBy: readonly string[];
      readonly points: readonly Point[];
    }
  | {
      readonly ok: false;
      readonly code: 'unknown_metric' | 'bad_selection' | 'unavailable';
      readonly message: string;
    };

/** Late events beyond the allowed lateness are picked up by a full read at this pace. */
const FULL_READ_MS = 15_000;
const FULL_READ_LONG_MS = 60_000;
const LONG_RANGE_MS = 6 * 3_600_000;
/** Selections with more series than are wanted are ranked anew, over the whole range, at most this often. */
const RANK_EVERY_MS = 1_000;
/** Windows are read so far beyond now: events may be ahead of the clock. */
const AHEAD_MS = 2 * 3_600_000;
/** A level goes on in a quiet topic, too: windows beyond those that were read ahead are asked for in time. */
const LEVEL_READ_MS = AHEAD_MS / 4;
const MAX_RETRY_MS = 30_000;
/** Queries of one call to the store. */
const QUERIES_PER_READ = 64;
/** Of selections that nobody has seen yet: few, so that the first of them is there soon. */
const NEW_PER_READ = 4;
/** Selections that failed are tried alone, so many of them in one round. */
const ALONE_PER_ROUND = 4;

interface ReaderPorts {
  readonly clock: Clock;
  readonly metrics: MetricSource;
  readonly progress: ProgressReader;
  readonly series: SeriesReader;
  readonly observer: HubObserver;
}

interface DueRead {
  readonly feed: Feed;
  readonly read: FeedRead;
}

/** Brings feeds up to date with the store: decides what is to be read of each, reads it, and keeps to retries. */
export class FeedReader {
  constructor(
    private readonly ports: ReaderPorts,
    private readonly limits: HubLimits,
  ) {}

  /**
   * Reads all that is due: of what is shown already, everything in one call; of what is new, a few at a time, the
   * first few before all else. `arrived` is called after each call, so that nobody waits for the slowest.
   */
  async round(feeds: Iterable<Feed>, progress: Progress, arrived: () => void): Promise<void> {
    const due: DueRead[] = [];
    for (const feed of feeds) {
      const read = this.#plan(feed, progress);
      if (read !== undefined) due.push({ feed, read });
    }
    const well = due.filter(({ feed }) => feed.failures === 0);
    const known = well.filter(({ feed }) => feed.version !== undefined);
    const [first, ...others] = inGroups(
      well.filter(({ feed }) => feed.version === undefined),
      NEW_PER_READ,
    );
    const alone = due.filter(({ feed }) => feed.failures > 0).slice(0, ALONE_PER_ROUND);
    const calls = [
      ...(first === undefined ? [] : [first]),
      ...inGroups(known, QUERIES_PER_READ),
      ...others,
      ...alone.map((one) => [one]),
    ];
    for (const call of calls) {
      await this.#read(call);
      arrived();
    }
  }

  /** What to read for a feed now; nothing when it is clean (its frontiers are moved on the way). */
  #plan(feed: Feed, progress: Progress): FeedRead | undefined {
    const nowMs = this.#nowMs();
    const metric = this.ports.metrics.metric(feed.plan.selection.metric);
    if (metric === undefined) {
      feed.failure = `metric ${feed.plan.selection.metric} is not served any more`;
      return undefined;
    }
    const { revision } = metric.definition;
    const refusal = metric.unavailable ?? this.#replan(feed, metric);
    if (refusal !== undefined) {
      feed.failure = refusal;
      feed.failures = Math.max(2, feed.failures);
      return undefined;
    }
    const topic = progressOf(progress, metric.topics);
    const context = { progress: topic, life: progress.life, metric };
    const range = rangeBounds(feed.plan.selection.range, nowMs);
    const lengthMs = Math.min(range.toMs, nowMs) - range.fromMs;
    const fullReadMs = lengthMs > LONG_RANGE_MS ? FULL_READ_LONG_MS : FULL_READ_MS;
    const isLong = nowMs - feed.fullReadAtMs >= fullReadMs;
    const isFullDue = feed.readsSinceFull > 0 && (isLong || feed.fullWanted);
    const goesOn = isLevel(metric.definition) && nowMs - feed.readAtMs >= LEVEL_READ_MS;
    if (!isFullDue && !goesOn && !feed.isDirty(topic, progress.life, revision)) {
      feed.advance(context, nowMs);
      feed.slide(nowMs);
      return undefined;
    }
    if (nowMs < feed.retryAtMs) return undefined;
    const full = isFullDue || feed.needsFull(topic, progress.life, revision);
    const fromMs = full ? range.fromMs : Math.max(range.fromMs, feed.recentFromMs(metric));
    if (full && feed.plan.selection.top !== undefined && nowMs - feed.readAtMs < RANK_EVERY_MS)
      return undefined;
    const bounds = { fromMs, toMs: Math.min(range.toMs, nowMs + AHEAD_MS) };
    const query = queryOf(feed.plan, metric, bounds, this.limits.pointsPerFeed);
    return { kind: full ? 'full' : 'recent', query, ...context };
  }

  /** Another definition may have other dimensions and steps. @returns why the selection is not possible any more */
  #replan(feed: Feed, metric: ServedMetric): string | undefined {
    const { revision } = metric.definition;
    if (feed.revision === revision) return undefined;
    const planned = planSelection(feed.plan.selection, metric, this.limits.pointsPerFeed);
    if (!planned.ok) return planned.message;
    feed.plan = planned.plan;
    feed.revision = revision;
    return undefined;
  }

  async #read(reads: readonly DueRead[]): Promise<void> {
    const startedMs = this.#nowMs();
    let answers: readonly SeriesAnswer[];
    try {
      answers = await this.ports.series.read(reads.map(({ read }) => read.query));
      this.ports.observer.read(reads.length, this.#nowMs() - startedMs, false);
    } catch (error) {
      this.ports.observer.read(reads.length, this.#nowMs() - startedMs, true);
      for (const { feed } of reads) this.#fail(feed, describe(error), reads.length > 1);
      return;
    }
    const nowMs = this.#nowMs();
    reads.forEach(({ feed, read }, i) => {
      const answer = answers[i];
      if (answer === undefined) return;
      if (answer.windows.length > this.limits.pointsPerFeed) {
        this.#fail(
          feed,
          `more than ${this.limits.pointsPerFeed} points: choose a shorter range, a coarser grain or fewer series`,
        );
        return;
      }
      if (!feed.apply(read, answer, nowMs)) {
        this.ports.observer.discarded(read.metric.definition.name);
        return;
      }
      feed.slide(nowMs);
      feed.failure = undefined;
      feed.failures = 0;
      feed.readAtMs = nowMs;
      feed.readsSinceFull = read.kind === 'full' ? 0 : feed.readsSinceFull + 1;
      if (read.kind === 'full') {
        feed.fullReadAtMs = nowMs;
        feed.fullWanted = false;
      }
    });
  }

  /** `shared`: it failed together with others and may be innocent; it is tried alone next, at once. */
  #fail(feed: Feed, message: string, shared = false): void {
    feed.failures += 1;
    feed.failure = message;
    const waitMs = shared ? 0 : Math.min(MAX_RETRY_MS, 500 * 2 ** Math.min(feed.failures, 10));
    feed.retryAtMs = this.#nowMs() + waitMs;
  }

  /** One read outside the ticks, after the ledger's. Rejects when the store does not answer. */
  async once(selection: Selection, known: Progress | undefined): Promise<ReadResult> {
    if (this.ports.metrics.metric(selection.metric) === undefined) return unknownMetric(selection);
    const progress = known ?? (await this.ports.progress.read());
    const metric = this.ports.metrics.metric(selection.metric);
    if (metric === undefined) return unknownMetric(selection);
    if (metric.unavailable !== undefined)
      return { ok: false, code: 'unavailable', message: metric.unavailable };
    const planned = planSelection(selection, metric, this.limits.pointsPerFeed);
    if (!planned.ok) return { ok: false, code: 'bad_selection', message: planned.message };
    const { plan } = planned;
    const nowMs = this.#nowMs();
    const range = rangeBounds(selection.range, nowMs);
    const bounds = { fromMs: range.fromMs, toMs: Math.min(range.toMs, nowMs + AHEAD_MS) };
    const query = queryOf(plan, metric, bounds, this.limits.pointsPerFeed);
    const [answer] = await this.ports.series.read([query]);
    if (answer === undefined) throw new Error('the store answered nothing');
    if (answer.windows.length > this.limits.pointsPerFeed) {
      const message = `more than ${this.limits.pointsPerFeed} points: choose a shorter range, a coarser grain or fewer series`;
      return { ok: false, code: 'bad_selection', message };
    }
    const feed = new Feed(plan, metric.definition.revision);
    const topic = progressOf(progress, metric.topics);
    feed.apply({ kind: 'full', query, progress: topic, life: progress.life, metric }, answer, nowMs);
    const { revision } = metric.definition;
    const { everyMs, calendar, groupBy } = plan;
    return {
      ok: true,
      version: feed.version ?? '',
      revision,
      everyMs,
      calendar,
      groupBy,
      points: feed.points,
    };
  }

  #nowMs(): number {
    return this.ports.clock.nowMs();
  }
}

function inGroups<T>(all: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let i = 0; i < all.length; i += size) groups.push(all.slice(i, i + size));
  return groups;
}

function unknownMetric({ metric }: Selection): ReadResult {
  return { ok: false, code: 'unknown_metric', message: `there is no metric ${metric}` };
}

/** A failure in words. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
