export { readArchives, type MetricArchive } from './archives.js';
export { writeAudits, type AuditRow } from './audits.js';
export {
  correctedChunks,
  planCorrections,
  takeBackRepeats,
  tellCorrected,
  type CorrectedChunk,
  type RepeatPlan,
} from './corrections.js';
export { openIncarnation, type IncarnationPlan } from './incarnations.js';
export { readChunkCounts, readFactOffsets, type ChunkCounts } from './log-reads.js';
export { readOriginal } from './originals.js';
export {
  auditPanes,
  type Measured,
  type PaneAudit,
  type PaneAuditOptions,
  type PaneDifference,
} from './pane-audit.js';
export { claimLetters, readRedrives, writeSent, type LetterName, type Redrive } from './redrives.js';
export {
  readNotifications,
  writeNotifications,
  type NotificationChoice,
  type NotificationRow,
} from './notifications.js';
export { auditRepeats, type RepeatAudit, type RepeatedId } from './repeats.js';
export { retirePartition } from './retirements.js';
export { newestLives, readGaps, readSources, type KnownGap, type StoredSource } from './sources.js';
export { readTableSizes, type TableSize } from './storage.js';
