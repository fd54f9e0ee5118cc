import {
  PROTOCOL_VERSION,
  serverMessageSchema,
  type ClientMessage,
  type ServerMessage,
} from '@freshet/live-protocol';
import { backoffMs, type Backoff } from './backoff.js';
import type { ClientSocket, Surroundings, Timer } from './ports.js';
import type { Connection } from './state.js';

const HEARTBEAT_MS = 3_000;
/** The server says something at least once a second. */
const SILENT_AFTER_MS = 3_500;
const DEAD_AFTER_MS = 8_000;
const MAX_BUFFERED_BYTES = 256 * 1024;

export interface LinkOptions {
  readonly url: string;
  readonly token: (() => string | undefined) | undefined;
  readonly socket: (url: string) => ClientSocket;
  readonly surroundings: Surroundings;
  readonly backoff: Backoff;
}

/** What a link tells of. */
export interface LinkListener {
  /** A message that was understood; `wasSilent`: the first after a silence. */
  received(message: ServerMessage, wasSilent: boolean): void;
  /** `connection` is another one. */
  changed(): void;
  /** Once a second while a socket is there. */
  beat(): void;
}

/**
 * One socket at a time, kept up: says hello, pings, notices within ten seconds that nobody is there any more, and
 * comes back with back-off and jitter. Knows nothing of subscriptions.
 */
export class Link {
  #connection: Connection = { kind: 'closed' };
  #socket: ClientSocket | undefined;
  #attempt = 0;
  #heardAtMs = 0;
  #pingedAtMs = 0;
  #heartbeatMs = HEARTBEAT_MS;
  #closeReason: string | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly options: LinkOptions,
    private readonly listener: LinkListener,
  ) {}

  get connection(): Connection {
    return this.#connection;
  }

  /** Whether the server can be believed to be there. */
  get state(): 'open' | 'disconnected' | 'silent' {
    if (this.#connection.kind !== 'open') return 'disconnected';
    return this.#nowMs() - this.#heardAtMs > SILENT_AFTER_MS ? 'silent' : 'open';
  }

  /** Starts, or starts again after `close` or a refusal. Does nothing when it is already under way. */
  connect(): void {
    if (this.#connection.kind !== 'closed' && this.#connection.kind !== 'refused') return;
    this.#attempt = 0;
    this.#open();
  }

  /** Ends it for good. */
  close(): void {
    this.#dropSocket(1000, 'closed by the page');
    this.#setConnection({ kind: 'closed' });
  }

  /** Lost when there is no open socket, or one that does not take more. */
  send(message: ClientMessage): void {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState !== 1) return;
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
    socket.send(JSON.stringify(message));
  }

  #open(): void {
    const nowMs = this.#nowMs();
    this.#heardAtMs = nowMs;
    this.#closeReason = undefined;
    if (this.#attempt === 0) this.#setConnection({ kind: 'connecting', sinceMs: nowMs });
    let socket: ClientSocket;
    try {
      socket = this.options.socket(this.options.url);
    } catch (error) {
      this.#retryLater(error instanceof Error ? error.message : String(error));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      const token = this.options.token?.();
      this.send({ op: 'hello', protocol: PROTOCOL_VERSION, ...(token === undefined ? {} : { token }) });
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
    const wasSilent = this.state === 'silent';
    this.#heardAtMs = this.#nowMs();
    if (message.op === 'welcome') this.#welcome(message);
    if (message.op === 'error' && message.id === undefined) this.#told(message);
    this.listener.received(message, wasSilent);
  }

  #welcome({ heartbeatMs, user }: Extract<ServerMessage, { op: 'welcome' }>): void {
    this.#attempt = 0;
    this.#heartbeatMs = heartbeatMs;
    this.#setConnection({ kind: 'open', sinceMs: this.#nowMs(), user });
    this.#ping();
  }

  /** An error about the connection itself. */
  #told({ code, message }: Extract<ServerMessage, { op: 'error' }>): void {
    this.#closeReason = message;
    if (code !== 'unauthorised' && code !== 'forbidden') return;
    this.#dropSocket(1000, code);
    this.#setConnection({ kind: 'refused', code, message });
  }

  #beat(): void {
    this.options.surroundings.cancel(this.#timer);
    this.#timer = this.options.surroundings.after(1_000, () => {
      const nowMs = this.#nowMs();
      if (nowMs - this.#heardAtMs > DEAD_AFTER_MS) {
        this.#lost('the server fell silent');
        return;
      }
      if (this.#connection.kind === 'open') {
        if (nowMs - this.#pingedAtMs >= this.#heartbeatMs) this.#ping();
        this.listener.beat();
      }
      this.#beat();
    });
  }

  #ping(): void {
    this.#pingedAtMs = this.#nowMs();
    this.send({ op: 'ping', sentAtMs: this.#pingedAtMs });
  }

  #lost(reason: string): void {
    this.#dropSocket(4000, reason.slice(0, 100));
    this.#retryLater(this.#closeReason ?? reason);
  }

  #retryLater(reason: string): void {
    this.#attempt += 1;
    const { surroundings, backoff } = this.options;
    const nowMs = this.#nowMs();
    const delayMs = backoffMs(backoff, this.#attempt, () => surroundings.random());
    const sinceMs = this.#connection.kind === 'reconnecting' ? this.#connection.sinceMs : nowMs;
    const next = { attempt: this.#attempt, nextAttemptAtMs: nowMs + delayMs, reason };
    this.#timer = surroundings.after(delayMs, () => this.#open());
    this.#setConnection({ kind: 'reconnecting', sinceMs, ...next });
  }

  #dropSocket(code: number, reason: string): void {
    this.options.surroundings.cancel(this.#timer);
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
    this.listener.changed();
  }

  #nowMs(): number {
    return this.options.surroundings.nowMs();
  }
}
