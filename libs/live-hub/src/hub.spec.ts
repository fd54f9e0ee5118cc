import type { Freshness } from '@freshet/live-protocol';
import type { MetricDefinition } from '@freshet/metrics';
import { describe, expect, it } from 'vitest';
import { LiveHub } from './hub.js';
import { DEFAULT_LIMITS, type HubLimits } from './limits.js';
import type { SeriesQuery } from './ports.js';
import type { Session } from './session.js';

const MINUTE = 60_000;
const NOW = 1_700_000_040_000;
const definition = {
  measure: { kind: 'count' },
  name: 'orders',
  dimensions: [{ name: 'channel', field: 'channel' }],
  window: { kind: 'tumbling', sizeMs: MINUTE, everyMs: MINUTE },
  lateness: { watermarkDelayMs: 5_000, allowedMs: 2 * MINUTE },
  revision: 'r1',
} as unknown as MetricDefinition;

/** A hub over one partition and one number in one window. */
class Bench {
  through = 1;
  correction = 0;
  value = 1;
  nowMs = NOW;
  buffered = 0;
  asOfMs = NOW;
  /** What the ledger says now, when it is known at all. */
  freshness: Freshness[] = [];
  /** How often the ledger was read. */
  looks = 0;
  /** Answers of the store wait for it. */
  gate: Promise<void> = Promise.resolve();
  readonly queries: SeriesQuery[] = [];
  readonly calls: number[] = [];
  readonly hub: LiveHub;

  constructor(limits: Partial<HubLimits> = {}) {
    const covered = () => [{ incarnation: 1, partition: 0, through: this.through }];
    const observer = { refused: none, discarded: none, read: none, closed: none, painted: none };
    this.hub = new LiveHub(
      {
        clock: { nowMs: () => this.nowMs },
        metrics: { metric: (name) => (name === 'orders' ? { definition, topics: ['orders'] } : undefined) },
        progress: {
          read: async () => {
            this.looks += 1;
            const frontier = { lowFrontierMs: NOW, highFrontierMs: NOW, asOfMs: this.asOfMs };
            const { correction } = this;
            const topic = { partitions: covered(), correction, ...frontier };
            return { life: 'l', topics: new Map([['orders', topic]]) };
          },
        },
        series: {
          read: async (queries) => {
            this.calls.push(queries.length);
            this.queries.push(...queries);
            await this.gate;
            const flags = { partial: false, incomplete: false, lateEvents: 0 };
            const shape = {
              start: NOW - MINUTE,
              end: NOW,
              series: [],
              numerator: undefined,
              denominator: undefined,
            };
            return queries.map(() => ({
              windows: [{ ...shape, value: this.value, ...flags }],
              covered: covered(),
            }));
          },
        },
        access: {
          authenticate: (token) => (token === undefined ? { name: 'local', role: 'viewer' } : undefined),
          mayRead: () => true,
        },
        freshness: { current: () => this.freshness },
        observer,
      },
      { ...DEFAULT_LIMITS, ...limits },
    );
  }

  /** One of five seconds: the ledger has everything at once. */
  endOutage(): void {
    this.nowMs += 5_000;
    this.asOfMs = this.nowMs;
    this.through = 2;
    this.freshness = [freshAsOf(this.nowMs)];
  }

  /** A viewer, with what it is told of the freshness of orders. */
  freshViewer(): { say: (message: object) => void; said: (Freshness | undefined)[] } {
    const said: (Freshness | undefined)[] = [];
    const { say } = this.viewer((message) => {
      if (message['op'] === 'freshness') said.push((message['metrics'] as Freshness[])[0]);
    });
    return { say, said };
  }

  /** A viewer that has said hello; `got` is what it was told, but for freshness, and `ops` what in all. */
  viewer(heard: (message: Record<string, unknown>) => void = none): {
    session: Session;
    ops: unknown[];
    got: Record<string, unknown>[];
    say: (message: object) => void;
    closed: string[];
    /** Messages of each round that had any. */
    rounds: number[];
  } {
    const rounds: number[] = [];
    const ops: unknown[] = [];
    const got: Record<string, unknown>[] = [];
    const closed: string[] = [];
    const bench = this as Bench;
    const session = this.hub.connect({
      send: (text) => {
        const message = JSON.parse(text) as Record<string, unknown>;
        ops.push(message['op']);
        heard(message);
        if (message['op'] !== 'freshness') got.push(message);
      },
      together: (work) => {
        const before = ops.length;
        work();
        if (ops.length > before) rounds.push(ops.length - before);
      },
      get bufferedBytes() {
        return bench.buffered;
      },
      close: (_, reason) => closed.push(reason),
    }) as Session;
    const say = (message: object): void => session.receive(JSON.stringify(message));
    say({ op: 'hello', protocol: 1 });
    return { session, ops, got, say, closed, rounds };
  }
}

const none = (): void => undefined;
const freshAsOf = (asOfMs: number): Freshness => ({
  ...{ metric: 'orders', status: 'fresh', targetMs: 2_000, lagMessages: 0, quiet: false },
  ...{ asOfMs, behindMs: 0, stages: {} },
});
const selection = { metric: 'orders', range: { kind: 'last', ms: 60 * MINUTE } };
const subscribe = (id: string, resume?: unknown): object => ({ op: 'subscribe', id, selection, resume });

describe('LiveHub', () => {
  it('asks the store once for a selection that many look at, and not at all when nothing changed', async () => {
    const bench = new Bench();
    const viewers = [bench.viewer(), bench.viewer(), bench.viewer()];
    for (const { say } of viewers) say(subscribe('a'));
    await bench.hub.tick();
    await bench.hub.tick();
    expect(bench.calls).toEqual([1]);
    for (const { got } of viewers) expect(got.map(({ op }) => op)).toEqual(['welcome', 'snapshot']);
  });

  it('takes the ledger of the last tick for a read beside it, while ticks come as often as they do at rest', async () => {
    const bench = new Bench();
    await bench.hub.tick();
    const range = { kind: 'fixed', fromMs: NOW - 60 * MINUTE, toMs: NOW } as const;
    const read = () => bench.hub.read({ metric: 'orders', filter: {}, groupBy: [], range });
    bench.nowMs += 1_200;
    expect(await read()).toMatchObject({ ok: true });
    expect(bench.looks).toBe(1);
    bench.nowMs += 400;
    expect(await read()).toMatchObject({ ok: true });
    expect(bench.looks).toBe(2);
  });

  it('gives a viewer all that a round changed for it at once', async () => {
    const bench = new Bench();
    const { say, rounds } = bench.viewer();
    for (const id of ['a', 'b', 'c']) say(subscribe(id));
    await bench.hub.tick();
    bench.through += 1;
    bench.value += 1;
    await bench.hub.tick();
    await bench.hub.tick();
    expect(rounds).toEqual([3, 3]);
  });

  it('says how fresh all is before the first number', async () => {
    const bench = new Bench();
    const { ops, say } = bench.viewer();
    say(subscribe('a'));
    await bench.hub.tick();
    expect(ops).toEqual(['welcome', 'freshness', 'snapshot']);
  });

  it('does not call a screen fresh before it has what the ledger has', async () => {
    const bench = new Bench();
    const { say, said } = bench.freshViewer();
    say(subscribe('a'));
    await bench.hub.tick();
    bench.endOutage();
    let open = (): void => undefined;
    bench.gate = new Promise((resolve) => (open = resolve));
    const ticking = bench.hub.tick();
    bench.hub.beat();
    expect(said.at(-1)).toMatchObject({
      status: 'catching_up',
      asOfMs: NOW,
      behindMs: 5_000,
      stage: 'serve',
    });
    open();
    await ticking;
    bench.hub.beat();
    expect(said.at(-1)).toMatchObject({ status: 'fresh', asOfMs: bench.nowMs });
  });

  it('does not call a screen fresh while what it shows could not be read anew', async () => {
    const bench = new Bench();
    const { say, said } = bench.freshViewer();
    say(subscribe('a'));
    await bench.hub.tick();
    bench.endOutage();
    bench.gate = Promise.reject(new Error('too long a statement'));
    await bench.hub.tick();
    bench.hub.beat();
    expect(said.at(-1)).toMatchObject({ status: 'catching_up', asOfMs: NOW, stage: 'serve' });
    bench.gate = Promise.resolve();
    bench.nowMs += 1_000;
    await bench.hub.tick();
    bench.hub.beat();
    expect(said.at(-1)).toMatchObject({ status: 'fresh', asOfMs: bench.nowMs - 1_000 });
  });

  it('reads only windows that are still open, and sends a delta that continues', async () => {
    const bench = new Bench();
    const { got, say } = bench.viewer();
    say(subscribe('a'));
    await bench.hub.tick();
    bench.through = 2;
    bench.value = 5;
    await bench.hub.tick();
    expect(bench.queries[1]?.fromMs).toBe(NOW - 5_000 - 2 * MINUTE);
    expect(got[2]).toMatchObject({ op: 'delta', from: got[1]?.['version'], changes: [{ value: 5 }] });
  });

  it('reads what is new a few at a time and delivers each as it comes, the first before what is shown already', async () => {
    const bench = new Bench();
    const { got, say } = bench.viewer();
    let wanted = 0;
    bench.hub.onWanted(() => (wanted += 1));
    say(subscribe('old'));
    await bench.hub.tick();
    bench.through = 2;
    bench.value = 5;
    for (let i = 1; i <= 6; i++) {
      const range = { kind: 'last', ms: (60 + i) * MINUTE };
      say({ op: 'subscribe', id: `new${i}`, selection: { ...selection, range } });
    }
    expect(wanted).toBe(7);
    await bench.hub.tick();
    expect(bench.calls).toEqual([1, 4, 1, 2]);
    expect(got.slice(2).map(({ op, id }) => `${String(op)} ${String(id)}`)).toEqual([
      ...['new1', 'new2', 'new3', 'new4'].map((id) => `snapshot ${id}`),
      'delta old',
      ...['new5', 'new6'].map((id) => `snapshot ${id}`),
    ]);
  });

  it('reads all again when something was corrected, also where nothing comes any more, and does not go back', async () => {
    const bench = new Bench();
    const { say, got } = bench.viewer();
    say(subscribe('a'));
    await bench.hub.tick();
    const values = (): unknown[] =>
      got.flatMap(({ points, changes }) =>
        ((points ?? changes ?? []) as { value: number }[]).map((p) => p.value),
      );
    bench.value = 97;
    bench.correction = 1;
    await bench.hub.tick();
    expect(bench.queries.at(-1)!.fromMs).toBe(bench.queries[0]!.fromMs);
    expect(values()).toEqual([1, 97]);
    // A replica that has not heard of the correction.
    bench.value = 1;
    bench.correction = 0;
    bench.through += 1;
    await bench.hub.tick();
    expect(values()).toEqual([1, 97]);
    bench.value = 98;
    bench.correction = 1;
    await bench.hub.tick();
    expect(values()).toEqual([1, 97, 98]);
  });

  it('discards an answer that is older than what is shown', async () => {
    const bench = new Bench();
    const { got, say } = bench.viewer();
    const show = async (through: number, value: number): Promise<void> => {
      bench.through = through;
      bench.value = value;
      await bench.hub.tick();
    };
    say(subscribe('a'));
    await show(7, 9);
    await show(8, 10);
    // A full read is due, and a replica that lags behind answers it.
    bench.nowMs += 20_000;
    await show(3, 4);
    await show(9, 11);
    expect(bench.calls).toHaveLength(4);
    const values = got.flatMap((message) => [message['points'], message['changes']].flat()).filter(Boolean);
    expect(values.map((point) => (point as { value: number }).value)).toEqual([9, 10, 11]);
  });

  it('shows nothing to a viewer who has seen more, until it has read as far', async () => {
    const ahead = new Bench();
    ahead.through = 5;
    const before = ahead.viewer();
    before.say(subscribe('a'));
    await ahead.hub.tick();
    const bench = new Bench();
    const { got, say } = bench.viewer();
    say(subscribe('a', before.got[1]?.['version']));
    await bench.hub.tick();
    expect(got.map(({ op }) => op)).toEqual(['welcome']);
    bench.nowMs += 4_000;
    await bench.hub.tick();
    expect(got[1]).toMatchObject({ op: 'error', code: 'unavailable' });
    bench.through = 6;
    await bench.hub.tick();
    // It has read recent windows only; who comes from elsewhere may have seen more, so a full read comes first.
    await bench.hub.tick();
    expect(got[2]).toMatchObject({ op: 'snapshot' });
  });

  it('gives a slow viewer the newest state instead of a queue, and closes one that never reads', async () => {
    const bench = new Bench({ bufferedBytes: 100, unreadMs: 5_000 });
    const { got, say, closed } = bench.viewer();
    say(subscribe('a'));
    await bench.hub.tick();
    bench.buffered = 1_000;
    for (let i = 2; i < 10; i++) {
      bench.through = i;
      bench.value = i;
      await bench.hub.tick();
      bench.hub.beat();
    }
    expect(got.filter(({ op }) => op === 'delta')).toHaveLength(0);
    bench.buffered = 0;
    bench.hub.beat();
    expect(got.filter(({ op }) => op === 'delta')).toMatchObject([
      { from: got[1]?.['version'], changes: [{ value: 9 }] },
    ]);
    bench.buffered = 1_000;
    bench.hub.beat();
    bench.nowMs += 6_000;
    say({ op: 'ping', sentAtMs: 0 });
    bench.hub.beat();
    expect(closed).toEqual(['nothing was read for 5 s']);
  });

  it('says which limit a refusal is about', () => {
    const bench = new Bench({
      subscriptionsPerSocket: 1,
      socketsPerUser: 2,
      messageBurst: 5,
      messagesPerSecond: 1,
    });
    const first = bench.viewer();
    first.say(subscribe('a'));
    first.say(subscribe('b'));
    expect(first.got.at(-1)).toMatchObject({ op: 'error', id: 'b', code: 'limit' });
    first.say({ ...subscribe('c'), selection: { ...selection, metric: 'nope' } });
    expect(first.got.at(-1)).toMatchObject({ op: 'error', id: 'c', code: 'unknown_metric' });
    for (let i = 0; i < 3; i++) first.say({ op: 'ping', sentAtMs: 1 });
    expect(first.got.at(-1)).toMatchObject({ op: 'error', code: 'limit', retryAfterMs: 1_000 });
    bench.viewer();
    const third = bench.viewer();
    expect(third.got[0]).toMatchObject({ op: 'error', code: 'limit' });
    expect(third.closed[0]).toContain('local has 2 connections already');
  });

  it('says how many sockets and selections there may be, and how large a message', () => {
    const bench = new Bench({ sockets: 2, feeds: 1 });
    const first = bench.viewer();
    first.say(subscribe('a'));
    first.say({ ...subscribe('b'), selection: { ...selection, range: { kind: 'last', ms: MINUTE } } });
    expect(first.got.at(-1)).toMatchObject({ op: 'error', id: 'b', code: 'limit' });
    expect(first.got.at(-1)?.['message']).toContain('1 different selections are served already');
    first.session.receive(`{"op":"ping","sentAtMs":1,"x":"${'x'.repeat(70_000)}"}`);
    expect(first.got.at(-1)).toMatchObject({ op: 'error', code: 'bad_message' });
    expect(first.got.at(-1)?.['message']).toContain('65536 bytes');
    bench.viewer();
    const closed: string[] = [];
    const told: string[] = [];
    const refused = bench.hub.connect({
      send: (text) => told.push(text),
      together: none,
      bufferedBytes: 0,
      close: (_, reason) => closed.push(reason),
    });
    expect(refused).toBeUndefined();
    expect(told[0]).toContain('2 viewers are connected already');
    expect(closed).toEqual(['too many viewers']);
  });

  it('closes a viewer that falls silent or never says hello', () => {
    const bench = new Bench();
    const { closed } = bench.viewer();
    const shy: string[] = [];
    bench.hub.connect({
      send: none,
      together: none,
      bufferedBytes: 0,
      close: (_, reason) => shy.push(reason),
    });
    bench.nowMs += 9_500;
    bench.hub.beat();
    expect(closed).toEqual(['nothing was heard from this viewer']);
    expect(shy).toEqual(['no hello came']);
  });
});
