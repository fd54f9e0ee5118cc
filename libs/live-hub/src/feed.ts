import {
  comparePoints,
  pointKey,
  rangeBounds,
  samePoint,
  seriesKey,
  type Point,
  type ServerMessage,
} from '@freshet/live-protocol';
import { OTHER } from '@freshet/metrics';
import { trustState } from '@freshet/windowing';
import type { Plan } from './plan.js';
import type { SeriesAnswer, SeriesQuery, SeriesWindow, ServedMetric, TopicProgress } from './ports.js';
import { SetDigest } from './digest.js';
import { encodeVersion, furthest, goesBack, type Version } from './version.js';

/** Deltas remembered for viewers that are behind; older ones get a snapshot. */
const REMEMBERED_DELTAS = 64;

type PointIdentity = Pick<Point, 'start' | 'series'>;

interface PastDelta {
  readonly from: string;
  readonly keys: ReadonlyMap<string, PointIdentity>;
}

/** What was asked of the store for a feed, to understand the answer by. */
export interface FeedRead {
  readonly kind: 'full' | 'recent';
  readonly query: SeriesQuery;
  readonly progress: TopicProgress;
  readonly life: string;
  readonly metric: ServedMetric;
}

/** The state of one selection, shared by all who look at it. Knows no sockets and does not wait for anything. */
export class Feed {
  fullReadAtMs = -Infinity;
  /** Incremental reads since: they do not see events that came after their window had closed. */
  readsSinceFull = 0;
  /** Somebody waits for a full read. */
  fullWanted = false;
  readAtMs = -Infinity;
  /** Set while its own query fails; what to tell viewers. */
  failure: string | undefined;
  retryAtMs = -Infinity;
  failures = 0;

  readonly #windows = new Map<string, SeriesWindow>();
  readonly #points = new Map<string, Point>();
  /** Windows that still change: not closed, or not begun. */
  readonly #unsettled = new Set<string>();
  #past: PastDelta[] = [];
  #seen: Version | undefined;
  #version: string | undefined;
  #servedAtMs = 0;
  #asOfMs: number | null = null;
  readonly #digest = new SetDigest();
  readonly #bodies = new Map<string, string>();
  /** Series of the newest full answer; undefined where it was folded, so that only a full read can rank again. */
  #ranked: ReadonlySet<string> | undefined;

  /** @param revision definition that the plan was made by; both are replaced when another one is promoted */
  constructor(
    public plan: Plan,
    public revision: string,
  ) {}

  /** Undefined before the first answer. */
  get version(): string | undefined {
    return this.#version;
  }

  /** What the newest answer covered, ahead of `version` when nothing visible changed. */
  get covers(): Version | undefined {
    return this.#seen;
  }

  get points(): readonly Point[] {
    return [...this.#points.values()].sort(comparePoints);
  }

  /** True when more is stored than the newest answer covered. */
  isDirty(progress: TopicProgress, life: string, revision: string): boolean {
    const seen = this.#seen;
    if (seen === undefined || seen.life !== life || seen.revision !== revision) return true;
    if (progress.correction > seen.correction) return true;
    const through = new Map(seen.covered.map((c) => [c.partition, c]));
    return progress.partitions.some((now) => {
      const before = through.get(now.partition);
      return before === undefined || before.incarnation !== now.incarnation || before.through < now.through;
    });
  }

  /** True when an incremental read would not do. */
  needsFull(progress: TopicProgress, life: string, revision: string): boolean {
    const seen = this.#seen;
    const isNew = seen === undefined || seen.life !== life || seen.revision !== revision;
    // A correction is of the past, wherever that is.
    return (
      isNew ||
      progress.correction > seen.correction ||
      (this.plan.selection.top !== undefined && this.#ranked === undefined)
    );
  }

  /** Windows that can have changed since the newest answer begin here, epoch ms. */
  recentFromMs(metric: ServedMetric): number {
    const { lateness } = metric.definition;
    const low = this.#seen?.lowFrontierMs ?? -1;
    return low < 0 ? 0 : low - lateness.watermarkDelayMs - lateness.allowedMs;
  }

  /** Takes an answer. False: it was older than what is shown and was discarded. */
  apply(read: FeedRead, answer: SeriesAnswer, nowMs: number): boolean {
    const next = this.#versionOf(read, answer);
    if (this.#seen !== undefined && goesBack(this.#seen, next)) return false;
    const fresh = this.#seen?.life !== next.life || this.#seen.revision !== next.revision;
    if (this.plan.selection.top !== undefined && !this.#rank(read, answer)) return true;
    if (fresh) this.#forget();
    const candidates = new Set(fresh || read.kind === 'full' ? this.#windows.keys() : this.#unsettled);
    const seen = new Set<string>();
    for (const window of answer.windows) {
      const key = pointKey(window);
      this.#windows.set(key, window);
      seen.add(key);
    }
    const gone: string[] = [];
    for (const key of candidates) {
      const window = this.#windows.get(key);
      if (window !== undefined && !seen.has(key) && window.end > read.query.fromMs) gone.push(key);
    }
    for (const key of gone) this.#windows.delete(key);
    this.#publish(next, read, new Set([...seen, ...candidates]), nowMs, fresh);
    return true;
  }

  /** Frontiers moved and nothing else: windows open, close or appear without asking the store. */
  advance(read: Omit<FeedRead, 'kind' | 'query'>, nowMs: number): void {
    const seen = this.#seen;
    if (seen === undefined) return;
    const { lowFrontierMs, highFrontierMs } = read.progress;
    this.#asOfMs = read.progress.asOfMs;
    if (lowFrontierMs === seen.lowFrontierMs && highFrontierMs === seen.highFrontierMs) return;
    const next = { ...seen, lowFrontierMs, highFrontierMs: Math.max(highFrontierMs, seen.highFrontierMs) };
    this.#publish(next, read, new Set(this.#unsettled), nowMs, false);
  }

  /** False when a part of the range shows a series that was not ranked: the whole range must be read for it. */
  #rank(read: FeedRead, answer: SeriesAnswer): boolean {
    const series = new Set(answer.windows.map((window) => seriesKey(window.series)));
    if (read.kind === 'recent') {
      if (this.#ranked !== undefined && isSubset(series, this.#ranked)) return true;
      this.#ranked = undefined;
      return false;
    }
    const isFolded = answer.windows.some((window) => window.series.includes(OTHER));
    this.#ranked = isFolded ? undefined : series;
    return true;
  }

  #versionOf(read: FeedRead, answer: SeriesAnswer): Version {
    return {
      revision: read.metric.definition.revision,
      correction: read.progress.correction,
      life: read.life,
      lowFrontierMs: read.progress.lowFrontierMs,
      highFrontierMs: read.progress.highFrontierMs,
      covered: furthest(read.progress.partitions, answer.covered),
      digest: '',
    };
  }

  #forget(): void {
    this.#windows.clear();
    this.#points.clear();
    this.#unsettled.clear();
    this.#digest.clear();
    this.#past = [];
    this.#version = undefined;
  }

  #publish(
    next: Version,
    read: Omit<FeedRead, 'kind' | 'query'>,
    candidates: ReadonlySet<string>,
    nowMs: number,
    fresh: boolean,
  ): void {
    this.#seen = next;
    this.#asOfMs = read.progress.asOfMs;
    const changed = new Map<string, PointIdentity>();
    for (const key of candidates) {
      const before = this.#points.get(key);
      const window = this.#windows.get(key);
      const after = window === undefined ? undefined : this.#pointOf(window, read.metric, next);
      if (window === undefined || after?.state === 'final' || after?.state === 'revised') {
        this.#unsettled.delete(key);
      } else {
        this.#unsettled.add(key);
      }
      if (after === undefined) {
        if (before !== undefined) {
          this.#points.delete(key);
          this.#digest.toggle(JSON.stringify(before));
          changed.set(key, before);
        }
      } else if (before === undefined || !samePoint(before, after)) {
        if (before !== undefined) this.#digest.toggle(JSON.stringify(before));
        this.#points.set(key, after);
        this.#digest.toggle(JSON.stringify(after));
        changed.set(key, after);
      }
    }
    if (changed.size === 0 && this.#version !== undefined && !fresh) return;
    const from = this.#version;
    this.#version = encodeVersion({ ...next, digest: this.#digest.toString() });
    this.#servedAtMs = nowMs;
    this.#bodies.clear();
    if (from === undefined) return;
    this.#past.push({ from, keys: changed });
    if (this.#past.length > REMEMBERED_DELTAS) this.#past.shift();
  }

  /** Undefined while the window's last step has not begun. */
  #pointOf(window: SeriesWindow, metric: ServedMetric, version: Version): Point | undefined {
    const begins = this.plan.calendar === undefined ? window.end - this.plan.everyMs : window.start;
    if (begins > version.highFrontierMs) return undefined;
    const { lateness } = metric.definition;
    const state = trustState({
      endMs: window.end,
      allowedMs: lateness.allowedMs,
      watermarkMs: version.lowFrontierMs - lateness.watermarkDelayMs,
      lateEvents: window.lateEvents,
    });
    const { start, end, value, numerator, denominator, partial, incomplete, lateEvents } = window;
    return {
      start,
      end,
      series: [...window.series],
      value,
      ...(numerator === undefined ? {} : { numerator }),
      ...(denominator === undefined ? {} : { denominator }),
      state,
      partial,
      incomplete,
      lateEvents,
    };
  }

  /** Lets go of windows that the sliding range has left; clients do the same by themselves. */
  slide(nowMs: number): void {
    const { fromMs } = rangeBounds(this.plan.selection.range, nowMs);
    for (const [key, window] of this.#windows) {
      if (window.end > fromMs) continue;
      const point = this.#points.get(key);
      if (point !== undefined) this.#digest.toggle(JSON.stringify(point));
      this.#windows.delete(key);
      this.#points.delete(key);
      this.#unsettled.delete(key);
    }
  }

  /** True when a viewer at `version` can be brought on by a delta. */
  continues(version: string): boolean {
    return version === this.#version || this.#past.some((delta) => delta.from === version);
  }

  /**
   * Text that brings a viewer from `from` to the newest state: a delta where that is possible, else a
   * snapshot. Only to be called once there is a version.
   */
  messageFor(id: string, from: string | undefined): string {
    const known = from === undefined ? '' : from;
    let body = this.#bodies.get(known);
    if (body === undefined) {
      body = this.#bodyFrom(from);
      if (this.#bodies.size > REMEMBERED_DELTAS) this.#bodies.clear();
      this.#bodies.set(known, body);
    }
    return body.replace('"id":""', () => `"id":${JSON.stringify(id)}`);
  }

  #bodyFrom(from: string | undefined): string {
    const version = this.#version as string;
    const revision = this.#seen?.revision ?? '';
    const state = { revision, asOfMs: this.#asOfMs, servedAtMs: this.#servedAtMs };
    const first = this.#past.findIndex((delta) => delta.from === from);
    if (from === undefined || (from !== version && first === -1)) {
      return say({ op: 'snapshot', id: '', version, ...state, points: [...this.points] });
    }
    const keys = new Map<string, PointIdentity>();
    if (from !== version) {
      for (const delta of this.#past.slice(first))
        for (const [key, identity] of delta.keys) keys.set(key, identity);
    }
    const changes: Point[] = [];
    const removed: { start: number; series: string[] }[] = [];
    for (const [key, { start, series }] of keys) {
      const point = this.#points.get(key);
      if (point === undefined) removed.push({ start, series });
      else changes.push(point);
    }
    changes.sort(comparePoints);
    return say({ op: 'delta', id: '', from, version, ...state, changes, removed });
  }
}

function say(message: ServerMessage): string {
  return JSON.stringify(message);
}

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  for (const entry of part) if (!whole.has(entry)) return false;
  return true;
}
