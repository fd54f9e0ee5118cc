import {
  MAX_INBOUND_BYTES,
  PROTOCOL_VERSION,
  clientMessageSchema,
  type ClientMessage,
  type ServerMessage,
} from '@freshet/live-protocol';
import type { Feed } from './feed.js';
import type { HubLimits } from './limits.js';
import { MessageRate } from './message-rate.js';
import type { User, Viewer } from './ports.js';
import type { Version } from './version.js';

/** Refused messages after which a socket is closed: it does not listen. */
const MAX_REFUSALS = 200;

/** One subscription of one socket. */
export interface Subscription {
  readonly id: string;
  readonly feed: Feed;
  /** Version that the viewer has been sent; undefined: nothing usable yet. */
  sent: string | undefined;
  /** Set when the viewer has seen more than this gateway: nothing is sent before the feed is there. */
  waitsFor: Version | undefined;
  readonly sinceMs: number;
  /** An error was sent, so the next message must go out even if nothing changed. */
  failed: boolean;
  /** When the viewer was told of a failure; undefined: it was not. */
  toldAtMs: number | undefined;
}

/** What a session asks of the hub. */
export interface SessionHost {
  readonly limits: HubLimits;
  nowMs(): number;
  /** What every viewer is told, as it holds now. */
  announcement(): string;
  /** Undefined when admitted, else the refusal. */
  admit(session: Session, token: string | undefined): Refusal | undefined;
  subscribe(session: Session, message: Extract<ClientMessage, { op: 'subscribe' }>): Refusal | undefined;
  painted(session: Session, message: Extract<ClientMessage, { op: 'painted' }>): void;
  refused(code: string): void;
  leave(session: Session, reason: string): void;
}

type ErrorMessage = Extract<ServerMessage, { op: 'error' }>;
export type Refusal = Pick<ErrorMessage, 'code' | 'message' | 'retryAfterMs'>;

/** The server's end of one socket: checks what comes in and keeps what was sent. */
export class Session {
  readonly subscriptions = new Map<string, Subscription>();
  user: User | undefined;
  heardAtMs: number;
  /** Since when more lies unread than may; undefined: it reads. */
  unreadSinceMs: number | undefined;
  readonly #rate: MessageRate;
  #refusals = 0;
  #closed = false;

  constructor(
    readonly viewer: Viewer,
    private readonly host: SessionHost,
  ) {
    const nowMs = host.nowMs();
    this.heardAtMs = nowMs;
    this.#rate = new MessageRate(host.limits.messagesPerSecond, host.limits.messageBurst, nowMs);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes one frame. Never throws; whatever is wrong with it is answered. */
  receive(text: string): void {
    if (this.#closed) return;
    const nowMs = this.host.nowMs();
    this.heardAtMs = nowMs;
    if (!this.#rate.take(nowMs)) {
      const { messagesPerSecond } = this.host.limits;
      const message = `more than ${messagesPerSecond} messages a second: this one was not read`;
      this.refuse({ code: 'limit', message, retryAfterMs: 1_000 });
      return;
    }
    const read = parse(text);
    if ('code' in read) {
      this.refuse(read, read.id);
      return;
    }
    if (this.user === undefined) this.#hello(read);
    else this.#handle(read);
  }

  #hello(message: ClientMessage): void {
    if (message.op !== 'hello') {
      this.refuse({ code: 'unauthorised', message: 'the first message must be hello' });
      return;
    }
    const refusal = this.host.admit(this, message.token);
    if (refusal !== undefined) {
      this.refuse(refusal);
      this.close(refusal.code === 'limit' ? 1013 : 4001, refusal.message);
      return;
    }
    if (this.user === undefined) return;
    const { subscriptionsPerSocket, messagesPerSecond, inboundBytes, heartbeatMs } = this.host.limits;
    this.send({
      op: 'welcome',
      protocol: PROTOCOL_VERSION,
      serverTimeMs: this.host.nowMs(),
      user: this.user,
      limits: { subscriptions: subscriptionsPerSocket, messagesPerSecond, inboundBytes },
      heartbeatMs,
    });
    this.sendText(this.host.announcement());
  }

  #handle(message: ClientMessage): void {
    switch (message.op) {
      case 'hello':
        return this.refuse({ code: 'bad_message', message: 'hello was said already' });
      case 'ping':
        return this.send({ op: 'pong', sentAtMs: message.sentAtMs, serverTimeMs: this.host.nowMs() });
      case 'unsubscribe':
        this.subscriptions.delete(message.id);
        return;
      case 'painted':
        return this.host.painted(this, message);
      case 'subscribe': {
        const refusal = this.host.subscribe(this, message);
        if (refusal !== undefined) this.refuse(refusal, message.id);
      }
    }
  }

  send(message: ServerMessage): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(text: string): void {
    if (!this.#closed) this.viewer.send(text);
  }

  /** Answers with an error; a socket that goes on regardless is closed. */
  refuse(refusal: Refusal, id?: string): void {
    this.host.refused(refusal.code);
    this.#refusals += 1;
    if (this.#refusals > MAX_REFUSALS) {
      this.close(1008, 'too many messages were refused');
      return;
    }
    this.send({ op: 'error', ...(id === undefined ? {} : { id }), ...refusal });
  }

  /** Ends the socket and says why; `reason` is cut to what a close frame holds. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.host.leave(this, reason);
    this.viewer.close(code, reason.slice(0, 120));
  }

  /** The socket is gone already. */
  gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.host.leave(this, 'gone');
  }
}

function parse(text: string): ClientMessage | (Refusal & { readonly id?: string }) {
  if (text.length > MAX_INBOUND_BYTES) {
    return { code: 'bad_message', message: `a message may have ${MAX_INBOUND_BYTES} bytes` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { code: 'bad_message', message: 'the message is not JSON' };
  }
  const result = clientMessageSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'message' : issue.path.join('.');
  const message = `${where}: ${issue?.message ?? 'not understood'}`;
  const { op, id } = (value ?? {}) as { op?: unknown; id?: unknown };
  const known = typeof id === 'string' && id.length > 0 && id.length <= 64;
  const code = op === 'subscribe' ? 'bad_selection' : 'bad_message';
  return known ? { code, message, id } : { code, message };
}
