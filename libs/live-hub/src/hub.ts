import {
  canonicalSelection,
  rangeBounds,
  type Freshness,
  type Point,
  type Selection,
} from '@freshet/live-protocol';
import { isLevel } from '@freshet/metrics';
import { Feed, type FeedRead } from './feed.js';
import type { HubLimits } from './limits.js';
import { planSelection, queryOf } from './plan.js';
import type {
  Access,
  Clock,
  FreshnessSource,
  HubObserver,
  MetricSource,
  Progress,
  ProgressReader,
  SeriesAnswer,
  SeriesReader,
  ServedMetric,
  Viewer,
} from './ports.js';
import { Session, type Refusal, type SessionHost, type Subscription } from './session.js';
import { decodeVersion, goesBack } from './version.js';

export interface HubPorts {
  readonly clock: Clock;
  readonly metrics: MetricSource;
  readonly progress: ProgressReader;
  readonly series: SeriesReader;
  readonly access: Access;
  readonly freshness: FreshnessSource;
  readonly observer: HubObserver;
}

/** A one-off read, for REST. */
export type ReadResult =
  | {
      readonly ok: true;
      readonly version: string;
      readonly revision: string;
      readonly everyMs: number;
      readonly groupBy: readonly string[];
      readonly points: readonly Point[];
    }
  | {
      readonly ok: false;
      readonly code: 'unknown_metric' | 'bad_selection' | 'unavailable';
      readonly message: string;
    };

/** A selection that nobody looks at is kept this long, for the reload of a page. */
const LINGER_MS = 10_000;
/** Late events beyond the allowed lateness are picked up by a full read at this pace. */
const FULL_READ_MS = 15_000;
const FULL_READ_LONG_MS = 60_000;
const LONG_RANGE_MS = 6 * 3_600_000;
/** A viewer that has seen more than this gateway is told so after this time. */
const BEHIND_VIEWER_MS = 3_000;
/** Selections with more series than are wanted are ranked anew, over the whole range, at most this often. */
const RANK_EVERY_MS = 1_000;
/** Windows are read so far beyond now: events may be ahead of the clock. */
const AHEAD_MS = 2 * 3_600_000;
/** A level goes on in a quiet topic, too: windows beyond those that were read ahead are asked for in time. */
const LEVEL_READ_MS = AHEAD_MS / 4;
const MAX_RETRY_MS = 30_000;
const FRESHNESS_EVERY_MS = 1_000;
/** Queries of one call to the store. */
const QUERIES_PER_READ = 64;

/**
 * Serves selections to viewers. Drive it from outside: `tick` reads the store (one in flight, ever), `beat`
 * cares for the sockets and must go on while the store hangs.
 */
export class LiveHub implements SessionHost {
  readonly #feeds = new Map<string, Feed>();
  readonly #idleSinceMs = new Map<Feed, number>();
  readonly #sessions = new Set<Session>();
  #ticking: Promise<void> | undefined;
  #progress: Progress | undefined;
  #saidFreshnessAtMs = -Infinity;
  #saidStatus = '';

  constructor(
    private readonly ports: HubPorts,
    readonly limits: HubLimits,
  ) {}

  nowMs(): number {
    return this.ports.clock.nowMs();
  }

  get sockets(): number {
    return this.#sessions.size;
  }

  get feeds(): number {
    return this.#feeds.size;
  }

  /** Takes a new socket; undefined when there are too many (it was told and closed). */
  connect(viewer: Viewer): Session | undefined {
    const session = new Session(viewer, this);
    if (this.#sessions.size >= this.limits.sockets) {
      session.refuse({
        code: 'limit',
        message: `${this.limits.sockets} viewers are connected already`,
        retryAfterMs: 5_000,
      });
      session.close(1013, 'too many viewers');
      return undefined;
    }
    this.#sessions.add(session);
    return session;
  }

  admit(session: Session, token: string | undefined): Refusal | undefined {
    const user = this.ports.access.authenticate(token);
    if (user === undefined) {
      return {
        code: 'unauthorised',
        message: token === undefined ? 'a token is needed' : 'the token is not known',
      };
    }
    let own = 0;
    for (const other of this.#sessions) if (other.user?.name === user.name) own += 1;
    if (own >= this.limits.socketsPerUser) {
      const message = `${user.name} has ${own} connections already, the most that one user may have`;
      return { code: 'limit', message, retryAfterMs: 5_000 };
    }
    session.user = user;
    return undefined;
  }

  subscribe(
    session: Session,
    message: { readonly id: string; readonly selection: Selection; readonly resume?: string | undefined },
  ): Refusal | undefined {
    const { id, selection } = message;
    const metric = this.ports.metrics.metric(selection.metric);
    if (metric === undefined)
      return { code: 'unknown_metric', message: `there is no metric ${selection.metric}` };
    const user = session.user;
    if (user === undefined || !this.ports.access.mayRead(user, selection.metric)) {
      return { code: 'forbidden', message: `${user?.name ?? 'nobody'} may not read ${selection.metric}` };
    }
    if (!session.subscriptions.has(id) && session.subscriptions.size >= this.limits.subscriptionsPerSocket) {
      return {
        code: 'limit',
        message: `a connection may have ${this.limits.subscriptionsPerSocket} subscriptions`,
      };
    }
    const feed = this.#feedOf(selection, metric);
    if (!(feed instanceof Feed)) return feed;
    const sent = session.subscriptions.get(id);
    const resume = message.resume === undefined ? undefined : decodeVersion(message.resume);
    const subscription: Subscription = {
      id,
      feed,
      sent: resume === undefined ? undefined : message.resume,
      waitsFor: resume,
      sinceMs: sent?.feed === feed && sent.waitsFor !== undefined ? sent.sinceMs : this.nowMs(),
      failed: true,
      toldAtMs: undefined,
    };
    session.subscriptions.set(id, subscription);
    this.#deliver(session, subscription);
    return undefined;
  }

  #feedOf(selection: Selection, metric: ServedMetric): Feed | Refusal {
    const existing = this.#feeds.get(canonicalSelection(selection));
    if (existing !== undefined) {
      this.#idleSinceMs.delete(existing);
      return existing;
    }
    const planned = planSelection(selection, metric, this.limits.pointsPerFeed);
    if (!planned.ok) return { code: 'bad_selection', message: planned.message };
    if (this.#feeds.size >= this.limits.feeds) {
      return {
        code: 'limit',
        message: `${this.limits.feeds} different selections are served already`,
        retryAfterMs: 5_000,
      };
    }
    const feed = new Feed(planned.plan, metric.definition.revision);
    this.#feeds.set(planned.plan.key, feed);
    return feed;
  }

  painted(
    session: Session,
    message: {
      readonly id: string;
      readonly deliveredToPaintMs: number;
      readonly producedToPaintMs?: number | undefined;
    },
  ): void {
    const subscription = session.subscriptions.get(message.id);
    if (subscription === undefined) return;
    const { metric } = subscription.feed.plan.selection;
    this.ports.observer.painted(metric, message.deliveredToPaintMs, message.producedToPaintMs);
  }

  refused(code: string): void {
    this.ports.observer.refused(code);
  }

  leave(session: Session, reason: string): void {
    session.subscriptions.clear();
    if (this.#sessions.delete(session)) this.ports.observer.closed(reason);
  }

  /** Closes every socket, telling clients that they may come back at once. */
  closeAll(reason: string): void {
    for (const session of [...this.#sessions]) session.close(1012, reason);
  }

  /**
   * Reads the ledger, then everything dirty in as few calls as there are, and sends what changed. While one
   * is under way, further calls wait for the same one. Never rejects.
   */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  async #tick(): Promise<void> {
    this.#forgetIdle();
    let progress: Progress;
    try {
      progress = await this.ports.progress.read();
    } catch (error) {
      this.#failAll(describe(error));
      return;
    }
    this.#progress = progress;
    const reads: { feed: Feed; read: FeedRead }[] = [];
    for (const feed of this.#feeds.values()) {
      const read = this.#plan(feed, progress);
      if (read !== undefined) reads.push({ feed, read });
    }
    const together = reads.filter(({ feed }) => feed.failures === 0);
    const alone = reads.filter(({ feed }) => feed.failures > 0).slice(0, 4);
    for (let i = 0; i < together.length; i += QUERIES_PER_READ) {
      await this.#read(together.slice(i, i + QUERIES_PER_READ));
    }
    for (const one of alone) await this.#read([one]);
    this.#deliverAll();
  }

  /** What to read for a feed now; nothing when it is clean (its frontiers are moved on the way). */
  #plan(feed: Feed, progress: Progress): FeedRead | undefined {
    const nowMs = this.nowMs();
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
    const topic = progress.topics.get(metric.topic) ?? NOTHING;
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
    const full = isFullDue || feed.needsFull(progress.life, revision);
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

  async #read(reads: readonly { feed: Feed; read: FeedRead }[]): Promise<void> {
    const startedMs = this.nowMs();
    let answers: readonly SeriesAnswer[];
    try {
      answers = await this.ports.series.read(reads.map(({ read }) => read.query));
      this.ports.observer.read(reads.length, this.nowMs() - startedMs, false);
    } catch (error) {
      this.ports.observer.read(reads.length, this.nowMs() - startedMs, true);
      for (const { feed } of reads) this.#fail(feed, describe(error), reads.length > 1);
      return;
    }
    const nowMs = this.nowMs();
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
    feed.retryAtMs = this.nowMs() + waitMs;
  }

  /** The store is away: who has numbers keeps them (freshness tells how old they are), who has none is told. */
  #failAll(message: string): void {
    for (const session of this.#sessions) {
      for (const subscription of session.subscriptions.values()) {
        if (subscription.feed.version !== undefined && subscription.sent === subscription.feed.version)
          continue;
        if (subscription.sent === undefined) this.#tellFailure(session, subscription, message);
      }
    }
  }

  #tellFailure(session: Session, subscription: Subscription, message: string): void {
    if (subscription.toldAtMs !== undefined) return;
    subscription.failed = true;
    subscription.toldAtMs = this.nowMs();
    session.send({ op: 'error', id: subscription.id, code: 'unavailable', message });
  }

  #deliverAll(): void {
    for (const session of this.#sessions) {
      for (const subscription of session.subscriptions.values()) this.#deliver(session, subscription);
    }
  }

  #deliver(session: Session, subscription: Subscription): void {
    const { feed } = subscription;
    if (session.viewer.bufferedBytes > this.limits.bufferedBytes) return;
    // One failure may be the store's: who has numbers is told when the next try, alone, fails too.
    if (feed.failure !== undefined && (feed.failures > 1 || subscription.sent === undefined)) {
      this.#tellFailure(session, subscription, feed.failure);
      return;
    }
    const { version, covers } = feed;
    if (version === undefined || covers === undefined) return;
    if (subscription.waitsFor !== undefined) {
      if (goesBack(subscription.waitsFor, covers)) {
        if (this.nowMs() - subscription.sinceMs > BEHIND_VIEWER_MS) {
          const message = 'this gateway has not read as far as what is shown already; the shown numbers stay';
          this.#tellFailure(session, subscription, message);
        }
        return;
      }
      // Who comes from another gateway may have seen a very late event that only a full read shows.
      if (feed.readsSinceFull > 0 && !feed.continues(subscription.sent ?? '')) {
        feed.fullWanted = true;
        return;
      }
      subscription.waitsFor = undefined;
    }
    if (subscription.sent === version && !subscription.failed) return;
    session.sendText(feed.messageFor(subscription.id, subscription.sent));
    subscription.sent = version;
    subscription.failed = false;
    subscription.toldAtMs = undefined;
  }

  /** Freshness, heartbeats, viewers that do not read. Call several times a second, whatever the store does. */
  beat(): void {
    const nowMs = this.nowMs();
    const freshness = this.ports.freshness.current();
    const status = freshness.map((entry) => `${entry.metric}:${entry.status}:${entry.stage ?? ''}`).join();
    const due = nowMs - this.#saidFreshnessAtMs >= FRESHNESS_EVERY_MS || status !== this.#saidStatus;
    const text = due ? sayFreshness(nowMs, freshness) : undefined;
    if (due) {
      this.#saidFreshnessAtMs = nowMs;
      this.#saidStatus = status;
    }
    for (const session of [...this.#sessions]) this.#care(session, nowMs, text);
  }

  #care(session: Session, nowMs: number, freshness: string | undefined): void {
    if (session.user === undefined) {
      if (nowMs - session.heardAtMs > this.limits.helloMs) session.close(4001, 'no hello came');
      return;
    }
    if (nowMs - session.heardAtMs > this.limits.silentMs) {
      session.close(4000, 'nothing was heard from this viewer');
      return;
    }
    if (session.viewer.bufferedBytes > this.limits.bufferedBytes) {
      session.unreadSinceMs ??= nowMs;
      if (nowMs - session.unreadSinceMs > this.limits.unreadMs) {
        session.close(4008, `nothing was read for ${this.limits.unreadMs / 1000} s`);
      }
      return;
    }
    if (session.unreadSinceMs !== undefined) {
      session.unreadSinceMs = undefined;
      for (const subscription of session.subscriptions.values()) this.#deliver(session, subscription);
    }
    if (freshness !== undefined) session.sendText(freshness);
  }

  #forgetIdle(): void {
    const nowMs = this.nowMs();
    const used = new Set<Feed>();
    for (const session of this.#sessions)
      for (const { feed } of session.subscriptions.values()) used.add(feed);
    for (const [key, feed] of this.#feeds) {
      if (used.has(feed)) {
        this.#idleSinceMs.delete(feed);
        continue;
      }
      const since = this.#idleSinceMs.get(feed) ?? nowMs;
      this.#idleSinceMs.set(feed, since);
      if (nowMs - since < LINGER_MS) continue;
      this.#idleSinceMs.delete(feed);
      this.#feeds.delete(key);
    }
  }

  /** One read outside the ticks, ledger first. Rejects when the store does not answer. */
  async read(selection: Selection): Promise<ReadResult> {
    if (this.ports.metrics.metric(selection.metric) === undefined) return unknownMetric(selection);
    const progress = await this.ports.progress.read();
    const metric = this.ports.metrics.metric(selection.metric);
    if (metric === undefined) return unknownMetric(selection);
    if (metric.unavailable !== undefined)
      return { ok: false, code: 'unavailable', message: metric.unavailable };
    const planned = planSelection(selection, metric, this.limits.pointsPerFeed);
    if (!planned.ok) return { ok: false, code: 'bad_selection', message: planned.message };
    const { plan } = planned;
    const nowMs = this.nowMs();
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
    const topic = progress.topics.get(metric.topic) ?? NOTHING;
    feed.apply({ kind: 'full', query, progress: topic, life: progress.life, metric }, answer, nowMs);
    const { revision } = metric.definition;
    const { everyMs, groupBy } = plan;
    return { ok: true, version: feed.version ?? '', revision, everyMs, groupBy, points: feed.points };
  }

  /** The ledger as last read; undefined before the first success. */
  get progress(): Progress | undefined {
    return this.#progress;
  }
}

function unknownMetric({ metric }: Selection): ReadResult {
  return { ok: false, code: 'unknown_metric', message: `there is no metric ${metric}` };
}

const NOTHING = { partitions: [], lowFrontierMs: -1, highFrontierMs: -1, asOfMs: null };

function sayFreshness(atMs: number, metrics: readonly Freshness[]): string {
  return JSON.stringify({ op: 'freshness', atMs, metrics });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
