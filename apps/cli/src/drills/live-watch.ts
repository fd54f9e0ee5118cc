import { serverMessageSchema, type Alert, type Freshness } from '@freshet/live-protocol';
import { WebSocket } from 'ws';

/** What a screen was told at one moment. */
export interface Glimpse {
  /** When it arrived here, epoch ms. */
  readonly seenAtMs: number;
  readonly metrics: readonly Freshness[];
  readonly alerts: readonly Alert[];
}

const AGAIN_AFTER_MS = 500;

/** Sees what the dashboard sees, as it arrives on the socket; reconnects until it is closed. */
export class LiveWatch {
  readonly #url: string;
  readonly #listeners = new Set<(glimpse: Glimpse) => void>();
  #socket: WebSocket | undefined;
  #again: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param gateway `http://host:port` */
  constructor(gateway: string) {
    this.#url = `${gateway.replace(/^http/, 'ws')}/live`;
    this.#connect();
  }

  /** The first thing that `look` finds in what arrives; undefined at the deadline, or when `signal` aborts. */
  find<T>(
    look: (glimpse: Glimpse) => T | undefined,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    return new Promise((resolve) => {
      const end = (found: T | undefined): void => {
        clearTimeout(timer);
        this.#listeners.delete(listen);
        signal.removeEventListener('abort', stop);
        resolve(found);
      };
      const listen = (glimpse: Glimpse): void => {
        const found = look(glimpse);
        if (found !== undefined) end(found);
      };
      const stop = (): void => end(undefined);
      const timer = setTimeout(stop, deadlineMs);
      signal.addEventListener('abort', stop);
      this.#listeners.add(listen);
      if (signal.aborted) stop();
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#socket?.terminate();
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.on('open', () => socket.send(JSON.stringify({ op: 'hello', protocol: 1 })));
    socket.on('message', (data: Buffer) => this.#take(data.toString('utf8')));
    socket.on('error', () => undefined); // its end follows
    socket.on('close', () => {
      if (!this.#isClosed) this.#again = setTimeout(() => this.#connect(), AGAIN_AFTER_MS);
    });
  }

  #take(text: string): void {
    const read = serverMessageSchema.safeParse(JSON.parse(text));
    if (!read.success || read.data.op !== 'freshness') return;
    const glimpse = { seenAtMs: Date.now(), metrics: read.data.metrics, alerts: read.data.alerts };
    for (const listener of [...this.#listeners]) listener(glimpse);
  }
}
