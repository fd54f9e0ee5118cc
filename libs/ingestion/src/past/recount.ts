import type { Contract } from '@freshet/contracts';
import { compileAggregator, type ChunkAggregator, type MetricDefinition } from '@freshet/metrics';
import { DEFAULT_LIMITS, type EngineLimits } from '../limits.js';
import type { ChunkPanes, ClockAdvance, SourcePartition } from '../ports.js';
import { correctionOf, takenBackOf } from './correction.js';
import { countChunk } from './count-chunk.js';
import type { PastChunk, PastStore } from './ports.js';

/** A stored chunk counted again. */
export interface Recounted {
  readonly panes: ChunkPanes;
  /** What takes back events of it; undefined where there is nothing to take back. */
  readonly correction: ChunkPanes | undefined;
}

/** How chunks are counted, and how they would be if no series were folded. */
export interface Aggregators {
  readonly newAggregator: () => ChunkAggregator;
  readonly newUnfolded: () => ChunkAggregator;
}

export function aggregatorsOf(definitions: readonly MetricDefinition[], contract: Contract): Aggregators {
  const unfolded = definitions.map((each) => ({ ...each, maxSeries: Number.MAX_SAFE_INTEGER }));
  return {
    newAggregator: compileAggregator(definitions, contract),
    newUnfolded: compileAggregator(unfolded, contract),
  };
}

/** Counts stored chunks of one contract again, from their facts. Keeps the advances of the partitions that it has met. */
export class Recount {
  private readonly advances = new Map<string, readonly ClockAdvance[]>();

  constructor(
    private readonly store: Pick<PastStore, 'readChunkFacts' | 'readAllAdvances'>,
    private readonly contract: Contract,
    private readonly aggregators: Aggregators,
    private readonly logTime: 'append' | 'create',
    private readonly limits: EngineLimits = DEFAULT_LIMITS,
  ) {}

  /** Resolves undefined where not all of the chunk can be counted: a short row must not replace a whole one. */
  async chunk(chunk: PastChunk): Promise<Recounted | undefined> {
    const { source, opening, factsThrough } = chunk;
    if (opening === undefined || chunk.records === 0 || factsThrough < chunk.panesThrough) return undefined;
    const { store, logTime, limits } = this;
    const facts = await store.readChunkFacts(this.contract.name, source, chunk.chunk, factsThrough + 1);
    // Retention takes facts by their time, so a chunk may have lost some.
    if (facts.reduce((sum, block) => sum + block.count, 0) !== chunk.facts) return undefined;
    const advances = (await this.advancesOf(source)).filter(({ position }) => position <= factsThrough);
    const count = (aggregator: ChunkAggregator, withTakenBack: boolean): ChunkPanes =>
      countChunk({ ...chunk, opening }, facts, advances, aggregator, logTime, limits, withTakenBack);
    const { newAggregator, newUnfolded } = this.aggregators;
    const panes = count(newAggregator(), true);
    const takenBack = takenBackOf(facts);
    const correction =
      takenBack === 0
        ? undefined
        : correctionOf(panes, count(newAggregator(), false), count(newUnfolded(), true), takenBack);
    return { panes, correction };
  }

  private async advancesOf(source: SourcePartition): Promise<readonly ClockAdvance[]> {
    const key = `${source.incarnation}/${source.partition}`;
    const known =
      this.advances.get(key) ?? (await this.store.readAllAdvances(source, Number.MAX_SAFE_INTEGER));
    this.advances.set(key, known);
    return known;
  }
}
