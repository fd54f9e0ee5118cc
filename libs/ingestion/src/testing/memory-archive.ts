import type { MetricDefinition } from '@freshet/metrics';
import {
  NO_ARCHIVE,
  type ArchivableRows,
  type ArchiveBounds,
  type ArchiveHead,
  type ArchivePlan,
  type ArchiveStore,
  type SealedProgress,
} from '../archive/ports.js';
import type { ChunkPanes } from '../ports.js';
import { sameSource } from '../ownership.js';
import { isSealed } from './ledger-maxima.js';
import { MemoryStore } from './memory-store.js';
import type { StoredPane } from './metric-store-suite.js';

/** Merged rows of a pane and series. */
interface ArchivedSum {
  readonly events: number;
  readonly late: number;
  readonly sum: bigint;
}
type Rows = ReadonlyMap<string, ArchivedSum>;

/**
 * Chunk rows that can be archived, and the archive, in memory: a copy of the panes that a store is given, so that the
 * store itself still has every chunk. The ledger is the store's.
 */
export class MemoryArchive implements ArchiveStore {
  private readonly chunks = new MemoryStore();
  private readonly attempts = new Map<string, Rows>();
  private readonly heads = new Map<string, ArchiveHead>();

  constructor(
    private readonly ledger: MemoryStore,
    private readonly nowMs: () => number,
  ) {}

  /** What was written to the store, at whatever time. */
  async writePanes(panes: readonly ChunkPanes[]): Promise<void> {
    await this.chunks.writePanes(panes);
  }

  async readHead({ revision }: MetricDefinition): Promise<ArchiveHead> {
    return this.headOf(revision);
  }

  async readSealed(topic: string): Promise<SealedProgress> {
    const sources = this.ledger.sourcesOf(topic);
    const newest = Math.max(...sources.map(({ incarnation }) => incarnation));
    const sealed: SealedProgress['sealed'][number][] = [];
    let frontierMs = Number.MAX_SAFE_INTEGER;
    for (const source of sources) {
      const rows = this.ledger
        .ledgerOf(source)
        .filter((row) => row.end >= 0 || row.panesThrough >= row.chunk || row.factsThrough >= row.chunk);
      const open = rows.findIndex((row) => !isSealed(row));
      const last = (open === -1 ? rows : rows.slice(0, open)).at(-1);
      if (last !== undefined) sealed.push({ source, chunk: last.chunk, through: last.end });
      if (source.incarnation === newest)
        frontierMs = Math.min(frontierMs, Math.max(-1, ...rows.map((row) => row.frontierMs)));
    }
    return { sealed, frontierMs, nowMs: this.nowMs() };
  }

  async isRead(): Promise<boolean> {
    return true;
  }

  async readArchivable(plan: ArchivePlan, runMs: number): Promise<ArchivableRows> {
    const runs = new Map<number, number>();
    const first = new Map<string, ArchivableRows['first'][number]>();
    for (const { source, chunk, row } of await this.rowsOf(plan)) {
      const fromMs = Math.floor(row.paneStartMs / runMs) * runMs;
      runs.set(fromMs, (runs.get(fromMs) ?? 0) + 1);
      const key = `${source.incarnation}/${source.partition}`;
      if (chunk < (first.get(key)?.chunk ?? Number.MAX_SAFE_INTEGER)) first.set(key, { source, chunk });
    }
    return {
      runs: [...runs].map(([fromMs, rows]) => ({ fromMs, rows })).sort((a, b) => a.fromMs - b.fromMs),
      first: [...first.values()],
    };
  }

  async writeArchive(plan: ArchivePlan, attempt: string): Promise<void> {
    if (!this.isHead(plan)) return;
    this.attempts.set(attempt, merged(await this.rowsOf(plan)));
    for (const opening of plan.openings)
      this.attempts.set(opening.attempt, this.opened([...plan.parent.attempts, attempt], opening.beforeMs));
  }

  async writeHead(plan: ArchivePlan, attempt: string): Promise<void> {
    const { metric, parent, bounds, openings } = plan;
    const written = this.attempts.get(attempt);
    const again = merged(await this.rowsOf(plan));
    if (!this.isHead(plan) || written === undefined || !isSame(written, again)) return;
    const attempts = [...parent.attempts, attempt];
    const isOpened = openings.every(({ attempt: by, beforeMs }) =>
      isSame(this.attempts.get(by) ?? new Map<string, ArchivedSum>(), this.opened(attempts, beforeMs)),
    );
    if (!isOpened) return;
    const head = { ...bounds, step: parent.step + 1, attempt, attempts, openings, ageMs: 0 };
    this.heads.set(metric.revision, head);
  }

  async removeArchived({ revision }: MetricDefinition, head: ArchiveHead): Promise<number> {
    // All of those that no head names: the real store waits a day, which is kinder.
    const named = new Set(
      [...this.heads.values()].flatMap(({ attempts, openings }) => [
        ...attempts,
        ...openings.map(({ attempt }) => attempt),
      ]),
    );
    for (const attempt of this.attempts.keys()) if (!named.has(attempt)) this.attempts.delete(attempt);
    return this.chunks.removePanes((pane) => pane.row.revision === revision && isWithin(pane, head));
  }

  /** What a reader sees of a revision: sums by `pane/series`. */
  async sums(metric: string, revision: string): Promise<Rows> {
    const head = this.headOf(revision);
    return united([await this.beyond(metric, head, revision), ...this.counted(head)]);
  }

  /** What a reader sees as the level of each series, by each opening that there is. */
  async levels(metric: string, revision: string): Promise<Rows[]> {
    const head = this.headOf(revision);
    const beyond = await this.beyond(metric, head, revision);
    return head.openings.map(({ beforeMs, attempt }) => {
      const opening = this.attempts.get(attempt) ?? new Map<string, ArchivedSum>();
      const since = this.counted(head).map((rows) => only(rows, (paneMs) => this.isSince(paneMs, beforeMs)));
      return levelsOf(united([beyond, opening, ...since]));
    });
  }

  private async beyond(metric: string, head: ArchiveHead, revision: string): Promise<Rows> {
    const panes = await this.chunks.readPanes(metric);
    return merged(panes.filter((pane) => pane.row.revision === revision && this.isBeyond(pane, head)));
  }

  /** Rows of an opening. */
  private opened(attempts: readonly string[], beforeMs: number): Rows {
    const rows = attempts.map((attempt) => this.attempts.get(attempt) ?? new Map<string, ArchivedSum>());
    return levelsOf(united(rows.map((each) => only(each, (paneMs) => paneMs < beforeMs))));
  }

  /** Archived panes that an opening does not stand for. */
  protected isSince(paneMs: number, beforeMs: number): boolean {
    return paneMs >= beforeMs;
  }

  /** Chunk rows that are not in the archive. */
  protected isBeyond(pane: StoredPane, head: ArchiveHead): boolean {
    return !isWithin(pane, head);
  }

  /** Archived rows that count. */
  protected counted({ attempts }: ArchiveHead): Rows[] {
    return attempts.map((attempt) => this.attempts.get(attempt) ?? new Map<string, ArchivedSum>());
  }

  /** All that attempts have written. */
  protected get everyAttempt(): Rows[] {
    return [...this.attempts.values()];
  }

  protected isHead({ metric, parent }: ArchivePlan): boolean {
    const { step, attempt } = this.headOf(metric.revision);
    return step === parent.step && attempt === parent.attempt;
  }

  private headOf(revision: string): ArchiveHead {
    return this.heads.get(revision) ?? NO_ARCHIVE;
  }

  private async rowsOf({ metric, parent, bounds }: ArchivePlan): Promise<StoredPane[]> {
    const panes = await this.chunks.readPanes(metric.name);
    return panes.filter(
      (pane) => pane.row.revision === metric.revision && isWithin(pane, bounds) && !isWithin(pane, parent),
    );
  }
}

function isWithin({ source, chunk, row }: StoredPane, { beforeMs, sources }: ArchiveBounds): boolean {
  const bound = sources.find((each) => sameSource(each.source, source));
  return row.paneStartMs < beforeMs && chunk >= 0 && chunk <= (bound?.chunk ?? -1);
}

/** Sums by series of those by pane and series. */
export function levelsOf(rows: Rows): Rows {
  return united([...rows].map(([key, row]) => new Map([[`0/${key.slice(key.indexOf('/') + 1)}`, row]])));
}

function only(rows: Rows, isWanted: (paneMs: number) => boolean): Rows {
  return new Map([...rows].filter(([key]) => isWanted(Number.parseInt(key, 10))));
}

function united(all: readonly Rows[]): Rows {
  const sums = new Map<string, ArchivedSum>();
  for (const rows of all) for (const [key, row] of rows) sums.set(key, added(sums.get(key), row));
  return sums;
}

/** Sums of chunk rows by pane and series. */
export function merged(panes: readonly StoredPane[]): Rows {
  const sums = new Map<string, ArchivedSum>();
  for (const { row } of panes) {
    const key = `${row.paneStartMs}/${row.dimensions[0]}`;
    const sum = { events: row.events, late: row.lateEvents, sum: row.sums[0] ?? 0n };
    sums.set(key, added(sums.get(key), sum));
  }
  return sums;
}

function added(a: ArchivedSum | undefined, b: ArchivedSum): ArchivedSum {
  if (a === undefined) return b;
  return { events: a.events + b.events, late: a.late + b.late, sum: a.sum + b.sum };
}

function isSame(a: Rows, b: Rows): boolean {
  return a.size === b.size && [...a].every(([key, row]) => isEqual(row, b.get(key)));
}

function isEqual(a: ArchivedSum, b: ArchivedSum | undefined): boolean {
  return a.events === b?.events && a.late === b.late && a.sum === b.sum;
}
