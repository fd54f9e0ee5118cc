import type { Contract, Decoder } from '@freshet/contracts';
import type { ChunkAggregator } from '@freshet/metrics';
import type { Patience } from './patience.js';

/** One contracted topic with what was compiled for it. */
export interface SourceSpec {
  readonly contract: Contract;
  /** Used by one partition at a time: the engine is single-threaded and copies what it keeps. */
  readonly decoder: Decoder;
  /** All metrics of this contract over one chunk. */
  readonly newAggregator: () => ChunkAggregator;
  /** Of the metric that waits least for late events; absent where there is no metric. */
  readonly patience?: Patience | undefined;
  /**
   * Metrics of other topics map dimensions by its facts: these are stored with whatever else is stored of it, because
   * from then on its progress says that such a metric knows them.
   */
  readonly isMappedBy?: boolean;
}
