import type { PartitionProcessor } from './partition.js';
import type { SourcePartition } from './ports.js';
import type { Refusal } from './rebuild.js';

export interface PartitionStatus {
  readonly source: SourcePartition;
  readonly position: number;
  /** Claim under which it is owned; 0 when it could not be resumed. */
  readonly claim: number;
  /** Start of the first chunk that this process counts itself, from its first record on; -1 when none. */
  readonly countsFrom: number;
  /** Records known to be in the log and not yet read. */
  readonly backlogRecords: number;
  readonly frontierMs: number;
  readonly lastLogTimeMs: number;
  readonly provenAtMs: number;
  /** Stored records are being read again. */
  readonly rebuilding: boolean;
  /** Why it is not read any more. */
  readonly halted: string | undefined;
}

export function statusOf(processor: PartitionProcessor, backlogRecords: number): PartitionStatus {
  return {
    source: processor.source,
    position: processor.position,
    claim: processor.claim,
    countsFrom: processor.countsFrom,
    backlogRecords,
    frontierMs: processor.frontierMs,
    lastLogTimeMs: processor.lastLogTimeMs,
    provenAtMs: processor.provenTakenMs,
    rebuilding: processor.rebuilding,
    halted: processor.halted,
  };
}

export function refusedStatus({ source, reason }: Refusal): PartitionStatus {
  return {
    source,
    position: -1,
    claim: 0,
    countsFrom: -1,
    backlogRecords: 0,
    frontierMs: -1,
    lastLogTimeMs: -1,
    provenAtMs: -1,
    rebuilding: false,
    halted: reason,
  };
}
