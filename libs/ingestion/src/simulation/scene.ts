import { IngestEngine } from '../engine.js';
import type { MetricStore } from '../ports.js';
import { MemoryDeadLetters, MemoryLog, MemoryStore, type MemoryRecord } from '../testing/index.js';
import { encodeEvent, fakeSource, METRIC, silentEvents } from './fakes.js';
import { effectiveAdvances, recompute } from './recompute.js';
import { LIMITS, TOPIC, type SimulationOptions } from './options.js';

const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);
/** Region of all events of a topic that was made anew. */
export const NEW_LIFE = 'us';
export const SOURCE = { topic: TOPIC, incarnation: 1, partition: 0 };

/** One partition and ingest processes that do what a script says: for situations that random schedules seldom meet. */
export class Scene {
  nowMs = T0;
  readonly store: MemoryStore;
  readonly log = new MemoryLog(() => this.nowMs);
  private readonly records: MemoryRecord[] = [];
  private readonly held = new Map<string, () => void>();

  constructor(
    private readonly logTime: 'append' | 'create',
    private readonly options: Omit<SimulationOptions, 'seed'>,
  ) {
    this.store = options.makeStore?.() ?? new MemoryStore();
    this.log.createTopic(TOPIC, 1, logTime);
  }

  /** Events, one a second, each at most `lateMs` behind its record. */
  events(count: number, lateMs = 0): void {
    for (let n = 0; n < count; n += 1) {
      this.nowMs += 1_000;
      this.event(this.nowMs - lateMs);
    }
  }

  /** @param logTimeMs as a producer stamps it */
  event(timeMs: number, logTimeMs = this.nowMs): void {
    const value = encodeEvent({ id: 1_000 + this.records.length, timeMs, region: 'eu', amount: 1 });
    const offset = this.log.append(TOPIC, 0, value, logTimeMs);
    this.records.push({ offset, logTimeMs, key: null, value });
  }

  /** The topic is deleted and made anew, with as many events as said. */
  recreate(count: number): void {
    this.log.createTopic(TOPIC, 1, this.logTime);
    for (let n = 0; n < count; n += 1)
      this.log.append(TOPIC, 0, encodeEvent({ id: n, timeMs: this.nowMs, region: NEW_LIFE, amount: 1 }));
  }

  /** @param start where it begins when it is the first to see the topic */
  ingest(owner: string, start: 'earliest' | 'latest' = 'earliest'): IngestEngine {
    const store = this.options.alterStore?.(this.holding(owner)) ?? this.holding(owner);
    return new IngestEngine({
      sources: [fakeSource(TOPIC, undefined, start)],
      store,
      log: this.log,
      deadLetters: new MemoryDeadLetters(),
      clock: { nowMs: () => this.nowMs },
      owner,
      events: silentEvents,
      limits: LIMITS,
    });
  }

  /** From here on what `owner` writes by this method is on its way, until it is released. */
  hold(owner: string, method: keyof MetricStore): void {
    this.held.set(`${owner} ${method}`, () => undefined);
  }

  /** What is on its way lands, and whoever waits for it goes on. */
  async release(owner: string, method: keyof MetricStore): Promise<void> {
    const land = this.held.get(`${owner} ${method}`);
    this.held.delete(`${owner} ${method}`);
    land?.();
    await new Promise(setImmediate);
  }

  /** Reads up to `before`, or all that is there. @returns what became of the last batch */
  async read(engine: IngestEngine, before = Number.MAX_SAFE_INTEGER): Promise<string> {
    for (;;) {
      const position = engine.status()[0]?.position ?? -1;
      const max = Math.min(before, this.log.end(TOPIC, 0)) - position;
      if (position < 0 || max <= 0) return 'read';
      const answer = await engine.process(TOPIC, this.log.fetch(TOPIC, 0, position, max));
      if (answer.kind !== 'accepted' && answer.kind !== 'seek') return answer.kind;
    }
  }

  /** What is stored beside what a recompute of the log gives; none when all is well. */
  async differences(): Promise<string[]> {
    const rows = this.store.ledgerOf(SOURCE);
    const from = rows.find(({ end, panesThrough, chunk }) => end >= 0 || panesThrough >= chunk)?.chunk ?? 0;
    const { logTime } = this;
    const rule = { ...LIMITS, horizonOffsets: 35, logTime, from, maxSeries: Number.POSITIVE_INFINITY };
    const advances = effectiveAdvances(this.store.advancesOf(SOURCE));
    const { panes } = recompute(this.records, advances, this.store.openingsOf(SOURCE), rule);
    const expected = [...panes].map(([key, { events, late }]) => `${key}: ${events} (${late} late)`);
    const stored = await this.panes();
    const gaps = (await this.store.readGaps(SOURCE)).map(({ from, through }) => `gap ${from}-${through}`);
    return [
      ...expected.filter((each) => !stored.includes(each)).map((each) => `expected ${each}`),
      ...stored.filter((each) => !expected.includes(each)).map((each) => `stored ${each}`),
      ...gaps,
    ];
  }

  async panes(): Promise<string[]> {
    return (await this.store.readPanes(METRIC)).map(
      ({ chunk, row }) =>
        `${chunk}/${row.paneStartMs}/${row.dimensions[0]}: ${row.events} (${row.lateEvents} late)`,
    );
  }

  private holding(owner: string): MetricStore {
    return new Proxy(this.store, {
      get: (store, name) => {
        const method = Reflect.get(store, name) as (...given: unknown[]) => Promise<unknown>;
        return async (...given: unknown[]) => {
          const key = `${owner} ${String(name)}`;
          if (this.held.has(key)) await new Promise<void>((land) => this.held.set(key, land));
          return method.apply(store, given);
        };
      },
    });
  }
}
