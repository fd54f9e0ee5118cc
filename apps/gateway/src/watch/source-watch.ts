import {
  FreshnessEvaluator,
  sourceState,
  type BrokerEvidence,
  type LogEndSeen,
  type PartitionProgress,
  type StoreEvidence,
  type WatchedMetric,
  type WatchedSource,
} from '@freshet/freshness';
import type { Clock, FreshnessSource, Progress, ProgressReader, TopicProgress } from '@freshet/live-hub';
import type { Freshness, SourceState } from '@freshet/live-protocol';
import type { Ledger } from '../store/ledger-reader.js';
import type { LookAtLedger } from '../live/tick-pace.js';
import { SlowAnswers } from './slow-answers.js';

export interface LedgerPort {
  read(): Promise<Ledger>;
  life(): Promise<string>;
}

/** A read that takes longer than this counts as no answer. */
const NO_ANSWER_AFTER_MS = 1_000;
/** `current` is asked several times a second: after a longer pause it is this process that stood still. */
const OWN_STALL_MS = 1_000;

/**
 * Reads the ledger for the hub and keeps the evidence for freshness: when the store last answered, what it
 * said, what the broker said. `current` never waits, so that freshness is told while the store hangs.
 */
export class SourceWatch implements ProgressReader, FreshnessSource {
  readonly #evaluator = new FreshnessEvaluator();
  #topics: ReadonlyMap<string, readonly WatchedMetric[]>;
  #partitions: readonly PartitionProgress[] = [];
  #look: LookAtLedger | undefined;
  #readAtMs: number | undefined;
  #askedAtMs: number | undefined;
  #lookedAtMs: number | undefined;
  #failure: { readonly sinceMs: number; readonly message: string } | undefined;
  #life: string | undefined;
  readonly #slow = new SlowAnswers(NO_ANSWER_AFTER_MS);
  readonly #broker = new Map<string, BrokerEvidence>();
  readonly #brokerAskedMs = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly ledger: LedgerPort,
    metrics: readonly WatchedMetric[],
    private readonly onStoreChange: (failure: string | undefined) => void,
    /** Why nothing of a metric may be shown although its source is read; undefined: it may. */
    private readonly unavailable: (metric: string) => string | undefined = () => undefined,
  ) {
    this.#topics = grouped(metrics);
  }

  /** Watches other metrics from now on. */
  follow(metrics: readonly WatchedMetric[]): void {
    this.#topics = grouped(metrics);
  }

  /** Topics whose metrics are served. */
  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  /** When ingest stored, as last seen; undefined while the store does not answer. */
  get look(): LookAtLedger | undefined {
    return this.#look;
  }

  async read(): Promise<Progress> {
    const askedAtMs = this.clock.nowMs();
    this.#askedAtMs ??= askedAtMs;
    try {
      this.#life ??= await this.ledger.life();
      const ledger = await this.ledger.read();
      this.#tookUntil(this.clock.nowMs());
      this.#partitions = ledger.partitions;
      this.#look = ledger;
      if (this.#failure !== undefined || this.#readAtMs === undefined) this.onStoreChange(undefined);
      this.#readAtMs = askedAtMs;
      this.#failure = undefined;
      return { life: this.#life, topics: byTopic(ledger) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#look = undefined;
      // A store that comes back may be another one.
      this.#life = undefined;
      if (this.#failure === undefined) this.onStoreChange(message);
      this.#failure = { sinceMs: this.#failure?.sinceMs ?? askedAtMs, message };
      throw error;
    } finally {
      this.#askedAtMs = undefined;
    }
  }

  /** It was asked and has not answered yet. */
  brokerAsked(topic: string, atMs: number): void {
    this.#brokerAskedMs.set(topic, atMs);
  }

  brokerSaid(topic: string, askedAtMs: number, ends: readonly LogEndSeen[]): void {
    this.#brokerAskedMs.delete(topic);
    this.#broker.set(topic, { kind: 'answers', askedAtMs, ends });
  }

  brokerFailed(topic: string, atMs: number, message: string): void {
    this.#brokerAskedMs.delete(topic);
    const before = this.#broker.get(topic);
    const sinceMs = before?.kind === 'fails' ? before.sinceMs : atMs;
    this.#broker.set(topic, { kind: 'fails', sinceMs, message });
  }

  broker(topic: string): BrokerEvidence {
    const known = this.#broker.get(topic) ?? { kind: 'not_watched' };
    const askedAtMs = this.#brokerAskedMs.get(topic);
    if (askedAtMs === undefined || this.clock.nowMs() - askedAtMs <= NO_ANSWER_AFTER_MS) return known;
    // Before the question times out, so that nobody else is blamed meanwhile.
    return known.kind === 'fails'
      ? known
      : { kind: 'fails', sinceMs: askedAtMs, message: 'a question is not answered' };
  }

  /** Undefined before the first word of the store. */
  get store(): StoreEvidence | undefined {
    if (this.#failure !== undefined) return { kind: 'fails', ...this.#failure };
    const waitingMs = this.#askedAtMs === undefined ? 0 : this.clock.nowMs() - this.#askedAtMs;
    if (this.#askedAtMs !== undefined && waitingMs > NO_ANSWER_AFTER_MS) {
      return { kind: 'fails', sinceMs: this.#askedAtMs, message: 'a query is not answered' };
    }
    if (this.#readAtMs === undefined) return undefined;
    const waitedMs = this.#slow.waitedMs(this.clock.nowMs());
    return { kind: 'answers', readAtMs: this.#readAtMs, waitedMs };
  }

  current(): readonly Freshness[] {
    const nowMs = this.clock.nowMs();
    this.#excuseOwnStall(nowMs);
    const store = this.store ?? { kind: 'fails', sinceMs: nowMs, message: 'it was not asked yet' };
    const bySource = [...this.#topics].flatMap(([topic, metrics]) => {
      const partitions = this.partitionsOf(topic);
      const evidence = { nowMs, store, broker: this.broker(topic), partitions };
      return this.#evaluator.evaluate(evidence, metrics).map((entry) => this.#withheld(entry));
    });
    // A metric over two sources is as fresh as the staler one.
    const worst = new Map<string, Freshness>();
    for (const entry of bySource) {
      const other = worst.get(entry.metric);
      if (other === undefined || (entry.asOfMs ?? -1) < (other.asOfMs ?? -1)) worst.set(entry.metric, entry);
    }
    return [...worst.values()];
  }

  /** The topics behind the metrics, each with its partitions. */
  sources(watched: readonly WatchedSource[]): SourceState[] {
    const nowMs = this.clock.nowMs();
    const store = this.store ?? { kind: 'fails', sinceMs: nowMs, message: 'it was not asked yet' };
    return watched.map((source) => {
      const partitions = this.partitionsOf(source.topic);
      const evidence = { nowMs, store, broker: this.broker(source.topic), partitions };
      return sourceState(source, evidence, this.#evaluator.standstillMs(source.topic, nowMs));
    });
  }

  #tookUntil(nowMs: number): void {
    this.#excuseOwnStall(nowMs);
    this.#slow.add(nowMs, nowMs - (this.#askedAtMs ?? nowMs));
  }

  /** An answer that came while this process stood still has not been seen yet: the store is not to blame for that. */
  #excuseOwnStall(nowMs: number): void {
    const stalled = this.#lookedAtMs !== undefined && nowMs - this.#lookedAtMs > OWN_STALL_MS;
    if (stalled && this.#askedAtMs !== undefined) this.#askedAtMs = nowMs;
    if (stalled) for (const topic of this.#brokerAskedMs.keys()) this.#brokerAskedMs.set(topic, nowMs);
    this.#lookedAtMs = nowMs;
  }

  /** The ledger of a topic as last read, and when that was. */
  partitionsOf(topic: string): readonly PartitionProgress[] {
    return this.#partitions.filter((partition) => partition.topic === topic);
  }

  #withheld(entry: Freshness): Freshness {
    // A store that does not answer is the nearer cause.
    const reason =
      this.#readAtMs === undefined || this.#failure !== undefined
        ? undefined
        : this.unavailable(entry.metric);
    if (reason === undefined) return entry;
    return { ...entry, status: 'unknown', asOfMs: null, behindMs: null, reason };
  }
}

function byTopic({ partitions, corrections }: Ledger): Map<string, TopicProgress> {
  const topics = new Map<string, TopicProgress>();
  for (const [topic, own] of grouped(partitions)) {
    const frontiers = own.map((partition) => partition.frontierMs);
    const asOfMs = Math.min(...own.map((partition) => partition.asOfMs));
    topics.set(topic, {
      partitions: own.map((p) => ({
        incarnation: p.incarnation,
        partition: p.partition,
        through: p.panesThrough,
      })),
      correction: corrections.get(topic) ?? 0,
      lowFrontierMs: Math.min(...frontiers),
      highFrontierMs: Math.max(...frontiers),
      asOfMs: asOfMs < 0 ? null : asOfMs,
    });
  }
  return topics;
}

function grouped<T extends { readonly topic: string }>(entries: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) {
    const group = groups.get(entry.topic);
    if (group === undefined) groups.set(entry.topic, [entry]);
    else group.push(entry);
  }
  return groups;
}
