import {
  canonicalSelection,
  selectionSchema,
  type Freshness,
  type ServerMessage,
} from '@freshet/live-protocol';
import type { z } from 'zod';
import { DEFAULT_BACKOFF, type Backoff } from './backoff.js';
import { Link, type LinkOptions } from './link.js';
import { Paints } from './paints.js';
import { realSurroundings, type ClientSocket, type Surroundings, type Timer } from './ports.js';
import { ServerClock } from './server-clock.js';
import type { Connection, LiveState, Paint } from './state.js';
import { SubscriptionStore } from './subscription.js';

/** A selection as written by a person: `filter` and `groupBy` may be left out. */
export type SelectionInput = z.input<typeof selectionSchema>;

export interface LiveClientOptions {
  /** `wss://host/live`, or a path for the page's own host. */
  readonly url: string;
  /** Asked at every attempt to connect; not needed on loopback. */
  readonly token?: () => string | undefined;
  readonly socket?: (url: string) => ClientSocket;
  readonly surroundings?: Surroundings;
  readonly backoff?: Backoff;
  /** Most points of one subscription; beyond, its state is an error. */
  readonly maxPoints?: number;
  /** A subscription without users is kept this long, so that a page change does not ask again. */
  readonly lingerMs?: number;
}

/** One user of a selection's numbers. */
export interface LiveSubscription {
  readonly state: LiveState;
  /** Calls after every change of `state`; returns what ends it. */
  onChange(listener: () => void): () => void;
  /** Say that the newest state is on the screen: reported to the server now and then. */
  painted(): void;
  close(): void;
}

const ASK_AGAIN_AFTER_MS = 5_000;

/**
 * Live numbers over one socket. Connects, says hello, keeps every subscription continued over breaks and
 * shows honestly when it cannot. Knows no framework; see `@freshet/live-client/react` for hooks.
 */
export class LiveClient {
  readonly #surroundings: Surroundings;
  readonly #maxPoints: number;
  readonly #lingerMs: number;
  readonly #link: Link;
  readonly #clock = new ServerClock();
  readonly #subscriptions = new Map<string, SubscriptionStore>();
  readonly #byId = new Map<string, SubscriptionStore>();
  readonly #lingering = new Map<SubscriptionStore, Timer>();
  readonly #connectionListeners = new Set<() => void>();
  readonly #freshnessListeners = new Set<() => void>();
  readonly #paints = new Paints();
  #freshness: ReadonlyMap<string, Freshness> = new Map();
  #nextId = 1;

  constructor(options: LiveClientOptions) {
    this.#surroundings = options.surroundings ?? realSurroundings;
    this.#maxPoints = options.maxPoints ?? 50_000;
    this.#lingerMs = options.lingerMs ?? 1_000;
    const link: LinkOptions = {
      url: options.url,
      token: options.token,
      socket: options.socket ?? ((url) => new WebSocket(absolute(url)) as unknown as ClientSocket),
      surroundings: this.#surroundings,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
    };
    this.#link = new Link(link, {
      received: (message, wasSilent) => {
        this.#apply(message);
        if (wasSilent) this.#refreshAll();
      },
      changed: () => this.#linkChanged(),
      beat: () => this.#beat(),
    });
  }

  get connection(): Connection {
    return this.#link.connection;
  }

  /** Calls after every change of `connection`; returns what ends it. */
  onConnection(listener: () => void): () => void {
    this.#connectionListeners.add(listener);
    return () => void this.#connectionListeners.delete(listener);
  }

  /** Of every metric that the server spoke of, by name; a new map whenever one changed. */
  get freshness(): ReadonlyMap<string, Freshness> {
    return this.#freshness;
  }

  /** The newest measured way of a metric's numbers to the screen; undefined before its first paint. */
  paintOf(metric: string): Paint | undefined {
    return this.#paints.of(metric);
  }

  onFreshness(listener: () => void): () => void {
    this.#freshnessListeners.add(listener);
    return () => void this.#freshnessListeners.delete(listener);
  }

  /** The server's wall clock, estimated; epoch ms. */
  serverNowMs(): number {
    return this.#nowMs() + this.#clock.offsetMs;
  }

  /** Starts, or starts again after `close` or a refusal. Does nothing when it is already under way. */
  connect(): void {
    this.#link.connect();
  }

  /** Ends the connection for good; subscriptions keep their last numbers, shown as stale. */
  close(): void {
    this.#link.close();
  }

  /**
   * A handle on a selection's numbers; equal selections share one subscription on the wire. Throws when
   * the selection is malformed (zod's error). Close every handle.
   */
  subscribe(input: SelectionInput): LiveSubscription {
    const selection = selectionSchema.parse(input);
    const key = canonicalSelection(selection);
    let store = this.#subscriptions.get(key);
    if (store === undefined) {
      store = new SubscriptionStore(`s${this.#nextId++}`, selection, this.#maxPoints);
      this.#subscriptions.set(key, store);
      this.#byId.set(store.id, store);
      this.#ask(store);
    }
    const timer = this.#lingering.get(store);
    if (timer !== undefined) {
      this.#surroundings.cancel(timer);
      this.#lingering.delete(store);
    }
    store.users += 1;
    return this.#handle(store);
  }

  #handle(store: SubscriptionStore): LiveSubscription {
    const own = new Set<() => void>();
    let open = true;
    return {
      get state() {
        return store.state;
      },
      onChange: (listener) => {
        const call = (): void => listener();
        own.add(call);
        store.listeners.add(call);
        return () => {
          own.delete(call);
          store.listeners.delete(call);
        };
      },
      painted: () => this.#painted(store),
      close: () => {
        if (!open) return;
        open = false;
        for (const call of own) store.listeners.delete(call);
        this.#release(store);
      },
    };
  }

  #release(store: SubscriptionStore): void {
    store.users -= 1;
    if (store.users > 0) return;
    this.#lingering.set(
      store,
      this.#surroundings.after(this.#lingerMs, () => {
        this.#lingering.delete(store);
        this.#subscriptions.delete(store.key);
        this.#byId.delete(store.id);
        this.#link.send({ op: 'unsubscribe', id: store.id });
      }),
    );
  }

  #apply(message: ServerMessage): void {
    switch (message.op) {
      case 'welcome':
        return this.#welcome();
      case 'pong':
        return this.#clock.add(message.sentAtMs, this.#nowMs(), message.serverTimeMs);
      case 'freshness':
        this.#freshness = new Map(message.metrics.map((entry) => [entry.metric, entry]));
        this.#refreshAll();
        for (const listener of [...this.#freshnessListeners]) listener();
        return;
      case 'error':
        return this.#applyError(message);
      case 'snapshot':
      case 'delta': {
        const store = this.#byId.get(message.id);
        if (store === undefined) return this.#link.send({ op: 'unsubscribe', id: message.id });
        const nowMs = this.#nowMs();
        const applied =
          message.op === 'snapshot'
            ? store.applySnapshot(message, nowMs, this.serverNowMs())
            : store.applyDelta(message, nowMs, this.serverNowMs());
        if (applied) this.#refresh(store);
        else if (store.askedAtMs === undefined) this.#ask(store);
      }
    }
  }

  #welcome(): void {
    for (const store of this.#subscriptions.values()) {
      store.forgetError();
      this.#ask(store);
    }
    this.#refreshAll();
  }

  #applyError(message: Extract<ServerMessage, { op: 'error' }>): void {
    const store = message.id === undefined ? undefined : this.#byId.get(message.id);
    if (store === undefined) return;
    store.applyError(message);
    this.#refresh(store);
    if (message.retryAfterMs === undefined) return;
    this.#surroundings.after(message.retryAfterMs, () => {
      const waiting = this.#byId.get(store.id) === store && store.state.kind === 'error';
      if (waiting && store.askedAtMs === undefined) this.#ask(store);
    });
  }

  #ask(store: SubscriptionStore): void {
    if (this.connection.kind !== 'open') return;
    store.askedAtMs = this.#nowMs();
    const resume = store.version;
    this.#link.send({
      op: 'subscribe',
      id: store.id,
      selection: store.selection,
      ...(resume === undefined ? {} : { resume }),
    });
  }

  #painted(store: SubscriptionStore): void {
    const report = this.#paints.painted(store, this.#nowMs(), this.serverNowMs());
    if (report !== undefined) this.#link.send(report);
  }

  /** Once a second: answers that do not come, windows that slid out. */
  #beat(): void {
    const nowMs = this.#nowMs();
    for (const store of this.#subscriptions.values()) {
      if (store.askedAtMs !== undefined && nowMs - store.askedAtMs > ASK_AGAIN_AFTER_MS) this.#ask(store);
      store.slide(this.serverNowMs());
    }
    this.#refreshAll();
  }

  #linkChanged(): void {
    if (this.connection.kind === 'open') {
      this.#clock.reset();
      // What was fresh before the break need not be now.
      this.#freshness = new Map();
    } else for (const store of this.#subscriptions.values()) store.askedAtMs = undefined;
    this.#refreshAll();
    for (const listener of [...this.#connectionListeners]) listener();
  }

  #refresh(store: SubscriptionStore): void {
    store.refresh({ link: this.#link.state, freshness: this.#freshness.get(store.selection.metric) });
  }

  #refreshAll(): void {
    for (const store of this.#subscriptions.values()) this.#refresh(store);
  }

  #nowMs(): number {
    return this.#surroundings.nowMs();
  }
}

function absolute(url: string): string {
  if (/^wss?:/.test(url)) return url;
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${url}`;
}
