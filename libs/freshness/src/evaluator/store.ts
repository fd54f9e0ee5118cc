import type { Evaluation, Exclusion } from '@freshet/live-protocol';
import type { AlertRecord } from '../alerts/alert-book.js';
import type { AlertDecision } from '../alerts/decision.js';
import type { Arrivals } from '../late-arrivals.js';
import type { SliceMinute } from '../objectives/slices.js';
import type { EvaluationRun } from './evaluation-log.js';
import type { LeaseRow } from './lease.js';

/** A metric's promise as it is in force; kept so that compliance is a query. */
export interface KeptObjective {
  readonly metric: string;
  readonly owner: string;
  readonly targetMs: number;
  readonly objective: number;
  readonly overMs: number;
  readonly actionWindowMs: number;
}

/** Good seconds by metric and day. */
export interface SliceDays {
  /** Every day of the range in order, `YYYY-MM-DD` in the zone that was asked for, with its begin, epoch ms. */
  readonly days: readonly { readonly day: string; readonly fromMs: number }[];
  readonly good: readonly { readonly metric: string; readonly day: string; readonly seconds: number }[];
}

/** A process that writes to the store, as it says itself. */
export interface Heartbeat {
  readonly role: 'ingest' | 'gateway';
  readonly instance: string;
  /** By its own clock, when it wrote. */
  readonly ownMs: number;
  /** By the store's clock, when it was written. */
  readonly storedMs: number;
  /** How long the writer waited for the answer to its last heartbeat, ms: bounds what the two clocks can tell. */
  readonly roundTripMs: number;
  /** Time of its newest flush, ms; -1: none. */
  readonly flushMs: number;
  /** What came on its topics since it began; empty for a gateway. */
  readonly arrivals: readonly Arrivals[];
}

/**
 * Port to what has to survive the evaluator. Every write may be repeated, and made by two at once, without harm. Rejects
 * when the store does not answer.
 */
export interface FreshnessStore {
  /** Newest lease rows, and the store's clock. */
  readLease(): Promise<{ readonly nowMs: number; readonly rows: readonly LeaseRow[] }>;
  writeLease(row: Omit<LeaseRow, 'atMs'>): Promise<void>;

  writeSlices(minutes: readonly SliceMinute[]): Promise<void>;
  /** Minutes that start at or after `fromMs`, in order of time. */
  readSlices(fromMs: number): Promise<SliceMinute[]>;
  /** First second with evidence by metric, epoch ms. */
  readBegun(): Promise<ReadonlyMap<string, number>>;
  /** Minutes that start in [fromMs, toMs). */
  readDays(fromMs: number, toMs: number, timeZone: string): Promise<SliceDays>;
  writeObjectives(objectives: readonly KeptObjective[]): Promise<void>;

  writeExclusion(exclusion: Exclusion): Promise<void>;
  /** Those that end at or after `fromMs`, or have not ended. */
  readExclusions(fromMs: number): Promise<Exclusion[]>;

  writeAlerts(records: readonly AlertRecord[]): Promise<void>;
  /** Those that are open, and those resolved at or after `fromMs`. */
  readAlerts(fromMs: number): Promise<AlertRecord[]>;
  writeDecision(decision: AlertDecision): Promise<void>;
  /** In order. */
  readDecisions(fromMs: number): Promise<AlertDecision[]>;

  writeEvaluations(runs: readonly EvaluationRun[]): Promise<void>;
  /** Of one alert key, newest first. */
  readEvaluations(key: string, limit: number): Promise<Evaluation[]>;

  writeHeartbeat(beat: Omit<Heartbeat, 'storedMs'>): Promise<void>;
  /** Of the last minute, with the store's clock. */
  readHeartbeats(): Promise<{ readonly nowMs: number; readonly beats: readonly Heartbeat[] }>;
}
