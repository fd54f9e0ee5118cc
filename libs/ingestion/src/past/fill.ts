import { setImmediate as breathe } from 'node:timers/promises';
import type { Contract } from '@freshet/contracts';
import type { MetricDefinition } from '@freshet/metrics';
import { DEFAULT_LIMITS, type EngineLimits } from '../limits.js';
import { sameSource } from '../ownership.js';
import type { ChunkPanes, SourcePartition } from '../ports.js';
import type { PartitionStatus } from '../status.js';
import type { ChunkCoverage, PastChunk, PastStore } from './ports.js';
import { aggregatorsOf, Recount, type Aggregators } from './recount.js';

/** Definitions over one contract that are to take the place of what is read now. */
export interface Proposal {
  readonly contract: Contract;
  readonly definitions: readonly MetricDefinition[];
  /** A person decides when readers see it: it is filled, and not promoted. */
  readonly isHeld?: boolean;
}

export interface FillProgress {
  readonly filled: number;
  readonly total: number;
  /** Partitions that no owner counts under the proposal yet, as `topic/partition`. */
  readonly waitsFor: readonly string[];
  readonly promoted: boolean;
  /** Everything is counted, and only a person's word is missing. */
  readonly isReady: boolean;
}

/** Progress is stored at most every so many chunks. */
const TELL_EVERY_CHUNKS = 10;

/**
 * Counts the past of one contract's proposed definitions, chunk by chunk, and promotes them when nothing is missing
 * that can be had. Owners count new chunks meanwhile. It keeps nothing that is not stored: it may be ended at any
 * point and run again, by several processes too.
 */
export class RevisionFill {
  private readonly aggregators: Aggregators;

  constructor(
    private readonly store: PastStore,
    private readonly proposal: Proposal,
    private readonly owner: string,
    private readonly logTime: () => Promise<'append' | 'create'>,
    private readonly limits: EngineLimits = DEFAULT_LIMITS,
  ) {
    this.aggregators = aggregatorsOf(proposal.definitions, proposal.contract);
  }

  /** Stores that this process counts these partitions under the proposal. All that it read must be stored. */
  async announce(owned: readonly PartitionStatus[]): Promise<void> {
    await this.cover(
      owned.map(({ source, countsFrom, claim }) => ({ source, chunk: countsFrom, kind: 'live', claim })),
    );
  }

  /** Fills what can be filled now; promotes when that was all. Ends early, unpromoted, when aborted. */
  async pass(signal: AbortSignal): Promise<FillProgress> {
    const { store, proposal } = this;
    const { topic } = proposal.contract;
    const revisions = proposal.definitions.map(({ revision }) => revision);
    const chunks = await store.readPastChunks(topic);
    const coverage = await store.readCoverage(topic, revisions);
    const from = await this.countedLive(chunks, coverage);
    const waiting = chunks.filter((chunk) => chunk.isNewestLife && !from.has(keyOf(chunk.source)));
    const waitsFor = [...new Set(waiting.map(({ source }) => `${topic}/${source.partition}`))];

    const known = new Set(
      coverage.flatMap((row) => (row.kind === 'live' ? [] : [`${row.revision} ${chunkKey(row)}`])),
    );
    const past = chunks.filter((chunk) => isPast(chunk, from.get(keyOf(chunk.source))));
    const todo = past.filter(
      (chunk) => !revisions.every((revision) => known.has(`${revision} ${chunkKey(chunk)}`)),
    );

    let filled = past.length - todo.length;
    await this.tell(filled, past.length);
    const logTime = todo.length === 0 ? 'append' : await this.logTime();
    const recount = new Recount(store, proposal.contract, this.aggregators, logTime, this.limits);
    for (const chunk of todo) {
      if (signal.aborted) return { filled, total: past.length, waitsFor, promoted: false, isReady: false };
      await this.fill(chunk, recount);
      filled += 1;
      if (filled % TELL_EVERY_CHUNKS === 0) await this.tell(filled, past.length);
      await breathe();
    }
    await this.tell(filled, past.length);
    const progress = { filled, total: past.length, waitsFor };
    if (waitsFor.length > 0) return { ...progress, promoted: false, isReady: false };
    // What was sealed or claimed meanwhile is looked at before readers are switched.
    if (todo.length > 0) return this.pass(signal);
    if (proposal.isHeld === true) return { ...progress, promoted: false, isReady: true };
    const countedFromMs = coverage.reduce(
      (most, row) => (row.kind === 'missing' ? Math.max(most, row.frontierMs + 1) : most),
      -1,
    );
    for (const definition of proposal.definitions) await store.promote({ definition, topic, countedFromMs });
    return { ...progress, promoted: true, isReady: false };
  }

  /** Where the present owner of each partition counts from under all of the proposal, by source. */
  private async countedLive(
    chunks: readonly PastChunk[],
    coverage: readonly ChunkCoverage[],
  ): Promise<ReadonlyMap<string, number>> {
    const newest = chunks.filter(({ isNewestLife }) => isNewestLife).map(({ source }) => source);
    const sources = [...new Map(newest.map((source) => [keyOf(source), source])).values()];
    const claims = await this.store.highestClaims(sources);
    const from = new Map<string, number>();
    for (const source of sources) {
      const highest = claims.find((each) => sameSource(each.source, source));
      const live = coverage.filter(
        (row) =>
          row.kind === 'live' &&
          sameSource(row.source, source) &&
          row.claim === highest?.claim &&
          row.owner === highest.owner,
      );
      if (new Set(live.map(({ revision }) => revision)).size !== this.proposal.definitions.length) continue;
      from.set(keyOf(source), Math.max(...live.map(({ chunk }) => chunk)));
    }
    return from;
  }

  private async fill(chunk: PastChunk, recount: Recount): Promise<void> {
    const { source, frontierMs } = chunk;
    const isEmpty = chunk.records === 0 && chunk.lastLogTimeMs < 0;
    const counted = isEmpty ? undefined : await recount.chunk(chunk);
    if (!isEmpty && counted === undefined)
      return this.cover([{ source, chunk: chunk.chunk, kind: 'missing', frontierMs }]);
    const written = [counted?.panes, counted?.correction].filter(
      (panes): panes is ChunkPanes => panes !== undefined && panes.rows.length > 0,
    );
    if (written.length > 0) await this.store.writePanes(written);
    await this.cover([{ source, chunk: chunk.chunk, kind: 'filled' }]);
  }

  private cover(
    rows: readonly (Pick<ChunkCoverage, 'source' | 'chunk' | 'kind'> &
      Partial<Pick<ChunkCoverage, 'claim' | 'frontierMs'>>)[],
  ): Promise<void> {
    const { definitions } = this.proposal;
    if (rows.length === 0) return Promise.resolve();
    return this.store.writeCoverage(
      definitions.flatMap(({ name, revision }) =>
        rows.map(({ source, chunk, kind, claim = 0, frontierMs = -1 }) => {
          const owner = kind === 'live' ? this.owner : '';
          return { metric: name, revision, source, chunk, kind, claim, owner, frontierMs };
        }),
      ),
    );
  }

  private async tell(filled: number, total: number): Promise<void> {
    for (const definition of this.proposal.definitions)
      await this.store.writeProgress(definition, filled, total);
  }
}

/** Nobody writes to it any more, and the owner of the partition does not count it itself. */
function isPast(chunk: PastChunk, countedFrom: number | undefined): boolean {
  if (chunk.panesThrough < chunk.chunk && chunk.factsThrough < chunk.chunk) return false;
  if (!chunk.isNewestLife) return true;
  const sealed = chunk.end >= 0 && chunk.panesThrough >= chunk.end && chunk.factsThrough >= chunk.end;
  return countedFrom === undefined ? sealed : chunk.chunk < countedFrom;
}

function keyOf({ topic, incarnation, partition }: SourcePartition): string {
  return `${topic}/${incarnation}/${partition}`;
}

function chunkKey({ source, chunk }: { source: SourcePartition; chunk: number }): string {
  return `${keyOf(source)}/${chunk}`;
}
