import type { Gap, OutcomeRow, SourcePartition } from './ports.js';
import type { FlushReport, FlushStep } from './flush.js';

export type HaltCode = 'fingerprint_mismatch' | 'chunk_mismatch' | 'dead_letters' | 'superseded';

/** What happened inside, for logs and metrics. Every method returns at once and never throws. */
export interface EngineEvents {
  /** Records were read for the first time or, when `rebuilt`, again after a resume. */
  records(source: SourcePartition, outcome: OutcomeRow['outcome'], reason: string, count: number): void;
  /** Of the counted records read for the first time: those too late for the metric that waits least. */
  late(source: SourcePartition, count: number): void;
  resumed(source: SourcePartition, position: number, storedThrough: number): void;
  /** Two owners, retries of the log, a seek not yet in effect: harmless, counted. */
  misplaced(source: SourcePartition, expected: number, found: number): void;
  halted(source: SourcePartition, code: HaltCode, reason: string): void;
  gap(gap: Gap): void;
  flushed(report: FlushReport): void;
  flushFailed(step: FlushStep, error: unknown): void;
  /** `process` had to wait for room. */
  waited(waitedMs: number): void;
}
