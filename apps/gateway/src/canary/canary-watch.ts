import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { CANARY_TOPIC } from '@freshet/contracts';
import {
  CanaryFlights,
  skewByStore,
  skewOf,
  type FreshnessStore,
  type LateArrivals,
  type PartitionProgress,
} from '@freshet/freshness';
import type { Access, User } from '@freshet/live-hub';
import type { Canary, ClockSkew, Stage } from '@freshet/live-protocol';
import { WebSocket } from 'ws';

/** Port to the canary's topic. Rejects when the broker does not take it. */
export interface CanaryLine {
  send(value: string): Promise<{
    readonly partition: number;
    readonly offset: number;
    /** By the broker's clock; undefined: it does not stamp. */
    readonly logTimeMs: number | undefined;
  }>;
  close(): Promise<void>;
}

const EVERY_MS = 1_000;
const BEAT_EVERY_MS = 5_000;
/** Sends that are not answered: more are not begun. */
const MOST_UNANSWERED = 30;

/** Sends a canary a second and follows it through ledger and socket; knows how far the other clocks are. */
export class CanaryWatch {
  readonly #flights = new CanaryFlights();
  readonly #sender = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  readonly #token = randomBytes(24).toString('base64url');
  readonly #clocks = new Map<string, ClockSkew>();
  #sequence = 0;
  #unanswered = 0;
  #flushMs: number | null = null;
  #roundTripMs = 0;
  #newestServed: number | null = null;
  #timers: NodeJS.Timeout[] = [];
  #socket: WebSocket | undefined;

  constructor(
    /** Undefined: the broker's address is not known. */
    private readonly line: CanaryLine | undefined,
    private readonly kept: FreshnessStore,
    private readonly partitionsOf: (topic: string) => readonly PartitionProgress[],
    /** Takes what every ingest says of late events. */
    private readonly late: LateArrivals,
  ) {}

  /** Lets the canary's own socket in, whoever else may come. */
  admitting(access: Access): Access {
    const user: User = { name: 'canary', role: 'viewer' };
    return {
      authenticate: (token) => (token === this.#token ? user : access.authenticate(token)),
      mayRead: (who, metric) => access.mayRead(who, metric),
    };
  }

  /** @param liveUrl of the gateway's own socket */
  start(liveUrl: string): void {
    if (this.line !== undefined) {
      const line = this.line;
      this.#timers.push(setInterval(() => void this.#send(line), EVERY_MS));
      this.#timers.push(setInterval(() => this.#listen(liveUrl), EVERY_MS));
    }
    this.#timers.push(setInterval(() => void this.#beat(), BEAT_EVERY_MS));
  }

  /** Number of the newest canary that the ledger covers, as the socket tells it; null: none. */
  newest(): number | null {
    const rows = this.partitionsOf(CANARY_TOPIC).map(({ partition, panesThrough, storedAtMs }) => ({
      ...{ partition, panesThrough, storedMs: storedAtMs - (this.#clocks.get('store')?.skewMs ?? 0) },
    }));
    this.#newestServed = this.#flights.covered(Date.now(), rows) ?? this.#newestServed;
    return this.#newestServed;
  }

  state(): Canary {
    const state = this.#flights.state(Date.now(), this.#flushMs);
    return this.line === undefined ? { ...state, detail: 'KAFKA_BROKERS is not set' } : state;
  }

  get waitingAt(): Stage {
    return this.#flights.waitingAt ?? 'serve';
  }

  clocks(): ClockSkew[] {
    return [...this.#clocks.values()];
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#socket?.terminate();
    await this.line?.close().catch(() => undefined);
  }

  async #send(line: CanaryLine): Promise<void> {
    if (this.#unanswered >= MOST_UNANSWERED) return;
    const sequence = ++this.#sequence;
    const sentMs = Date.now();
    const id = `${this.#sender}/${sequence}`;
    this.#unanswered++;
    try {
      if (sequence > 1) this.#flights.sent(sequence, sentMs);
      const value = JSON.stringify({ id, time: new Date(sentMs).toISOString(), sequence });
      const { partition, offset, logTimeMs } = await line.send(value);
      const ackMs = Date.now();
      // The first one also makes the topic and connects: its time says nothing.
      if (sequence === 1) return;
      this.#flights.acknowledged(sequence, partition, offset, ackMs);
      if (logTimeMs !== undefined) this.#clocks.set('broker', skewOf('broker', sentMs, logTimeMs, ackMs));
    } catch (error) {
      this.#flights.failed(error instanceof Error ? error.message : String(error));
    } finally {
      this.#unanswered--;
    }
  }

  #listen(url: string): void {
    if (this.#socket !== undefined && this.#socket.readyState <= WebSocket.OPEN) {
      if (this.#socket.readyState === WebSocket.OPEN)
        this.#socket.send(JSON.stringify({ op: 'ping', sentAtMs: Date.now() }));
      return;
    }
    const socket = new WebSocket(url, { handshakeTimeout: 3_000 });
    this.#socket = socket;
    socket.on('open', () => socket.send(JSON.stringify({ op: 'hello', protocol: 1, token: this.#token })));
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { op: string; canary?: number | null };
      if (message.op === 'freshness' && typeof message.canary === 'number')
        this.#flights.served(message.canary, Date.now());
    });
  }

  /** Its own word to the store, and the word of all others. */
  async #beat(): Promise<void> {
    const ownMs = Date.now();
    try {
      const beat = {
        role: 'gateway',
        instance: this.#sender,
        ownMs,
        roundTripMs: this.#roundTripMs,
      } as const;
      await this.kept.writeHeartbeat({ ...beat, flushMs: -1, arrivals: [] });
      const askedMs = Date.now();
      this.#roundTripMs = askedMs - ownMs;
      const { nowMs, beats } = await this.kept.readHeartbeats();
      const store = skewOf('store', askedMs, nowMs, Date.now());
      this.#clocks.set('store', store);
      const others = beats.filter(({ instance }) => instance !== this.#sender);
      for (const { role, instance, ownMs: theirsMs, storedMs, roundTripMs, flushMs, arrivals } of others) {
        this.late.add(Date.now(), instance, arrivals);
        const name = `${role} ${instance}`;
        this.#clocks.set(name, skewByStore(name, theirsMs, storedMs, roundTripMs, store));
        if (role === 'ingest' && flushMs >= 0) this.#flushMs = flushMs;
      }
      const known = new Set([
        'broker',
        'store',
        ...others.map(({ role, instance }) => `${role} ${instance}`),
      ]);
      for (const name of this.#clocks.keys()) if (!known.has(name)) this.#clocks.delete(name);
    } catch {
      // The store's silence is told by everything else that reads it.
    }
  }
}
