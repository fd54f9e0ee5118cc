import type {
  Clock,
  CoveredPartition,
  HubObserver,
  Progress,
  ProgressReader,
  SeriesAnswer,
  SeriesQuery,
  SeriesReader,
  SeriesWindow,
  ServedMetric,
} from '@freshet/live-hub';
import type { ClientSocket, Surroundings } from '@freshet/live-client';
import type { MetricDefinition } from '@freshet/metrics';

/** For tests: a store, a clock and a network that do what a seeded schedule tells them. */

export const MINUTE = 60_000;

const definition: MetricDefinition = {
  name: 'orders',
  title: 'Orders',
  subtitle: 'per minute',
  description: '',
  owner: 'commerce-team',
  source: 'orders',
  measure: { kind: 'count' },
  dimensions: [{ name: 'channel', field: 'channel' }],
  maxSeries: 100,
  window: { kind: 'tumbling', sizeMs: MINUTE, everyMs: MINUTE },
  lateness: { watermarkDelayMs: 5_000, allowedMs: 2 * MINUTE },
  freshness: { targetMs: 2_000, objective: 0.995, overMs: 30 * 86_400_000, actionWindowMs: 60_000 },
  replay: 'recompute',
  promotion: 'when-complete',
  unit: 'count',
  goodDirection: 'up',
  meaning: 'orders',
  display: { order: 1 },
  runbook: '',
  file: 'orders.yaml',
  revision: 'r1',
};

/** Wall time and timers that move only when told. */
export class SimulatedTime implements Clock, Surroundings {
  #nowMs = 1_700_000_000_000;
  #timers: { atMs: number; run: () => void }[] = [];

  constructor(private readonly chance: () => number) {}

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): object {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return timer;
  }

  cancel(timer: unknown): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  random(): number {
    return this.chance();
  }

  /** Runs what is due, in order of time. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.cancel(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
    }
    this.#nowMs = untilMs;
  }
}

interface StoreState {
  readonly counts: ReadonlyMap<string, { start: number; channel: string; value: number; late: number }>;
  readonly through: readonly number[];
  readonly frontierMs: number;
}

/** Counts by minute and channel, over two partitions. Each reader has a replica that may be some states behind. */
export class SimulatedStore {
  readonly metric: ServedMetric = { definition, topics: ['orders'] };
  #states: StoreState[] = [{ counts: new Map(), through: [-1, -1], frontierMs: -1 }];
  fails = false;

  get #newest(): StoreState {
    return this.#states.at(-1) as StoreState;
  }

  #store(state: StoreState): void {
    this.#states = [...this.#states.slice(-8), state];
  }

  add(partition: 0 | 1, eventTimeMs: number, channel: string): void {
    const { counts, through, frontierMs } = this.#newest;
    const start = Math.floor(eventTimeMs / MINUTE) * MINUTE;
    const key = `${start} ${channel}`;
    const found = counts.get(key) ?? { start, channel, value: 0, late: 0 };
    const isLate = start + MINUTE + definition.lateness.allowedMs <= frontierMs - 5_000;
    const count = { ...found, value: found.value + 1, late: found.late + (isLate ? 1 : 0) };
    this.#store({
      counts: new Map([...counts, [key, count]]),
      through: through.map((offset, i) => (i === partition ? offset + 1 : offset)),
      frontierMs: Math.max(frontierMs, eventTimeMs),
    });
  }

  advance(toMs: number): void {
    this.#store({ ...this.#newest, frontierMs: Math.max(this.#newest.frontierMs, toMs) });
  }

  replica(): SimulatedReplica {
    return new SimulatedReplica(this);
  }

  state(behind: number): StoreState {
    if (this.fails) throw new Error('the store is away');
    return this.#states[Math.max(0, this.#states.length - 1 - behind)] as StoreState;
  }
}

export class SimulatedReplica {
  /** States that it is behind the newest. */
  behind = 0;

  constructor(private readonly store: SimulatedStore) {}

  readonly progress: ProgressReader = {
    read: async (): Promise<Progress> => {
      const { through, frontierMs } = this.store.state(this.behind);
      const topic = {
        partitions: covered(through),
        correction: 0,
        lowFrontierMs: frontierMs,
        highFrontierMs: frontierMs,
        asOfMs: frontierMs < 0 ? null : frontierMs,
      };
      return { life: 'l1', topics: new Map([['orders', topic]]) };
    },
  };

  readonly series: SeriesReader = {
    read: async (queries: readonly SeriesQuery[]): Promise<readonly SeriesAnswer[]> => {
      const { counts, through } = this.store.state(this.behind);
      return queries.map((query) => {
        const windows: SeriesWindow[] = [];
        for (const { start, channel, value, late } of counts.values()) {
          const end = start + MINUTE;
          if (end <= query.fromMs || start >= query.toMs) continue;
          const rest = { numerator: undefined, denominator: undefined, partial: false, incomplete: false };
          windows.push({ start, end, series: [channel], value, lateEvents: late, ...rest });
        }
        return { windows, covered: covered(through) };
      });
    },
  };
}

function covered(through: readonly number[]): CoveredPartition[] {
  return through.map((offset, partition) => ({ incarnation: 1, partition, through: offset }));
}

export const silentObserver: HubObserver = {
  refused: () => undefined,
  discarded: () => undefined,
  read: () => undefined,
  closed: () => undefined,
  painted: () => undefined,
};

/** Frames in flight in both directions of one connection. */
export class SimulatedLink {
  readonly toServer: string[] = [];
  readonly toClient: string[] = [];
  /** Frames vanish from now on, and nobody is told. */
  isHalfOpen = false;
  isClosed = false;
  readonly client: ClientSocket;

  constructor(private readonly onServerClosed: () => void) {
    const link = this as SimulatedLink;
    this.client = {
      get readyState() {
        return link.isClosed ? 3 : 1;
      },
      bufferedAmount: 0,
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => {
        if (!link.isHalfOpen) link.toServer.push(text);
      },
      close: () => this.cut(),
    };
  }

  sendToClient(text: string): void {
    if (!this.isHalfOpen && !this.isClosed) this.toClient.push(text);
  }

  get bufferedBytes(): number {
    return this.toClient.reduce((sum, text) => sum + text.length, 0);
  }

  /** One frame on its way vanishes, and nobody is told. */
  lose(toClient: boolean, which: number): void {
    const frames = toClient ? this.toClient : this.toServer;
    if (frames.length > 0) frames.splice(which % frames.length, 1);
  }

  /** The next frame is held back behind the others. */
  reorder(toClient: boolean): void {
    const frames = toClient ? this.toClient : this.toServer;
    const next = frames.shift();
    if (next !== undefined) frames.push(next);
  }

  /** Both ends learn of it. */
  cut(reason = 'cut'): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.toServer.length = 0;
    this.toClient.length = 0;
    this.onServerClosed();
    (this.client.onclose as ((event: { reason: string }) => void) | null)?.({ reason });
  }

  open(): void {
    (this.client.onopen as (() => void) | null)?.();
  }

  deliver(count: number): void {
    for (const text of this.toClient.splice(0, count)) {
      (this.client.onmessage as ((event: { data: string }) => void) | null)?.({ data: text });
    }
  }
}
