import type { AnyMetric } from '@freshet/metrics';
import type { Calendar } from '@freshet/windowing';
import type { Alert, Freshness } from '@freshet/live-protocol';

/** Port to wall time, epoch ms. */
export interface Clock {
  nowMs(): number;
}

/** A metric as it is served: its active definition and what follows from its contract. */
export interface ServedMetric {
  readonly definition: AnyMetric;
  /** Kafka topics whose ledgers cover it. */
  readonly topics: readonly string[];
  /** IANA zone of calendar steps, where its windows name none; absent: UTC. */
  readonly timeZone?: string;
  /** Windows that start before are not known and not shown, epoch ms; absent: no such time. */
  readonly countedFromMs?: number;
  /** Why nothing of it may be shown now; absent: it may. */
  readonly unavailable?: string;
}

/** Catalogue as it is now; asked at every use, so that a promoted definition is seen at once. */
export interface MetricSource {
  metric(name: string): ServedMetric | undefined;
}

/** How far one partition (newest incarnation) is stored. */
export interface CoveredPartition {
  readonly incarnation: number;
  /** Kafka's number; of a metric's second topic plus 65,536, see `partitionKey`. */
  readonly partition: number;
  /** Last offset covered; -1 when none. */
  readonly through: number;
}

export interface TopicProgress {
  readonly partitions: readonly CoveredPartition[];
  /**
   * Grows with each correction of what was counted before, and with each partition that is waited for no more; 0 without.
   * Told of a correction only once its rows are stored.
   */
  readonly correction: number;
  /** Lowest and highest frontier over all partitions, epoch ms; -1 when there is none (or one has none, for the lowest). */
  readonly lowFrontierMs: number;
  readonly highFrontierMs: number;
  /** Lowest time up to which everything appended is stored, epoch ms; null without evidence. */
  readonly asOfMs: number | null;
}

export interface Progress {
  /** Names this life of the store: after a reset, smaller offsets are not old ones. */
  readonly life: string;
  readonly topics: ReadonlyMap<string, TopicProgress>;
}

/** Port to the ledger. Rejects when the store does not answer. */
export interface ProgressReader {
  read(): Promise<Progress>;
}

/** Windows of one metric, wanted at one grain. */
export interface SeriesQuery {
  readonly metric: ServedMetric;
  /** Dimension → allowed values. */
  readonly filter: Readonly<Record<string, readonly string[]>>;
  /** Dimensions that make the series, the currency's included. */
  readonly groupBy: readonly string[];
  /** A window ends at every multiple of `everyMs` and is `sizeMs` long. */
  readonly everyMs: number;
  readonly sizeMs: number;
  /** Steps of a calendar instead; then both are their usual length. */
  readonly calendar: Calendar | undefined;
  /** Windows whose last step [end - everyMs, end) meets [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Keep the so many largest series over the query's range; the rest is merged into `(other)`. */
  readonly top: number | undefined;
  /** Most windows × series wanted; the answer may hold one more, which tells that there are too many. */
  readonly maxPoints: number;
}

export interface SeriesWindow {
  readonly start: number;
  readonly end: number;
  readonly series: readonly string[];
  readonly value: number | null;
  readonly numerator: number | undefined;
  readonly denominator: number | undefined;
  readonly partial: boolean;
  readonly incomplete: boolean;
  readonly lateEvents: number;
}

export interface SeriesAnswer {
  readonly windows: readonly SeriesWindow[];
  /** Highest `through` among the rows that were read, by partition: they may be ahead of the ledger. */
  readonly covered: readonly CoveredPartition[];
}

/** Port to the panes: one call, one query to the store. Answers in the order of the queries; rejects as a whole. */
export interface SeriesReader {
  read(queries: readonly SeriesQuery[]): Promise<readonly SeriesAnswer[]>;
}

/** One socket. `send` queues; `bufferedBytes` is what the other side has not taken yet. */
export interface Viewer {
  send(text: string): void;
  /** Calls `work`, during which messages may be held back, to leave as one write: docs/decisions/0050. */
  together(work: () => void): void;
  readonly bufferedBytes: number;
  close(code: number, reason: string): void;
}

export interface User {
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'admin';
}

/** Port to access rules. */
export interface Access {
  /** The user that the token names; undefined: refused. */
  authenticate(token: string | undefined): User | undefined;
  mayRead(user: User, metric: string): boolean;
}

/** Freshness of every metric as known now; must not wait. */
export interface FreshnessSource {
  current(): readonly Freshness[];
  /** Alerts that are open; absent: not known here. */
  alerts?(): readonly Alert[];
  /** Number of the newest canary that is served; null: none. */
  canary?(): number | null;
}

/** What the hub tells of itself; each has a counter or histogram. */
export interface HubObserver {
  refused(code: string): void;
  discarded(metric: string): void;
  read(queries: number, tookMs: number, failed: boolean): void;
  closed(reason: string): void;
  painted(metric: string, deliveredToPaintMs: number, producedToPaintMs: number | undefined): void;
}
