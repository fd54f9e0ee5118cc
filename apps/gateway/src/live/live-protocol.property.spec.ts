import { LiveClient, type LiveSubscription } from '@freshet/live-client';
import { DEFAULT_LIMITS, LiveHub, type Session } from '@freshet/live-hub';
import type { Point } from '@freshet/live-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type SimulatedReplica,
  MINUTE,
  SimulatedLink,
  SimulatedStore,
  SimulatedTime,
  silentObserver,
} from './testing/simulated-world.js';

const CHANNELS = ['web', 'app', 'marketplace'];

/** Two gateways on one store, one page that is led to either of them, and a network between. */
class World {
  readonly time: SimulatedTime;
  readonly store = new SimulatedStore();
  readonly replicas = [this.store.replica(), this.store.replica()];
  readonly hubs: LiveHub[];
  /** A viewer on each gateway that never leaves, so that its numbers are old ones when the page comes. */
  readonly residents: (Session | undefined)[];
  readonly client: LiveClient;
  readonly sliding: LiveSubscription;
  readonly fixed: LiveSubscription;
  /** Every value that was on the screen, to see that none went back. */
  readonly shown = new Map<string, number>();
  wentBack: string | undefined;
  #link: SimulatedLink | undefined;
  #session: Session | undefined;
  #nextHub = 0;

  constructor(chance: () => number) {
    this.time = new SimulatedTime(chance);
    const { store, time } = this;
    this.hubs = this.replicas.map(
      ({ progress, series }) =>
        new LiveHub(
          {
            clock: time,
            metrics: { metric: (name) => (name === 'orders' ? store.metric : undefined) },
            progress,
            series,
            access: { authenticate: () => ({ name: 'local', role: 'viewer' }), mayRead: () => true },
            freshness: { current: () => [] },
            observer: silentObserver,
          },
          { ...DEFAULT_LIMITS, bufferedBytes: 4_000 },
        ),
    );
    this.client = new LiveClient({ url: 'ws://test', socket: () => this.#connect(), surroundings: time });
    const start = time.nowMs();
    const groupBy = ['channel'];
    this.sliding = this.client.subscribe({
      metric: 'orders',
      groupBy,
      range: { kind: 'last', ms: 20 * MINUTE },
    });
    const range = { kind: 'fixed', fromMs: start - 10 * MINUTE, toMs: start + 60 * MINUTE } as const;
    this.fixed = this.client.subscribe({ metric: 'orders', groupBy, range });
    this.fixed.onChange(() => this.#look());
    this.residents = this.hubs.map((hub) => {
      const session = hub.connect({
        send: () => undefined,
        together: (work) => work(),
        bufferedBytes: 0,
        close: () => undefined,
      });
      session?.receive(JSON.stringify({ op: 'hello', protocol: 1 }));
      session?.receive(
        JSON.stringify({ op: 'subscribe', id: 'f', selection: { metric: 'orders', groupBy, range } }),
      );
      return session;
    });
    this.client.connect();
  }

  /** Past the greetings, with first numbers. */
  async begin(): Promise<void> {
    this.store.add(0, this.time.nowMs(), 'web');
    for (let i = 0; i < 5; i++) {
      this.#pass(10);
      for (const hub of this.hubs) await hub.tick();
      this.carry(true);
    }
  }

  #pass(ms: number): void {
    this.time.pass(ms);
    for (const session of this.residents) session?.receive(JSON.stringify({ op: 'ping', sentAtMs: 0 }));
    for (const hub of this.hubs) hub.beat();
  }

  #connect(): SimulatedLink['client'] {
    const hub = this.hubs[this.#nextHub] as LiveHub;
    const link: SimulatedLink = new SimulatedLink(() => this.#session?.gone());
    this.#link = link;
    this.#session = hub.connect({
      send: (text) => link.sendToClient(text),
      together: (work) => work(),
      get bufferedBytes() {
        return link.bufferedBytes;
      },
      close: (_, reason) => link.cut(reason),
    });
    this.time.after(1, () => link.open());
    return link.client;
  }

  #look(): void {
    const { state } = this.fixed;
    if (!('data' in state) || state.data === undefined) return;
    for (const point of state.data.points) {
      const key = `${point.start} ${point.series.join()}`;
      const value = point.value ?? 0;
      const before = this.shown.get(key) ?? 0;
      if (value < before) this.wentBack = `${key}: ${before} → ${value}`;
      this.shown.set(key, Math.max(before, value));
    }
  }

  /** Half of the network's frames, or all. */
  carry(all: boolean): void {
    const link = this.#link;
    if (link === undefined) return;
    const toServer = all ? link.toServer.length : Math.ceil(link.toServer.length / 2);
    for (const text of link.toServer.splice(0, toServer)) this.#session?.receive(text);
    link.deliver(all ? link.toClient.length : Math.ceil(link.toClient.length / 2));
  }

  async act(action: Action): Promise<void> {
    const now = this.time.nowMs();
    switch (action.kind) {
      case 'events':
        for (let i = 0; i < action.count; i++) {
          const channel = CHANNELS[(action.seed + i) % CHANNELS.length] as string;
          this.store.add(((action.seed + i) % 2) as 0 | 1, now - action.agoMs - i * 700, channel);
        }
        return;
      case 'frontier':
        return this.store.advance(now);
      case 'tick':
        return (this.hubs[action.hub] as LiveHub).tick();
      case 'carry':
        return this.carry(action.all);
      case 'pass':
        return this.#pass(action.ms);
      case 'cut':
        this.#nextHub = action.hub;
        return this.#link?.cut();
      case 'half_open':
        this.#nextHub = action.hub;
        if (this.#link !== undefined) this.#link.isHalfOpen = true;
        return;
      case 'lose':
        return this.#link?.lose(action.toClient, action.which);
      case 'reorder':
        return this.#link?.reorder(action.toClient);
      case 'lag':
        (this.replicas[action.hub] as SimulatedReplica).behind = action.states;
        return;
      case 'store':
        this.store.fails = !action.answers;
    }
  }

  /** Lets everything come to rest: a working network and store, for a minute. */
  async settle(): Promise<void> {
    this.store.fails = false;
    for (const replica of this.replicas) replica.behind = 0;
    // A lost delta is missed by what follows it; real sockets lose none without an end.
    this.store.add(0, this.time.nowMs(), 'web');
    for (let second = 0; second < 60; second++) {
      this.#pass(1_000);
      for (const hub of this.hubs) await hub.tick();
      for (let i = 0; i < 4; i++) this.carry(true);
    }
  }
}

type Action =
  | { kind: 'events'; count: number; agoMs: number; seed: number }
  | { kind: 'frontier' }
  | { kind: 'tick'; hub: number }
  | { kind: 'carry'; all: boolean }
  | { kind: 'pass'; ms: number }
  | { kind: 'cut'; hub: number }
  | { kind: 'half_open'; hub: number }
  | { kind: 'lose'; toClient: boolean; which: number }
  | { kind: 'reorder'; toClient: boolean }
  | { kind: 'lag'; hub: number; states: number }
  | { kind: 'store'; answers: boolean };

const hub = fc.integer({ min: 0, max: 1 });
const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('events' as const),
      count: fc.integer({ min: 1, max: 20 }),
      agoMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9 * MINUTE })),
      seed: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'frontier' as const }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tick' as const), hub }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('carry' as const), all: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 1, max: 700 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 90_000 }) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), hub }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('half_open' as const), hub }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('lose' as const),
      toClient: fc.boolean(),
      which: fc.nat(20),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('reorder' as const), toClient: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('lag' as const), hub, states: fc.integer({ min: 0, max: 8 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('store' as const), answers: fc.boolean() }) },
);

function visible(subscription: LiveSubscription): readonly Point[] {
  const { state } = subscription;
  if (state.kind === 'loading' || state.data === undefined)
    throw new Error(`nothing to see: ${JSON.stringify(state)}`);
  if (state.kind === 'error') throw new Error(`an error stays: ${state.message}`);
  return state.data.points;
}

describe('client and hub over a bad network', () => {
  it('end in the same state, and no shown number ever goes back', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(actions, { minLength: 20, maxLength: 120, size: 'max' }),
        fc.nat(),
        async (schedule, seed) => {
          let state = seed + 1;
          const world = new World(() => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647);
          await world.begin();
          for (const action of schedule) await world.act(action);
          await world.settle();
          const now = world.time.nowMs();
          for (const subscription of [world.sliding, world.fixed]) {
            const range =
              subscription === world.sliding ? { kind: 'last' as const, ms: 20 * MINUTE } : undefined;
            const fixed = {
              kind: 'fixed' as const,
              fromMs: 1_700_000_000_000 - 10 * MINUTE,
              toMs: 1_700_000_000_000 + 60 * MINUTE,
            };
            const selection = { metric: 'orders', filter: {}, groupBy: ['channel'], range: range ?? fixed };
            const truth = await (world.hubs[0] as LiveHub).read(selection);
            if (!truth.ok) throw new Error(truth.message);
            expect(visible(subscription)).toEqual(
              truth.points.filter((point) => range === undefined || point.end > now - range.ms),
            );
          }
          expect(world.wentBack).toBeUndefined();
        },
      ),
      { numRuns: 150 },
    );
  });
});
