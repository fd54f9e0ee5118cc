import type { Freshness, Selection } from '@freshet/live-protocol';
import { Announcer } from './announcer.js';
import { asServed } from './as-served.js';
import { Feed } from './feed.js';
import { FeedReader, describe, type ReadResult } from './feed-reader.js';
import { FeedTable } from './feed-table.js';
import type { HubLimits } from './limits.js';
import type {
  Access,
  Clock,
  FreshnessSource,
  HubObserver,
  MetricSource,
  Progress,
  ProgressReader,
  SeriesReader,
  Viewer,
} from './ports.js';
import { Session, type Refusal, type SessionHost, type Subscription } from './session.js';
import { progressOf } from './sources.js';
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

/** A viewer that has seen more than this gateway is told so after this time. */
const BEHIND_VIEWER_MS = 3_000;

/** The ledger as a tick read it is young so long: whoever drives the hub ticks more often, however little happens. */
const KNOWN_MS = 1_500;

/**
 * Serves selections to viewers. Drive it from outside: `tick` reads the store (one in flight, ever), `beat`
 * cares for the sockets and must go on while the store hangs.
 */
export class LiveHub implements SessionHost {
  readonly #feeds: FeedTable;
  readonly #announcer: Announcer;
  readonly #sessions = new Set<Session>();
  readonly #reader: FeedReader;
  #wanted: () => void = () => undefined;
  #ticking: Promise<void> | undefined;
  #progress: Progress | undefined;
  #progressAtMs = -Infinity;
  /** Of the newest round that was delivered to its end. */
  #served: Progress | undefined;
  /** Of an earlier one, by metrics of which a read has failed since. */
  readonly #servedBefore = new Map<string, Progress | undefined>();

  constructor(
    private readonly ports: HubPorts,
    readonly limits: HubLimits,
  ) {
    this.#reader = new FeedReader(ports, limits);
    this.#feeds = new FeedTable(limits, () => this.#wanted());
    const { freshness } = ports;
    this.#announcer = new Announcer({
      current: () => freshness.current().map((entry) => this.#asServed(entry)),
      alerts: () => freshness.alerts?.() ?? [],
      canary: () => freshness.canary?.() ?? null,
    });
  }

  /** Calls when somebody wants what is not read yet: a tick soon, before the next is due, shortens the wait. */
  onWanted(listener: () => void): void {
    this.#wanted = listener;
  }

  nowMs(): number {
    return this.ports.clock.nowMs();
  }

  announcement = (): string => this.#announcer.message(this.nowMs());

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
    const feed = this.#feeds.of(selection, metric);
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
    const nowMs = this.nowMs();
    try {
      progress = await this.ports.progress.read();
    } catch (error) {
      this.#failAll(describe(error));
      return;
    }
    this.#progress = progress;
    this.#progressAtMs = nowMs;
    await this.#reader.round(this.#feeds.all(), progress, () => this.#deliverAll());
    this.#deliverAll();
    this.#keepServed(progress);
  }

  /** What failed once is tried again, and nobody was told: until then viewers of it have what was served before. */
  #keepServed(progress: Progress): void {
    const failed = this.#feeds.all().filter((feed) => feed.version !== undefined && feed.failures === 1);
    const late = new Set(failed.map((feed) => feed.plan.selection.metric));
    for (const metric of this.#servedBefore.keys()) if (!late.has(metric)) this.#servedBefore.delete(metric);
    for (const metric of late)
      if (!this.#servedBefore.has(metric)) this.#servedBefore.set(metric, this.#served);
    this.#served = progress;
  }

  #asServed(entry: Freshness): Freshness {
    const metric = this.ports.metrics.metric(entry.metric);
    if (metric === undefined) return entry;
    const { name } = metric.definition;
    const served = this.#servedBefore.has(name) ? this.#servedBefore.get(name) : this.#served;
    const asOfMs = served === undefined ? null : progressOf(served, metric.topics).asOfMs;
    return asServed(entry, asOfMs, this.nowMs());
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
    for (const session of this.#sessions) this.#deliverTo(session);
  }

  #deliverTo(session: Session): void {
    session.viewer.together(() => {
      for (const subscription of session.subscriptions.values()) this.#deliver(session, subscription);
    });
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
    const text = this.#announcer.due(nowMs);
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
      this.#deliverTo(session);
    }
    if (freshness !== undefined) session.sendText(freshness);
  }

  #forgetIdle(): void {
    const used = new Set<Feed>();
    for (const session of this.#sessions)
      for (const { feed } of session.subscriptions.values()) used.add(feed);
    this.#feeds.forgetIdle(used, this.nowMs());
  }

  /**
   * One read outside the ticks. Of the ledger it takes what the last tick has read, if that is of this moment: older than
   * the values, it says less of them than is true. Rejects when the store does not answer.
   */
  read(selection: Selection): Promise<ReadResult> {
    const isKnown = this.nowMs() - this.#progressAtMs <= KNOWN_MS;
    return this.#reader.once(selection, isKnown ? this.#progress : undefined);
  }

  /** The ledger as last read; undefined before the first success. */
  get progress(): Progress | undefined {
    return this.#progress;
  }
}
