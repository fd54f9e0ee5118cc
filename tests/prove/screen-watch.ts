import { setTimeout as pause } from 'node:timers/promises';
import { LiveClient, type ClientSocket, type LiveSubscription } from '@freshet/live-client';
import { until } from '@freshet/testkit';
import { WebSocket } from 'ws';
import type { FalseClaims } from './false-claims.js';
import { COUNTS, type Counted } from './freshness-watch.js';
import type { Load } from './load.js';
import type { Rig } from './rig.js';

const LOOK_EVERY_MS = 400;
/** A look that comes later than this says more about this process than about the screen. */
const OWN_STALL_MS = 1_000;
const HOUR_MS = 3_600_000;
const TARGET_MS = 2_000;
/**
 * A screen may call its numbers fresh until it has heard nothing for 3.5 s; the last it heard was up to a second old,
 * and a look comes between its own.
 */
const TOLD_WITHIN_MS = 5_000;
const MINUTE_MS = 60_000;
/**
 * Windows that began since are open: they close 10 minutes after their end. Events for others are shown with the next
 * read of the whole range, 15 s later at most (README of live-hub), so these are looked at when all is at rest.
 */
const OPEN_MS = 8 * MINUTE_MS;
const REST_WITHIN_MS = 60_000;

/**
 * A screen as the dashboard has it: the same client over a real socket, and what it would paint. While it shows numbers
 * as fresh they have to hold all that was acknowledged longer ago than the target and the time in which a screen hears
 * that its gateway is silent. In the end it shows everything.
 */
export class ScreenWatch {
  private stopping = false;
  private readonly running: Promise<void>;
  private readonly screens: readonly { readonly count: Counted; readonly shown: LiveSubscription }[];

  constructor(
    rig: Rig,
    private readonly load: Load,
    private readonly claims: FalseClaims,
  ) {
    const client = new LiveClient({
      url: rig.liveUrl,
      socket: (url) => new WebSocket(url) as unknown as ClientSocket,
    });
    client.connect();
    const { startMs } = load;
    const range = { kind: 'fixed', fromMs: startMs - HOUR_MS, toMs: startMs + 10 * HOUR_MS } as const;
    this.screens = COUNTS.map((count) => ({
      count,
      shown: client.subscribe({ metric: count.metric, range }),
    }));
    this.running = this.run().finally(() => client.close());
  }

  async end(): Promise<void> {
    for (const { count, shown } of this.screens) {
      const known = this.load.knownBefore(count.topic, Infinity);
      await until(() => painted(shown, 0) === known, { deadlineMs: REST_WITHIN_MS }).catch(() =>
        this.claims.fail(
          `a screen shows ${painted(shown, 0)} ${count.metric} when all is at rest, of ${known}`,
        ),
      );
    }
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    let lookedMs = Date.now();
    while (!this.stopping) {
      await pause(LOOK_EVERY_MS);
      const nowMs = Date.now();
      if (nowMs - lookedMs < OWN_STALL_MS)
        for (const { count, shown } of this.screens) this.look(count, shown, nowMs);
      lookedMs = nowMs;
    }
  }

  private look({ metric, topic }: Counted, shown: LiveSubscription, nowMs: number): void {
    const { state } = shown;
    if (state.kind !== 'value' && state.kind !== 'empty') return;
    const { asOfMs } = state.data;
    this.claims.fresh();
    const beforeMs = nowMs - TARGET_MS - TOLD_WITHIN_MS;
    const openMs = Math.ceil((nowMs - OPEN_MS) / MINUTE_MS) * MINUTE_MS;
    const known = this.load.knownSince(topic, openMs, Math.max(beforeMs, asOfMs ?? 0));
    const paints = painted(shown, openMs);
    if (paints >= known) return;
    this.claims.fail(
      `a screen shows ${metric} as fresh (as of ${asOfMs === null ? 'no time' : new Date(asOfMs).toISOString()}): ${known} events of open windows were acknowledged ${nowMs - beforeMs} ms before or by then, it paints ${paints}`,
    );
  }
}

/** What the windows add up to that begin at `sinceMs` or later. */
function painted({ state }: LiveSubscription, sinceMs: number): number {
  if (state.kind !== 'value' && state.kind !== 'empty') return 0;
  return state.data.points.reduce((sum, { start, value }) => sum + (start < sinceMs ? 0 : (value ?? 0)), 0);
}
