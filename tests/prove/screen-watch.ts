import { setTimeout as pause } from 'node:timers/promises';
import { LiveClient, type ClientSocket, type LiveSubscription } from '@freshet/live-client';
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

/**
 * A screen as the dashboard has it: the same client over a real socket, and what it would paint. While it shows numbers
 * as fresh they have to hold all that was acknowledged longer ago than the target and the time in which a screen hears
 * that its gateway is silent.
 */
export class ScreenWatch {
  private stopping = false;
  private readonly running: Promise<void>;

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
    const screens = COUNTS.map((count) => ({
      count,
      shown: client.subscribe({ metric: count.metric, range }),
    }));
    this.running = this.run(screens).finally(() => client.close());
  }

  async end(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(screens: readonly { readonly count: Counted; readonly shown: LiveSubscription }[]) {
    let lookedMs = Date.now();
    while (!this.stopping) {
      await pause(LOOK_EVERY_MS);
      const nowMs = Date.now();
      if (nowMs - lookedMs < OWN_STALL_MS)
        for (const { count, shown } of screens) this.look(count, shown, nowMs);
      lookedMs = nowMs;
    }
  }

  private look({ metric, topic }: Counted, { state }: LiveSubscription, nowMs: number): void {
    if (state.kind !== 'value' && state.kind !== 'empty') return;
    const { points, asOfMs } = state.data;
    const painted = points.reduce((sum, { value }) => sum + (value ?? 0), 0);
    this.claims.fresh();
    const beforeMs = nowMs - TARGET_MS - TOLD_WITHIN_MS;
    const known = this.load.knownBefore(topic, Math.max(beforeMs, asOfMs ?? 0));
    if (painted >= known) return;
    this.claims.fail(
      `a screen shows ${metric} as fresh (as of ${asOfMs === null ? 'no time' : new Date(asOfMs).toISOString()}): ${known} events were acknowledged ${nowMs - beforeMs} ms before or by then, it paints ${painted}`,
    );
  }
}
