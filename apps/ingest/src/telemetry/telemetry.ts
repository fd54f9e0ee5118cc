import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Arrivals } from '@freshet/freshness';
import type {
  EngineEvents,
  FlushReport,
  Gap,
  OutcomeRow,
  PartitionStatus,
  SourcePartition,
} from '@freshet/ingestion';
import type { Logger } from 'pino';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
const partitionLabels = ['topic', 'partition'] as const;

/** Every number that ingest tells Prometheus, in one place, and what it logs of the engine's events. */
export class Telemetry implements EngineEvents {
  readonly registry = new Registry();
  private readonly on = [this.registry];
  private readonly recordsTotal = new Counter({
    name: 'freshet_ingest_records_total',
    help: 'Records read for the first time, by what became of them.',
    labelNames: ['topic', 'outcome', 'reason'] as const,
    registers: this.on,
  });
  private readonly lateRecords = new Counter({
    name: 'freshet_ingest_late_records_total',
    help: 'Counted records that came after the window was final of the metric that waits least.',
    labelNames: ['topic'] as const,
    registers: this.on,
  });
  private readonly arrived = new Map<string, { counted: number; late: number }>();
  private readonly evaluatorSilence = new Gauge({
    name: 'freshet_evaluator_silent_seconds',
    help: 'For how long nobody has evaluated alerts, seen from here; 0: somebody does.',
    registers: this.on,
  });
  private readonly resumes = new Counter({
    name: 'freshet_ingest_resumes_total',
    help: 'Partitions that were rebuilt from the start of their open chunk.',
    labelNames: partitionLabels,
    registers: this.on,
  });
  private readonly misplacedBatches = new Counter({
    name: 'freshet_ingest_misplaced_batches_total',
    help: 'Batches that did not start at the next position and were discarded: harmless.',
    labelNames: partitionLabels,
    registers: this.on,
  });
  private readonly halts = new Counter({
    name: 'freshet_ingest_halts_total',
    help: 'Partitions that stopped and need a person.',
    labelNames: ['topic', 'partition', 'code'] as const,
    registers: this.on,
  });
  private readonly lostRecords = new Counter({
    name: 'freshet_ingest_lost_offsets_total',
    help: 'Offsets that retention took before they were stored.',
    labelNames: partitionLabels,
    registers: this.on,
  });
  private readonly flushSeconds = new Histogram({
    name: 'freshet_ingest_flush_seconds',
    help: 'Time of a flush, all steps.',
    buckets: seconds,
    registers: this.on,
  });
  private readonly flushedRows = new Counter({
    name: 'freshet_ingest_flushed_rows_total',
    help: 'Rows stored, by table.',
    labelNames: ['table'] as const,
    registers: this.on,
  });
  private readonly flushFailures = new Counter({
    name: 'freshet_ingest_flush_failures_total',
    help: 'Flushes that were not acknowledged and are repeated, by step.',
    labelNames: ['step'] as const,
    registers: this.on,
  });
  private readonly waitSeconds = new Counter({
    name: 'freshet_ingest_backpressure_seconds_total',
    help: 'Time that reading waited for buffers to empty.',
    registers: this.on,
  });
  private readonly foldedRows = new Counter({
    name: 'freshet_ingest_folded_rows_total',
    help: 'Stored pane rows that hold the series beyond maxSeries, "(other)", by metric.',
    labelNames: ['metric'] as const,
    registers: this.on,
  });
  private readonly fullness = new Gauge({
    name: 'freshet_ingest_buffer_fullness',
    help: 'Fullest buffer of what waits to be stored; at 1 and more, reading waits.',
    registers: this.on,
  });
  private readonly backlog = new Gauge({
    name: 'freshet_ingest_backlog_records',
    help: 'Records known to be in the log and not read yet.',
    labelNames: partitionLabels,
    registers: this.on,
  });
  private readonly position = new Gauge({
    name: 'freshet_ingest_position',
    help: 'Next offset to be read.',
    labelNames: partitionLabels,
    registers: this.on,
  });
  private readonly frontier = new Gauge({
    name: 'freshet_ingest_frontier_timestamp_seconds',
    help: 'Newest sane event time, or a proven later time.',
    labelNames: partitionLabels,
    registers: this.on,
  });
  private readonly asOf = new Gauge({
    name: 'freshet_ingest_as_of_timestamp_seconds',
    help: 'Time up to which everything in the log has been read.',
    labelNames: partitionLabels,
    registers: this.on,
  });
  private readonly haltedNow = new Gauge({
    name: 'freshet_ingest_halted',
    help: '1 while a partition is stopped and needs a person.',
    labelNames: partitionLabels,
    registers: this.on,
  });

  constructor(private readonly logger: Logger) {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Gauges that are worked out when somebody asks. */
  observe(partitions: readonly PartitionStatus[], fullness: number): void {
    this.fullness.set(fullness);
    for (const gauge of [this.backlog, this.position, this.frontier, this.asOf, this.haltedNow])
      gauge.reset();
    for (const status of partitions) {
      const labels = labelsOf(status.source);
      this.backlog.set(labels, status.backlogRecords);
      this.position.set(labels, status.position);
      this.frontier.set(labels, Math.max(0, status.frontierMs) / 1000);
      this.asOf.set(labels, Math.max(0, status.lastLogTimeMs, status.provenAtMs) / 1000);
      this.haltedNow.set(labels, status.halted === undefined ? 0 : 1);
    }
  }

  records(source: SourcePartition, outcome: OutcomeRow['outcome'], reason: string, count: number): void {
    this.recordsTotal.inc({ topic: source.topic, outcome, reason }, count);
    if (outcome === 'ok') this.arrivedOn(source.topic).counted += count;
  }

  late({ topic }: SourcePartition, count: number): void {
    this.lateRecords.inc({ topic }, count);
    this.arrivedOn(topic).late += count;
  }

  /** What was counted on each topic since this process began. */
  arrivals(): Arrivals[] {
    return [...this.arrived].map(([topic, seen]) => ({ topic, ...seen }));
  }

  resumed(source: SourcePartition, position: number, storedThrough: number): void {
    this.resumes.inc(labelsOf(source));
    this.logger.info(
      { ...source, position, storedThrough },
      'partition resumed at the start of its open chunk',
    );
  }

  misplaced(source: SourcePartition, expected: number, found: number): void {
    this.misplacedBatches.inc(labelsOf(source));
    this.logger.debug({ ...source, expected, found }, 'batch discarded: not at the next position');
  }

  halted(source: SourcePartition, code: string, reason: string): void {
    this.halts.inc({ ...labelsOf(source), code });
    this.logger.error({ ...source, code, reason }, 'partition halted');
  }

  gap(gap: Gap): void {
    this.lostRecords.inc(labelsOf(gap.source), gap.through - gap.from + 1);
    this.logger.error({ ...gap }, 'records were lost to retention before they were stored');
  }

  flushed(report: FlushReport): void {
    this.flushSeconds.observe(report.durationMs / 1000);
    this.flushedRows.inc({ table: 'panes' }, report.paneRows);
    this.flushedRows.inc({ table: 'facts' }, report.factRows);
    this.flushedRows.inc({ table: 'ledger' }, report.ledgerRows);
    this.flushedRows.inc({ table: 'dead letters' }, report.deadLetters);
    for (const [metric, rows] of report.foldedRows) this.foldedRows.inc({ metric }, rows);
  }

  flushFailed(step: string, error: unknown): void {
    this.flushFailures.inc({ step });
    const message = error instanceof Error ? error.message : String(error);
    this.logger.warn({ step, error: message }, 'flush failed, it will be repeated');
  }

  /** 0: somebody evaluates. */
  evaluatorSilent(silentMs: number): void {
    this.evaluatorSilence.set(silentMs / 1000);
  }

  waited(waitedMs: number): void {
    this.waitSeconds.inc(waitedMs / 1000);
  }

  private arrivedOn(topic: string): { counted: number; late: number } {
    const seen = this.arrived.get(topic) ?? { counted: 0, late: 0 };
    this.arrived.set(topic, seen);
    return seen;
  }
}

function labelsOf({ topic, partition }: SourcePartition): { topic: string; partition: string } {
  return { topic, partition: String(partition) };
}
