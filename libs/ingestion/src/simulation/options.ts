import { DEFAULT_LIMITS, type EngineLimits } from '../limits.js';
import type { DeadLetterSink, MetricStore } from '../ports.js';
import type { MemoryStore } from '../testing/index.js';
import type { MemoryArchive } from '../testing/memory-archive.js';
import type { Revision } from './fakes.js';

export const TOPIC = 'orders';

export const LIMITS: EngineLimits = {
  ...DEFAULT_LIMITS,
  chunkOffsets: 20,
  dedupeHorizonOffsets: 35,
  sliceRecords: 7,
  factRows: 40,
  deadLetters: 10,
  deadLetterShare: 1,
  idleAfterMs: 3_000,
};

export interface SimulationOptions {
  readonly seed: number;
  readonly steps?: number;
  /** Puts something between an engine and its store: switches a safeguard off. */
  readonly alterStore?: (store: MetricStore) => MetricStore;
  readonly alterLetters?: (letters: DeadLetterSink) => DeadLetterSink;
  /** Catalogue before and after the change in the middle. */
  readonly revisions?: readonly [Revision, Revision];
  /** No traits: the schedule as the seed gave it before there were any. */
  readonly plain?: boolean;
  readonly makeStore?: () => MemoryStore;
  readonly makeArchive?: typeof MemoryArchive;
}
