import {
  PROTOCOL_VERSION,
  canonicalSelection,
  selectionSchema,
  serverMessageSchema,
  type ClientMessage,
  type Freshness,
  type ServerMessage,
} from '@freshet/live-protocol';
import type { z } from 'zod';
import { DEFAULT_BACKOFF, backoffMs, type Backoff } from './backoff.js';
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

const HEARTBEAT_MS = 3_000;
/** The server says something at least once a second. */
const SILENT_AFTER_MS = 3_500;
const DEAD_AFTER_MS = 8_000;
const ASK_AGAIN_AFTER_MS = 5_000;
const PAINT_REPORT_EVERY_MS = 5_000;
/** Metrics whose way to the screen is remembered. */
const MOST_PAINTS = 200;
const MAX_BUFFERED_BYTES = 256 * 1024;

/**
 * Live numbers over one socket. Connects, says hello, keeps every subscription continued over breaks and
 * shows honestly when it cannot. Knows no framework; see `@freshet/live-client/react` for hooks.
 */
export class LiveClient {
  readonly #options: Required<Omit<LiveClientOptions, 'token'>> & Pick<LiveClientOptions, 'token'>;
  readonly #clock = new ServerClock();
  readonly #subscriptions = new Map<string, SubscriptionStore>();
  readonly #byId = new Map<string, SubscriptionStore>();
  readonly #lingering = new Map<SubscriptionStore, Timer>();
  readonly #connectionListeners = new Set<() => void>();
  readonly #freshnessListeners = new Set<() => void>();
  readonly #paints = new Map<string, Paint>();
  #freshness: ReadonlyMap<string, Freshness> = new Map();
  #connection: Connection = { kind: 'closed' };
  #socket: ClientSocket | undefined;
  #attempt = 0;
  #nextId = 1;
  #heardAtMs = 0;
  #pingedAtMs = 0;
  #heartbeatMs = HEARTBEAT_MS;
  #closeReason: string | undefined;
  #timer: Timer | undefined;

  constructor(options: LiveClientOptions) {
    this.#options = {
      url: options.url,
      ...(options.token === undefined ? {} : { token: options.token }),
      socket: options.socket ?? ((url) => new WebSocket(absolute(url)) as unknown as ClientSocket),
      surroundings: options.surroundings ?? realSurroundings,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      maxPoints: options.maxPoints ?? 50_000,
      lingerMs: options.lingerMs ?? 1_000,
    };
  }

  get connection(): Connection {
    return this.#connection;
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
    return this.#paints.get(metric);
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
    if (this.#connection.kind !== 'closed' && this.#connection.kind !== 'refused') return;
    this.#attempt = 0;
    this.#open();
  }

  /** Ends the connection for good; subscriptions keep their last numbers, shown as stale. */
  close(): void {
    this.#dropSocket(1000, 'closed by the page');
    this.#setConnection({ kind: 'closed' });
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
      store = new SubscriptionStore(`s${this.#nextId++}`, selection, this.#options.maxPoints);
      this.#subscriptions.set(key, store);
      this.#byId.set(store.id, store);
      this.#ask(store);
    }
    const timer = this.#lingering.get(store);
    if (timer !== undefined) {
      this.#options.surroundings.cancel(timer);
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
      this.#options.surroundings.after(this.#options.lingerMs, () => {
        this.#lingering.delete(store);
        this.#subscriptions.delete(store.key);
        this.#byId.delete(store.id);
        this.#send({ op: 'unsubscribe', id: store.id });
      }),
    );
  }

  #open(): void {
    const nowMs = this.#nowMs();
    this.#heardAtMs = nowMs;
    this.#closeReason = undefined;
    if (this.#attempt === 0) this.#setConnection({ kind: 'connecting', sinceMs: nowMs });
    let socket: ClientSocket;
    try {
      socket = this.#options.socket(this.#options.url);
    } catch (error) {
      this.#retryLater(error instanceof Error ? error.message : String(error));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      const token = this.#options.token?.();
      this.#send({ op: 'hello', protocol: PROTOCOL_VERSION, ...(token === undefined ? {} : { token }) });
    };
    socket.onmessage = (event: { data: unknown }) => {
      if (this.#socket === socket) this.#receive(event.data);
    };
    socket.onclose = (event: { code?: number; reason?: string }) => {
      if (this.#socket === socket) this.#lost(event.reason || 'connection lost');
    };
    socket.onerror = () => undefined;
    this.#beat();
  }

  #receive(data: unknown): void {
    let message: ServerMessage;
    try {
      message = serverMessageSchema.parse(JSON.parse(String(data)));
    } catch {
      this.#lost('the server sent a message that this page does not understand: reload the page');
      return;
    }
    const wasSilent = this.#link() === 'silent';
    this.#heardAtMs = this.#nowMs();
    this.#apply(message);
    if (wasSilent) this.#refreshAll();
  }

  #apply(message: ServerMessage): void {
    switch (message.op) {
      case 'welcome':
        return this.#welcome(message);
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
        if (store === undefined) return;
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

  #welcome(message: Extract<ServerMessage, { op: 'welcome' }>): void {
    const nowMs = this.#nowMs();
    this.#attempt = 0;
    this.#heartbeatMs = message.heartbeatMs;
    this.#clock.reset();
    this.#setConnection({ kind: 'open', sinceMs: nowMs, user: message.user });
    this.#ping();
    for (const store of this.#subscriptions.values()) {
      store.forgetError();
      this.#ask(store);
    }
    this.#refreshAll();
  }

  #applyError(message: Extract<ServerMessage, { op: 'error' }>): void {
    const store = message.id === undefined ? undefined : this.#byId.get(message.id);
    if (store !== undefined) {
      store.applyError(message);
      this.#refresh(store);
      if (message.retryAfterMs !== undefined) {
        this.#options.surroundings.after(message.retryAfterMs, () => {
          const waiting = this.#byId.get(store.id) === store && store.state.kind === 'error';
          if (waiting && store.askedAtMs === undefined) this.#ask(store);
        });
      }
      return;
    }
    if (message.id !== undefined) return;
    this.#closeReason = message.message;
    if (message.code === 'unauthorised' || message.code === 'forbidden') {
      this.#dropSocket(1000, message.code);
      this.#setConnection({ kind: 'refused', code: message.code, message: message.message });
    }
  }

  #ask(store: SubscriptionStore): void {
    if (this.#connection.kind !== 'open') return;
    store.askedAtMs = this.#nowMs();
    const resume = store.version;
    this.#send({
      op: 'subscribe',
      id: store.id,
      selection: store.selection,
      ...(resume === undefined ? {} : { resume }),
    });
  }

  #painted(store: SubscriptionStore): void {
    const nowMs = this.#nowMs();
    const state = store.state;
    if (state.kind !== 'value' || store.deliveredAtMs === 0) return;
    this.#remember(store.selection.metric, {
      deliveredToPaintMs: Math.max(nowMs - store.deliveredAtMs, 0),
      producedToPaintMs:
        state.data.asOfMs === null ? undefined : Math.max(this.serverNowMs() - state.data.asOfMs, 0),
      atMs: nowMs,
    });
    if (nowMs - store.reportedAtMs < PAINT_REPORT_EVERY_MS) return;
    store.reportedAtMs = nowMs;
    const ageMs = state.data.asOfMs === null ? undefined : this.serverNowMs() - state.data.asOfMs;
    this.#send({
      op: 'painted',
      id: store.id,
      version: state.data.version,
      deliveredToPaintMs: Math.min(Math.max(nowMs - store.deliveredAtMs, 0), 600_000),
      ...(ageMs === undefined ? {} : { producedToPaintMs: Math.min(Math.max(ageMs, 0), 86_400_000) }),
    });
    store.deliveredAtMs = 0;
  }

  #remember(metric: string, paint: Paint): void {
    this.#paints.delete(metric);
    this.#paints.set(metric, paint);
    const [oldest] = this.#paints.keys();
    if (this.#paints.size > MOST_PAINTS && oldest !== undefined) this.#paints.delete(oldest);
  }

  /** Once a second: heartbeat, silence, answers that do not come, windows that slid out. */
  #beat(): void {
    this.#options.surroundings.cancel(this.#timer);
    this.#timer = this.#options.surroundings.after(1_000, () => {
      const nowMs = this.#nowMs();
      if (nowMs - this.#heardAtMs > DEAD_AFTER_MS) {
        this.#lost('the server fell silent');
        return;
      }
      if (this.#connection.kind === 'open') {
        if (nowMs - this.#pingedAtMs >= this.#heartbeatMs) this.#ping();
        for (const store of this.#subscriptions.values()) {
          if (store.askedAtMs !== undefined && nowMs - store.askedAtMs > ASK_AGAIN_AFTER_MS) this.#ask(store);
          store.slide(this.serverNowMs());
        }
        this.#refreshAll();
      }
      this.#beat();
    });
  }

  #ping(): void {
    this.#pingedAtMs = this.#nowMs();
    this.#send({ op: 'ping', sentAtMs: this.#pingedAtMs });
  }

  #send(message: ClientMessage): void {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState !== 1) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
    socket.send(JSON.stringify(message));
  }

  #lost(reason: string): void {
    this.#dropSocket(4000, reason.slice(0, 100));
    this.#retryLater(this.#closeReason ?? reason);
  }

  #retryLater(reason: string): void {
    this.#attempt += 1;
    const { surroundings, backoff } = this.#options;
    const nowMs = this.#nowMs();
    const delayMs = backoffMs(backoff, this.#attempt, () => surroundings.random());
    const sinceMs = this.#connection.kind === 'reconnecting' ? this.#connection.sinceMs : nowMs;
    const next = { attempt: this.#attempt, nextAttemptAtMs: nowMs + delayMs, reason };
    this.#timer = surroundings.after(delayMs, () => this.#open());
    this.#setConnection({ kind: 'reconnecting', sinceMs, ...next });
  }

  #dropSocket(code: number, reason: string): void {
    this.#options.surroundings.cancel(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    try {
      socket.close(code, reason);
    } catch {
      // A socket that is not open yet may refuse a code; it is forgotten either way.
    }
  }

  #setConnection(connection: Connection): void {
    this.#connection = connection;
    if (connection.kind !== 'open')
      for (const store of this.#subscriptions.values()) store.askedAtMs = undefined;
    this.#refreshAll();
    for (const listener of [...this.#connectionListeners]) listener();
  }

  #link(): 'open' | 'disconnected' | 'silent' {
    if (this.#connection.kind !== 'open') return 'disconnected';
    return this.#nowMs() - this.#heardAtMs > SILENT_AFTER_MS ? 'silent' : 'open';
  }

  #refresh(store: SubscriptionStore): void {
    store.refresh({ link: this.#link(), freshness: this.#freshness.get(store.selection.metric) });
  }

  #refreshAll(): void {
    for (const store of this.#subscriptions.values()) this.#refresh(store);
  }

  #nowMs(): number {
    return this.#options.surroundings.nowMs();
  }
}

function absolute(url: string): string {
  if (/^wss?:/.test(url)) return url;
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${url}`;
}
