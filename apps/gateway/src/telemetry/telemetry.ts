import type { HubObserver } from '@freshet/live-hub';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { NewestAudit } from '../store/audit-reader.js';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

/** Every number that the gateway tells Prometheus, in one place. */
export class Telemetry implements HubObserver {
  readonly registry = new Registry();
  readonly #on = [this.registry];
  readonly #refusals = new Counter({
    name: 'freshet_gateway_refusals_total',
    help: 'Messages and requests that were refused, by reason.',
    labelNames: ['code'] as const,
    registers: this.#on,
  });
  readonly #discarded = new Counter({
    name: 'freshet_gateway_discarded_reads_total',
    help: 'Answers of the store that were older than what was shown already.',
    labelNames: ['metric'] as const,
    registers: this.#on,
  });
  readonly #reads = new Histogram({
    name: 'freshet_gateway_store_read_seconds',
    help: 'Time of one query for all dirty selections.',
    labelNames: ['outcome'] as const,
    buckets: seconds,
    registers: this.#on,
  });
  readonly #selections = new Counter({
    name: 'freshet_gateway_selections_read_total',
    help: 'Selections that were read from the store.',
    registers: this.#on,
  });
  readonly #closed = new Counter({
    name: 'freshet_gateway_sockets_closed_total',
    help: 'Sockets that ended, by who ended them.',
    labelNames: ['by'] as const,
    registers: this.#on,
  });
  readonly #paint = new Histogram({
    name: 'freshet_paint_seconds',
    help: 'Reported by browsers: from delivery, and from the log, to the screen.',
    labelNames: ['metric', 'from'] as const,
    buckets: seconds,
    registers: this.#on,
  });
  readonly #behind = new Gauge({
    name: 'freshet_metric_behind_seconds',
    help: 'Now less the time up to which everything in the log is served.',
    labelNames: ['metric'] as const,
    registers: this.#on,
  });
  readonly #fresh = new Gauge({
    name: 'freshet_metric_fresh',
    help: '1 while a metric is within its target.',
    labelNames: ['metric'] as const,
    registers: this.#on,
  });
  readonly #lag = new Gauge({
    name: 'freshet_metric_lag_messages',
    help: 'Messages in the source log that are not stored yet.',
    labelNames: ['metric'] as const,
    registers: this.#on,
  });
  readonly #notifications = new Counter({
    name: 'freshet_notifications_total',
    help: 'Attempts to tell teams of alerts, by what became of them; unaddressed: the team has no address that can be used.',
    labelNames: ['team', 'channel', 'outcome'] as const,
    registers: this.#on,
  });

  readonly #auditDifferences = new Gauge({
    name: 'freshet_audit_differences',
    help: 'Differences that the newest audit of a metric (panes) or a topic (log, repeats, lost) found.',
    labelNames: ['kind', 'subject'] as const,
    registers: this.#on,
  });
  readonly #auditCompared = new Gauge({
    name: 'freshet_audit_compared',
    help: 'Values, offsets or events that the newest audit compared.',
    labelNames: ['kind', 'subject'] as const,
    registers: this.#on,
  });
  readonly #auditedAt = new Gauge({
    name: 'freshet_audit_last_run_timestamp_seconds',
    help: 'When the newest audit ended, Unix time.',
    labelNames: ['kind', 'subject'] as const,
    registers: this.#on,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  refused(code: string): void {
    this.#refusals.inc({ code });
  }

  discarded(metric: string): void {
    this.#discarded.inc({ metric });
  }

  read(queries: number, tookMs: number, failed: boolean): void {
    this.#reads.observe({ outcome: failed ? 'failed' : 'ok' }, tookMs / 1000);
    this.#selections.inc(queries);
  }

  closed(reason: string): void {
    this.#closed.inc({ by: reason === 'gone' ? 'viewer' : 'gateway' });
  }

  painted(metric: string, deliveredToPaintMs: number, producedToPaintMs: number | undefined): void {
    this.#paint.observe({ metric, from: 'delivered' }, deliveredToPaintMs / 1000);
    if (producedToPaintMs !== undefined) {
      this.#paint.observe({ metric, from: 'produced' }, producedToPaintMs / 1000);
    }
  }

  freshness(metric: string, behindMs: number | null, isFresh: boolean, lagMessages: number | null): void {
    this.#behind.set({ metric }, behindMs === null ? NaN : behindMs / 1000);
    this.#fresh.set({ metric }, isFresh ? 1 : 0);
    this.#lag.set({ metric }, lagMessages ?? NaN);
  }

  audited({ kind, subject, atMs, compared, differences }: NewestAudit): void {
    this.#auditDifferences.set({ kind, subject }, differences);
    this.#auditCompared.set({ kind, subject }, compared);
    this.#auditedAt.set({ kind, subject }, atMs / 1000);
  }

  notified(team: string, channel: string, outcome: 'sent' | 'failed' | 'given_up' | 'unaddressed'): void {
    this.#notifications.inc({ team, channel, outcome });
  }

  /** Gauges that are read when Prometheus asks. */
  watch(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: this.#on,
      collect() {
        this.set(read());
      },
    });
  }
}
