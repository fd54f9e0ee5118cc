import { CANARY_TOPIC, type Team } from '@freshet/contracts';
import type { EventLog, FlushReport, IngestEngine, PartitionStatus } from '@freshet/ingestion';
import type { Logger } from 'pino';
import type { ArchiveLoop } from '../archive/archive-loop.js';
import type { RevisionLoop } from '../revisions/revision-loop.js';
import { pause } from './backoff.js';
import type { OpenStore } from '../store/open-store.js';
import type { EvaluatorWatch } from '../watch/evaluator-watch.js';
import type { FlushLoop } from './flush-loop.js';
import { Strain } from './strain.js';
import type { TopicHealth, TopicReader } from './topic-reader.js';

/** Everything that reads one catalogue. */
export interface Pipeline {
  readonly engine: IngestEngine;
  readonly log: EventLog;
  readonly readers: ReadonlyMap<string, TopicReader>;
  readonly revisions: RevisionLoop;
  readonly archive: ArchiveLoop;
  readonly evaluatorWatch: EvaluatorWatch;
  readonly store: Pick<OpenStore, 'check' | 'describe' | 'isAskedAnew' | 'report'>;
  readonly logger: Logger;
  /** Other people are to be told. */
  followTeams(teams: readonly Team[]): void;
  makeFlushLoop(flushed: (report: FlushReport) => void): FlushLoop;
  close(): Promise<void>;
}

/** Positions are told to the group at most this often. */
const COMMIT_EVERY_MS = 5_000;
/** The store is not well when no flush succeeded for this long. */
const STORE_SILENT_MS = 10_000;
/** Batches in hand get this long to end. */
const STOP_READING_MS = 2_500;

export interface IngestHealth {
  readonly status: 'ok' | 'starting' | 'unhealthy';
  readonly problems: readonly string[];
  /** What is wrong elsewhere, seen from here. */
  readonly warnings: readonly string[];
  readonly topics: readonly TopicHealth[];
}

/** Reads all topics of one catalogue and flushes until it is stopped. */
export class RunningPipeline {
  private readonly stopping = new AbortController();
  private readonly flushing = new AbortController();
  private readonly flushLoop: FlushLoop;
  private readonly strain: Strain;
  private readonly committedMs = new Map<string, number>();
  private flushMs = -1;
  private running: Promise<unknown>[] = [];
  private flushRun: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly pipeline: Pipeline) {
    this.strain = new Strain(pipeline.logger);
    this.flushLoop = pipeline.makeFlushLoop((report) => {
      this.strain.flushed(report, pipeline.engine.load().nowMs);
      this.commit(report);
    });
  }

  start(): void {
    this.flushRun = this.flushLoop.run(this.flushing.signal);
    const { readers, revisions, archive } = this.pipeline;
    const { signal } = this.stopping;
    this.running = [...readers.values()].map((reader) => reader.run(signal));
    this.running.push(revisions.run(signal));
    this.running.push(archive.run(signal));
    this.running.push(this.pipeline.evaluatorWatch.run(signal, () => this.flushMs));
  }

  /** Stops fetching, stores what was read, closes. Calling again waits for the same end. */
  stop(): Promise<void> {
    this.closing ??= this.stopOnce();
    return this.closing;
  }

  partitions(): PartitionStatus[] {
    return this.pipeline.engine.status();
  }

  /** Fullest buffer; at 1 and more, reading waits. */
  fullness(): number {
    return this.pipeline.engine.load().pressure;
  }

  health(nowMs: number): IngestHealth {
    const topics = [...this.pipeline.readers.values()].map((reader) => reader.health());
    const problems: string[] = [];
    const { failingSinceMs } = this.flushLoop;
    if (failingSinceMs !== undefined && nowMs - failingSinceMs > STORE_SILENT_MS)
      problems.push(`nothing could be stored for ${Math.round((nowMs - failingSinceMs) / 1000)} s`);
    for (const { source, halted } of this.partitions())
      if (halted !== undefined) problems.push(`${source.topic}/${source.partition} halted: ${halted}`);
    const { uncounted } = this.pipeline.revisions;
    if (uncounted.length > 0)
      problems.push(`started with an older catalogue: ${uncounted.join(', ')} is not counted here; restart`);
    for (const { topic, state, detail } of topics)
      if (state === 'silent') problems.push(`${topic}: ${detail}`);
    const { alarm } = this.pipeline.evaluatorWatch;
    const warnings = this.strain.words(this.pipeline.engine.load());
    if (alarm !== undefined) warnings.unshift(alarm);
    if (problems.length > 0) return { status: 'unhealthy', problems, warnings, topics };
    // Where nobody sends canaries, nothing is missing.
    const starting = topics.some(({ topic, state }) => state === 'waiting' && topic !== CANARY_TOPIC);
    return { status: starting ? 'starting' : 'ok', problems, warnings, topics };
  }

  private async stopOnce(): Promise<void> {
    const { readers, logger, close } = this.pipeline;
    this.stopping.abort();
    // The flush loop goes on meanwhile: a batch in hand may be waiting for room.
    const deadline = new AbortController();
    await Promise.race([
      Promise.allSettled([...this.running, ...[...readers.values()].map((reader) => reader.stop())]),
      pause(STOP_READING_MS, deadline.signal),
    ]);
    deadline.abort();
    this.flushing.abort();
    await this.flushRun;
    if (await this.flushLoop.finish()) logger.info('everything that was read is stored');
    else logger.warn('the last flush failed: the next start reads those records again');
    await close();
  }

  private commit({ positions, durationMs }: FlushReport): void {
    this.flushMs = durationMs;
    for (const [topic, found] of positions) {
      if (performance.now() - (this.committedMs.get(topic) ?? 0) < COMMIT_EVERY_MS) continue;
      this.committedMs.set(topic, performance.now());
      void this.pipeline.readers.get(topic)?.commit(found);
    }
  }
}
