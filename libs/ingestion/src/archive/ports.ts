import type { MetricDefinition, Opening } from '@freshet/metrics';
import type { SourcePartition } from '../ports.js';

/** Chunks of one life of a partition that are archived: those up to `chunk`. */
interface ArchivedSource {
  readonly source: SourcePartition;
  /** The first of them. */
  readonly first: number;
  readonly chunk: number;
  /** Last offset of chunk `chunk`. */
  readonly through: number;
}

/** What of a revision is archived: panes that start before `beforeMs`, as far as they are of the chunks of `sources`. */
export interface ArchiveBounds {
  readonly beforeMs: number;
  readonly sources: readonly ArchivedSource[];
}

/** The newest of the rows that switch readers, one a step. */
export interface ArchiveHead extends ArchiveBounds {
  /** Steps so far; 0: nothing is archived. */
  readonly step: number;
  /** Attempt of this step, a number of 64 bits as text; `0` when there is none. */
  readonly attempt: string;
  /** Attempts of all steps: readers count the rows that these wrote, and no others. */
  readonly attempts: readonly string[];
  /** Of a level; each is made of the rows that these attempts wrote. */
  readonly openings: readonly Opening[];
  /** Time since it was stored, by the store's clock. */
  readonly ageMs: number;
}

/** How far a source is stored. */
export interface SealedProgress {
  /** Of each life of each partition the last chunk before the first that is not stored to its end. */
  readonly sealed: readonly Omit<ArchivedSource, 'first'>[];
  /** Lowest frontier of the newest lives, epoch ms; -1: some partition has none. */
  readonly frontierMs: number;
  /** The store's clock, epoch ms. */
  readonly nowMs: number;
}

/** A step that is to follow `parent`. */
export interface ArchivePlan {
  readonly metric: MetricDefinition;
  readonly parent: ArchiveHead;
  readonly bounds: ArchiveBounds;
  /** What the next head's openings are, each with an attempt of its own. */
  readonly openings: readonly Opening[];
}

/** Head of a revision of which nothing is archived. */
export const NO_ARCHIVE: ArchiveHead = {
  step: 0,
  attempt: '0',
  attempts: [],
  openings: [],
  beforeMs: 0,
  sources: [],
  ageMs: 0,
};

/** Chunk rows that can be archived, by times that panes start at. */
export interface ArchivableRows {
  /** Panes that start in [fromMs, fromMs + the length that was asked for) have so many rows; ascending. */
  readonly runs: readonly { readonly fromMs: number; readonly rows: number }[];
  /** First chunk of each source that has any. */
  readonly first: readonly { readonly source: SourcePartition; readonly chunk: number }[];
}

/** Port to what is archived. Every write may be repeated, land late, or be made by two processes at once. */
export interface ArchiveStore {
  readHead(metric: MetricDefinition): Promise<ArchiveHead>;
  readSealed(topic: string): Promise<SealedProgress>;
  /** Whether the revision is what readers see now, so that every chunk that is stored to its end is counted under it. */
  isRead(metric: MetricDefinition): Promise<boolean>;
  /** Rows within bounds and not within the parent's, in runs of `runMs`. */
  readArchivable(plan: Omit<ArchivePlan, 'openings'>, runMs: number): Promise<ArchivableRows>;
  /**
   * Stores the merged rows of a step, and its openings. Nobody reads them yet; nothing when `parent` is not the head any
   * more.
   */
  writeArchive(plan: ArchivePlan, attempt: string): Promise<void>;
  /**
   * Switches all readers with one row, when `parent` is still the head, and when what the attempt has stored is
   * what a second merge of the chunk rows gives, and its openings what a second sum of the archive gives. Tells nothing:
   * the next `readHead` does.
   */
  writeHead(plan: ArchivePlan, attempt: string): Promise<void>;
  /** Deletes chunk rows within the bounds of the head, and what attempts left behind that were given up long ago. */
  removeArchived(metric: MetricDefinition, head: ArchiveHead): Promise<number>;
}
