import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Freshness, Metrics, Point, ServerMessage } from '@freshet/live-protocol';
import { WebSocketServer, type WebSocket } from 'ws';

/** What a gateway said for a minute, with the shop running: a snapshot and the deltas after it, by selection. */
interface Recording {
  readonly recordedAtMs: number;
  readonly metrics: Metrics;
  readonly freshness: readonly Freshness[];
  readonly selections: readonly {
    readonly metric: string;
    readonly splitBy?: string;
    readonly points: readonly Point[];
    readonly deltas: readonly (readonly Point[])[];
  }[];
}

const MINUTE = 60_000;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

interface PlayerOptions {
  /** Folder of the built dashboard. */
  readonly folder: string;
  /** Recording, gzipped JSON. */
  readonly recording: string;
  /** Tiles: recorded metrics are repeated under other names until there are so many. */
  readonly tiles: number;
  /** Deltas a second for each subscription. */
  readonly perSecond: number;
}

/** Serves the built dashboard with recorded numbers, faster and wider than any shop: a load, not a gateway. */
export class Player {
  /** Deltas that were sent. */
  sent = 0;
  readonly #recording: Recording;
  readonly #metrics: Metrics;
  readonly #server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const json = this.#json(path);
    if (json !== undefined) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(json));
      return;
    }
    const file = extname(path) === '' ? 'index.html' : path;
    const full = join(this.options.folder, file);
    if (!full.startsWith(this.options.folder) || !statSync(full, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(readFileSync(full));
  });
  readonly #sockets = new WebSocketServer({ server: this.#server, path: '/live' });

  constructor(private readonly options: PlayerOptions) {
    this.#recording = JSON.parse(gunzipSync(readFileSync(options.recording)).toString()) as Recording;
    const { metrics } = this.#recording.metrics;
    this.#metrics = {
      ...this.#recording.metrics,
      metrics: Array.from({ length: options.tiles }, (_, index) => {
        const metric = metrics[index % metrics.length]!;
        const round = Math.floor(index / metrics.length);
        const name = round === 0 ? metric.name : `${metric.name}_${round}`;
        return { ...metric, name, team: `${metric.team}${round === 0 ? '' : ` ${round}`}` };
      }),
    };
    this.#sockets.on('connection', (socket) => this.#serve(socket));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #json(path: string): unknown {
    if (path === '/api/metrics') return this.#metrics;
    if (path === '/api/alerts') return { atMs: Date.now(), alerts: [] };
    const values = /^\/api\/metrics\/([a-z0-9_]+)\/values$/.exec(path);
    if (values !== null) {
      const metric = values[1]!;
      const freshness = this.#freshness().find((one) => one.metric === metric);
      const shape = { metric, revision: '', version: '', fromMs: 0, toMs: 0, everyMs: MINUTE, groupBy: [] };
      return { ...shape, freshness, points: [] };
    }
    return path.startsWith('/api/') ? {} : undefined;
  }

  #freshness(): Freshness[] {
    return this.#metrics.metrics.map(({ name }) => {
      const recorded = this.#recording.freshness.find(({ metric }) => metric === original(name))!;
      const behindMs = 400 + Math.round(300 * Math.random());
      const now = { asOfMs: Date.now() - behindMs, behindMs, status: 'fresh' as const };
      return { ...recorded, ...now, metric: name };
    });
  }

  #saidFreshness(): ServerMessage {
    return { op: 'freshness', atMs: Date.now(), metrics: this.#freshness(), alerts: [], canary: null };
  }

  #serve(socket: WebSocket): void {
    const timers = new Map<string, NodeJS.Timeout>();
    const say = (message: ServerMessage): void => {
      if (socket.bufferedAmount < 1_000_000) socket.send(JSON.stringify(message));
    };
    const fresh = setInterval(() => say(this.#saidFreshness()), 1_000);
    socket.on('close', () => {
      clearInterval(fresh);
      for (const timer of timers.values()) clearInterval(timer);
    });
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as {
        op: string;
        id: string;
        sentAtMs: number;
        selection: { metric: string; groupBy?: string[] };
      };
      if (message.op === 'ping') say({ op: 'pong', sentAtMs: message.sentAtMs, serverTimeMs: Date.now() });
      if (message.op === 'unsubscribe') clearInterval(timers.get(message.id));
      if (message.op === 'hello') {
        say({
          op: 'welcome',
          protocol: 1,
          serverTimeMs: Date.now(),
          user: { name: 'load', role: 'viewer' },
          limits: { subscriptions: 64, messagesPerSecond: 50, inboundBytes: 65_536 },
          heartbeatMs: 3_000,
        });
        say(this.#saidFreshness());
      }
      if (message.op === 'subscribe') timers.set(message.id, this.#play(message.id, message.selection, say));
    });
  }

  /** The recorded snapshot, moved to now, then its deltas round and round, each a little different from the last. */
  #play(
    id: string,
    selection: { metric: string; groupBy?: string[] },
    say: (message: ServerMessage) => void,
  ): NodeJS.Timeout {
    const isSplit = (selection.groupBy ?? []).length > 0;
    const recorded = this.#recording.selections.find(
      ({ metric, splitBy }) => metric === original(selection.metric) && (splitBy !== undefined) === isSplit,
    );
    const { recordedAtMs } = this.#recording;
    const shiftMs = (): number => Math.floor((Date.now() - recordedAtMs) / MINUTE) * MINUTE;
    const move = (points: readonly Point[], by: number): Point[] =>
      points.map((point) => ({ ...point, start: point.start + by, end: point.end + by }));
    const state = () => ({ revision: '', asOfMs: Date.now() - 500, servedAtMs: Date.now() });
    let shift = shiftMs();
    let version = 0;
    const snapshot = (): void =>
      say({
        op: 'snapshot',
        id,
        version: `v${version}`,
        ...state(),
        points: move(recorded?.points ?? [], shift),
      });
    snapshot();
    const deltas = recorded?.deltas ?? [];
    return setInterval(() => {
      this.sent += 1;
      version += 1;
      if (shiftMs() !== shift) {
        shift = shiftMs();
        return snapshot();
      }
      const changes = move(deltas[version % deltas.length] ?? [], shift).map((point) => ({
        ...point,
        value: point.value === null ? null : point.value * (1 + (version % 7) / 100),
      }));
      say({
        op: 'delta',
        id,
        from: `v${version - 1}`,
        version: `v${version}`,
        ...state(),
        changes,
        removed: [],
      });
    }, 1_000 / this.options.perSecond);
  }
}

/** Name of the recorded metric behind a repeated one. */
function original(name: string): string {
  return name.replace(/_\d+$/, '');
}
