import { Injectable } from '@nestjs/common';
import { SchemaConflict } from '@freshet/clickhouse';
import { catalogueFingerprint } from '@freshet/contracts';
import type { PartitionStatus } from '@freshet/ingestion';
import type { Logger } from 'pino';
import { loadCatalogue, workOf, type Catalogue } from '../catalogue/catalogue.js';
import { ConfigError } from '../config.js';
import { pause } from './backoff.js';
import { RunningPipeline, type IngestHealth, type Pipeline } from './running-pipeline.js';
import { messageOf } from './message-of.js';

/** How often the files and the requests of people are looked at. */
const LOOK_EVERY_MS = 1_000;

/** What the service needs of the outside: a pipeline for a catalogue. */
export interface Pipelines {
  readonly folder: string;
  readonly logger: Logger;
  /** Undefined: stopped before the store answered. @throws SchemaConflict */
  open(catalogue: Catalogue, signal: AbortSignal): Promise<Pipeline | undefined>;
}

/**
 * Runs the pipeline of the catalogue, and of each next one: when files change, or when a person asks for a revision,
 * what was read is stored, the pipeline ends as at a clean stop, and the next one resumes from the ledger as at any
 * start. A catalogue with a problem changes nothing.
 */
@Injectable()
export class IngestService {
  private readonly stopping = new AbortController();
  private running: RunningPipeline;
  private pipeline: Pipeline;
  private watching: Promise<void> | undefined;
  private refused: readonly string[] = [];
  private seen: string;

  constructor(
    private readonly pipelines: Pipelines,
    private catalogue: Catalogue,
    first: Pipeline,
  ) {
    this.pipeline = first;
    this.running = new RunningPipeline(first);
    this.seen = catalogue.fingerprint;
  }

  start(): void {
    this.running.start();
    this.watching = this.watch(this.stopping.signal);
  }

  /** Stops fetching, stores what was read, closes. Calling again waits for the same end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const { running } = this;
    await running.stop();
    await this.watching;
    if (this.running !== running) await this.running.stop();
  }

  partitions(): PartitionStatus[] {
    return this.running.partitions();
  }

  /** Fullest buffer; at 1 and more, reading waits. */
  fullness(): number {
    return this.running.fullness();
  }

  /** A refused change of the catalogue is told, but nothing is wrong with what runs. */
  health(nowMs: number): IngestHealth & { readonly catalogue: readonly string[] } {
    return { ...this.running.health(nowMs), catalogue: this.refused };
  }

  private async watch(signal: AbortSignal): Promise<void> {
    const { logger } = this.pipelines;
    await this.report();
    while (!signal.aborted) {
      await pause(LOOK_EVERY_MS, signal);
      try {
        if (signal.aborted) return;
        const fingerprint = catalogueFingerprint(this.pipelines.folder);
        if (fingerprint !== this.seen) {
          await this.follow(fingerprint, signal);
          if (this.seen === fingerprint) await this.report();
        } else if (await this.pipeline.store.isAskedAnew()) await this.reopen(this.catalogue, signal);
      } catch (error) {
        logger.warn({ why: messageOf(error) }, 'the catalogue could not be looked at; trying again');
      }
    }
  }

  /** Takes changed files into use, or says why not. */
  private async follow(fingerprint: string, signal: AbortSignal): Promise<void> {
    const { folder, logger } = this.pipelines;
    const told = this.refused.join('\n');
    try {
      const next = loadCatalogue(folder);
      // Half of a save may have been read: it is looked at again.
      if (next.fingerprint !== fingerprint || catalogueFingerprint(folder) !== fingerprint) return;
      await this.pipeline.store.check(next);
      if (workOf(next) === workOf(this.catalogue)) {
        await this.pipeline.store.describe(next);
        this.pipeline.followTeams(next.teams);
      } else await this.reopen(next, signal);
      this.catalogue = next;
      this.refused = [];
      logger.info('the changed catalogue is in use');
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof SchemaConflict)) throw error;
      this.refused = error.message.split('\n');
      if (this.refused.join('\n') !== told)
        logger.error({ why: this.refused }, 'the changed catalogue is refused; what runs goes on');
    }
    this.seen = fingerprint;
  }

  private async reopen(next: Catalogue, signal: AbortSignal): Promise<void> {
    await this.running.stop();
    const opened = await this.open(next, signal);
    if (opened === undefined) return;
    this.pipeline = opened;
    this.running = new RunningPipeline(opened);
    if (signal.aborted) await this.running.stop();
    else this.running.start();
  }

  /** Should the store refuse what the check allowed, the catalogue from before goes on. */
  private async open(next: Catalogue, signal: AbortSignal): Promise<Pipeline | undefined> {
    try {
      return await this.pipelines.open(next, signal);
    } catch (error) {
      if (!(error instanceof SchemaConflict) || next === this.catalogue) throw error;
      const before = await this.pipelines.open(this.catalogue, signal);
      if (before !== undefined) {
        this.pipeline = before;
        this.running = new RunningPipeline(before);
        this.running.start();
      }
      throw error;
    }
  }

  /** For the gateway, which shows it to people. */
  private async report(): Promise<void> {
    await this.pipeline.store
      .report(this.seen, this.refused)
      .catch((error: unknown) =>
        this.pipelines.logger.warn(
          { why: messageOf(error) },
          'what became of the catalogue could not be told',
        ),
      );
  }
}
