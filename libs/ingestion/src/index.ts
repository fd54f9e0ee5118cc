export { Archiver, type ArchiveAnswer, type ArchiverLimits } from './archive/archiver.js';
export {
  NO_ARCHIVE,
  type ArchivableRows,
  type ArchiveBounds,
  type ArchiveHead,
  type ArchivePlan,
  type ArchiveStore,
  type SealedProgress,
} from './archive/ports.js';
export { UnreadableTopic, type AssignmentLog } from './assignment.js';
export { IngestEngine, type EngineOptions } from './engine.js';
export type { EngineEvents, HaltCode } from './events.js';
export { FLUSH_STEPS, FlushError, type FlushReport, type FlushStep } from './flush.js';
export { fingerprintOf, sameFingerprint } from './fingerprint.js';
export {
  averageOfLate,
  cadenceFor,
  FlushCadence,
  type CadenceRule,
  type FlushDecision,
  type FlushLoad,
} from './flush-cadence.js';
export { RevisionFill, type FillProgress, type Proposal } from './past/fill.js';
export type { ChunkCoverage, PastChunk, PastStore, Promotion } from './past/ports.js';
export { aggregatorsOf, Recount } from './past/recount.js';
export { deadLetterTopic } from './letter-buffer.js';
export { DEFAULT_LIMITS, type EngineLimits } from './limits.js';
export * from './log.js';
export { shortestPatience } from './patience.js';
export * from './ports.js';
export { settled } from './settled.js';
export type { SourceSpec } from './source-spec.js';
export type { PartitionStatus } from './status.js';
