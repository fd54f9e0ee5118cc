import type { Point } from '@freshet/live-protocol';
import { describe, expect, it } from 'vitest';
import { LiveClient } from './client.js';
import type { ClientSocket, Surroundings } from './ports.js';

const NOW = 1_700_000_000_000;

/** A server end that the test plays by hand, and a clock that it moves. */
class Bench implements Surroundings {
  now = NOW;
  sent: Record<string, unknown>[] = [];
  sockets: ClientSocket[] = [];
  #timers: { atMs: number; run: () => void }[] = [];
  readonly client = new LiveClient({ url: 'ws://test', socket: () => this.#socket(), surroundings: this });

  nowMs(): number {
    return this.now;
  }
  random(): number {
    return 0.5;
  }
  after(delayMs: number, run: () => void): object {
    const timer = { atMs: this.now + delayMs, run };
    this.#timers.push(timer);
    return timer;
  }
  cancel(timer: unknown): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  pass(ms: number): void {
    const untilMs = this.now + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.cancel(due);
      this.now = due.atMs;
      due.run();
    }
    this.now = untilMs;
  }

  #socket(): ClientSocket {
    const events = { onopen: null, onmessage: null, onclose: null, onerror: null };
    const send = (text: string): void => void this.sent.push(JSON.parse(text) as Record<string, unknown>);
    const socket: ClientSocket = {
      readyState: 1,
      bufferedAmount: 0,
      ...events,
      send,
      close: () => undefined,
    };
    this.sockets.push(socket);
    return socket;
  }

  say(message: object): void {
    const { onmessage } = this.sockets.at(-1) as ClientSocket;
    (onmessage as (event: object) => void)({ data: JSON.stringify(message) });
  }

  welcome(): void {
    ((this.sockets.at(-1) as ClientSocket).onopen as (() => void) | null)?.();
    const limits = { subscriptions: 64, messagesPerSecond: 50, inboundBytes: 65_536 };
    const user = { name: 'local', role: 'viewer' };
    this.say({ op: 'welcome', protocol: 1, serverTimeMs: this.now, user, limits, heartbeatMs: 3_000 });
  }

  tell(status: 'fresh' | 'stale'): void {
    const reach = { asOfMs: NOW, behindMs: 0, targetMs: 2_000, lagMessages: 0, quiet: false };
    this.say({ op: 'freshness', atMs: NOW, metrics: [{ metric: 'orders', ...reach, status }] });
  }

  asked(): Record<string, unknown>[] {
    return this.sent.filter(({ op }) => op === 'subscribe');
  }
}

function point(minute: number, value: number): Point {
  const start = NOW + minute * 60_000;
  const flags = { state: 'live', partial: false, incomplete: false, lateEvents: 0 } as const;
  return { start, end: start + 60_000, series: [], value, ...flags };
}

const state = { revision: 'r', asOfMs: NOW, servedAtMs: NOW };
const snapshot = (version: string, ...points: Point[]): object => ({
  op: 'snapshot',
  id: 's1',
  version,
  ...state,
  points,
});
const delta = (from: string, version: string, ...changes: Point[]): object => {
  return { op: 'delta', id: 's1', from, version, ...state, changes };
};
const orders = { metric: 'orders', range: { kind: 'last', ms: 3_600_000 } } as const;

function open(): { bench: Bench; values: () => unknown } {
  const bench = new Bench();
  bench.client.connect();
  const subscription = bench.client.subscribe(orders);
  bench.welcome();
  bench.tell('fresh');
  const values = (): unknown => {
    const now = subscription.state;
    return 'data' in now && now.data !== undefined
      ? [now.kind, ...now.data.points.map(({ value }) => value)]
      : now;
  };
  return { bench, values };
}

describe('LiveClient', () => {
  it('applies what continues and asks again for what does not', () => {
    const { bench, values } = open();
    expect(values()).toEqual({ kind: 'loading' });
    bench.say(snapshot('v1', point(0, 1)));
    bench.say(delta('v1', 'v2', point(0, 2), point(1, 5)));
    expect(values()).toEqual(['value', 2, 5]);
    bench.say(delta('v3', 'v4', point(1, 9)));
    expect(values()).toEqual(['value', 2, 5]);
    expect(bench.asked().at(-1)).toMatchObject({ id: 's1', resume: 'v2' });
    bench.say(snapshot('v4', point(1, 9)));
    expect(values()).toEqual(['value', 9]);
  });

  it('does not go back to a version that it has left', () => {
    const { bench, values } = open();
    bench.say(snapshot('v1', point(0, 1)));
    bench.say(delta('v1', 'v2', point(0, 2)));
    bench.say(snapshot('v1', point(0, 1)));
    expect(values()).toEqual(['value', 2]);
  });

  it('tells empty from stale, and stale from an error', () => {
    const { bench, values } = open();
    bench.say(snapshot('v1'));
    expect(values()).toEqual(['empty']);
    bench.say(delta('v1', 'v2', point(0, 1)));
    bench.tell('stale');
    expect(values()).toEqual(['stale', 1]);
    bench.say({ op: 'error', id: 's1', code: 'unavailable', message: 'the store is away' });
    expect(values()).toEqual(['error', 1]);
    bench.say(delta('v2', 'v2'));
    expect(values()).toEqual(['stale', 1]);
  });

  it('keeps the numbers of a silent server as stale, connects again and resumes', () => {
    const { bench, values } = open();
    bench.say(snapshot('v1', point(0, 1)));
    bench.pass(4_500);
    expect(values()).toEqual(['stale', 1]);
    bench.pass(5_000);
    expect(bench.sockets).toHaveLength(2);
    expect(bench.client.connection.kind).toBe('reconnecting');
    bench.welcome();
    expect(bench.asked().at(-1)).toMatchObject({ resume: 'v1' });
    bench.say(delta('v1', 'v1'));
    // Freshness told before the break says nothing of now.
    expect(values()).toEqual(['stale', 1]);
    bench.tell('fresh');
    expect(values()).toEqual(['value', 1]);
  });

  it('estimates the clock of the server', () => {
    const { bench } = open();
    const { sentAtMs } = bench.sent.find(({ op }) => op === 'ping') as { sentAtMs: number };
    bench.pass(100);
    bench.say({ op: 'pong', sentAtMs, serverTimeMs: NOW + 5_050 });
    expect(bench.client.serverNowMs()).toBe(bench.now + 5_000);
  });
});
