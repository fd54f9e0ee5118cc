import type { PaneRow } from '@freshet/metrics';
import type {
  ChunkOpening,
  ChunkPanes,
  ClockAdvance,
  FactBlock,
  Gap,
  LedgerRow,
  MetricStore,
  OutcomeRow,
  PartitionLedger,
  SourcePartition,
} from '../ports.js';
import { gatherFacts, type FactAt } from './gather-facts.js';
import { isSealed, maxima } from './ledger-maxima.js';
import type { MetricStoreReader, StoredFact, StoredPane } from './metric-store-suite.js';

type MemoryPane = Omit<StoredPane, 'hashes'> & { readonly hashes: Set<bigint> };

interface Claim {
  readonly source: SourcePartition;
  readonly claim: number;
  readonly owner: string;
}

/** Rows of one partition, each table by its key. */
class SourceTables {
  highest: Claim | undefined;
  /** Owners with the highest claim. */
  readonly claimants = new Set<string>();
  readonly openings = new Map<number, ChunkOpening>();
  readonly ledger = new Map<number, LedgerRow>();
  readonly advances = new Map<string, ClockAdvance>();
  readonly outcomes = new Map<string, OutcomeRow>();
  readonly panes = new Map<string, MemoryPane>();
  readonly facts = new Map<number, FactAt>();
  readonly gaps: Gap[] = [];
  retired = false;

  constructor(readonly source: SourcePartition) {}
}

/**
 * The store's tables in memory, with the same rules: the higher version replaces, maxima are kept, sets are united.
 * For tests and simulations; it grows without bound.
 */
export class MemoryStore implements MetricStore, MetricStoreReader {
  private readonly sources = new Map<string, SourceTables>();

  async loadSources(topic: string, partitions: readonly number[]): Promise<SourcePartition[]> {
    return (await this.loadLedger(topic, partitions)).map(({ source }) => source);
  }

  async loadLedger(topic: string, partitions: readonly number[]): Promise<PartitionLedger[]> {
    return partitions.flatMap((partition) => {
      let tables: SourceTables | undefined;
      for (const each of this.sources.values())
        if (
          each.source.topic === topic &&
          each.source.partition === partition &&
          each.ledger.size > 0 &&
          each.source.incarnation > (tables?.source.incarnation ?? 0)
        )
          tables = each;
      if (tables === undefined) return [];
      const { source, openings } = tables;
      const rows = this.ledgerOf(source);
      const firstOpen = rows.findIndex((row) => !isSealed(row));
      const kept = rows.slice(firstOpen === -1 ? -1 : Math.max(0, firstOpen - 1));
      const start = kept[0]?.chunk ?? 0;
      return [
        {
          source,
          chunks: kept,
          openings: [...openings.values()].filter(({ chunk }) => chunk >= start),
          begunClaim: Math.max(0, ...[...tables.advances.values()].map(({ claim }) => claim)),
          retired: tables.retired,
          advances: ofHighest([...tables.advances.values()])
            .filter(({ position, frontierMs }) => position >= start && frontierMs >= 0)
            .sort((a, b) => a.position - b.position),
        },
      ];
    });
  }

  /** What an operator does about a partition that its topic has no more. */
  retire(source: SourcePartition): void {
    this.tablesOf(source).retired = true;
  }

  async writeClaims(claims: readonly (Claim & { atMs: number })[]): Promise<void> {
    for (const claim of claims) {
      const tables = this.tablesOf(claim.source);
      if (claim.claim > (tables.highest?.claim ?? 0)) tables.claimants.clear();
      if (claim.claim >= (tables.highest?.claim ?? 0)) tables.claimants.add(claim.owner);
      if (tables.highest === undefined || compareClaims(claim, tables.highest) > 0) tables.highest = claim;
    }
  }

  async highestClaims(sources: readonly SourcePartition[]): Promise<(Claim & { contested: boolean })[]> {
    return sources.flatMap((source) => {
      const { highest, claimants } = this.tablesOf(source);
      if (highest === undefined) return [];
      return [{ source, claim: highest.claim, owner: highest.owner, contested: claimants.size > 1 }];
    });
  }

  async writeOpenings(openings: readonly ChunkOpening[]): Promise<void> {
    for (const opening of openings) {
      const mine = this.tablesOf(opening.source).openings;
      if ((mine.get(opening.chunk)?.claim ?? -1) <= opening.claim) mine.set(opening.chunk, opening);
    }
  }

  async writePanes(chunks: readonly ChunkPanes[]): Promise<void> {
    for (const { source, chunk, through, rows } of chunks) {
      const { panes } = this.tablesOf(source);
      for (const row of rows) {
        const key = paneKey(row, chunk);
        const before = panes.get(key);
        const hashes = before?.hashes ?? new Set<bigint>();
        for (const hash of row.newHashes ?? []) hashes.add(hash);
        if (before === undefined || before.through <= through)
          panes.set(key, { source, chunk, through, row, hashes });
      }
    }
  }

  async writeOutcomes(rows: readonly OutcomeRow[]): Promise<void> {
    for (const row of rows) {
      const { outcomes } = this.tablesOf(row.source);
      const key = `${row.chunk}/${row.outcome}/${row.reason}`;
      if ((outcomes.get(key)?.through ?? -2) <= row.through) outcomes.set(key, row);
    }
  }

  /** @param byId the last event of an id stays instead of one row an offset */
  async writeFacts(blocks: readonly FactBlock[], byId = false): Promise<void> {
    for (const block of blocks) {
      const { facts } = this.tablesOf(block.source);
      for (let row = 0; row < block.count; row += 1) {
        const isSame = (other: FactAt): boolean => idOf(other.block, other.row) === idOf(block, row);
        if (byId) for (const [offset, other] of facts) if (isSame(other)) facts.delete(offset);
        facts.set(block.offsets[row]!, { block, row });
      }
    }
  }

  async writeClockAdvances(rows: readonly ClockAdvance[]): Promise<void> {
    for (const row of rows) {
      const { advances } = this.tablesOf(row.source);
      const key = `${row.position}/${row.claim}/${row.owner}`;
      if (row.frontierMs > (advances.get(key)?.frontierMs ?? -2)) advances.set(key, row);
    }
  }

  /** @param lastWins the last write stays instead of the maxima */
  async writeLedger(rows: readonly LedgerRow[], lastWins = false): Promise<void> {
    for (const row of rows) {
      const { ledger } = this.tablesOf(row.source);
      const before = ledger.get(row.chunk);
      ledger.set(row.chunk, lastWins || before === undefined ? row : maxima(before, row));
    }
  }

  async writeGap(gap: Gap): Promise<void> {
    this.tablesOf(gap.source).gaps.push(gap);
  }

  async readVerdicts(
    contract: string,
    source: SourcePartition,
    from: number,
    before: number,
  ): Promise<{ count: number; idHash: Uint32Array; offsets: Float64Array }> {
    const found = this.factsOf(contract, source, from, before).filter(
      ({ block, row }) => block.duplicateOf[row]! < 0,
    );
    const { idHash, offsets } = gatherFacts(source, 0, found);
    return { count: found.length, idHash, offsets };
  }

  async readChunkFacts(
    contract: string,
    source: SourcePartition,
    from: number,
    before: number,
  ): Promise<FactBlock[]> {
    const found = this.factsOf(contract, source, from, before);
    return found.length === 0 ? [] : [gatherFacts(source, from, found)];
  }

  async readChunkOutcomes(source: SourcePartition, chunk: number): Promise<OutcomeRow[]> {
    return [...this.tablesOf(source).outcomes.values()].filter((row) => row.chunk === chunk);
  }

  async readPanes(metric: string): Promise<StoredPane[]> {
    return [...this.sources.values()].flatMap(({ panes }) =>
      [...panes.values()].filter(({ row }) => row.metric === metric),
    );
  }

  /** @returns how many rows there were */
  removePanes(isGone: (pane: StoredPane) => boolean): number {
    let removed = 0;
    for (const { panes } of this.sources.values())
      for (const [key, pane] of panes) if (isGone(pane) && panes.delete(key)) removed += 1;
    return removed;
  }

  async readFacts(contract: string, source: SourcePartition): Promise<StoredFact[]> {
    return this.factsOf(contract, source, 0, Number.MAX_SAFE_INTEGER).map(({ block, row }) => ({
      contract,
      source,
      chunk: block.chunk,
      offset: block.offsets[row]!,
      logTimeMs: block.logTimesMs[row]!,
      eventTimeMs: block.eventTimesMs[row]!,
      idHash: [...block.idHash.subarray(row * 4, row * 4 + 4)],
      duplicateOf: block.duplicateOf[row]!,
    }));
  }

  async readOutcomes(source: SourcePartition): Promise<OutcomeRow[]> {
    return [...this.tablesOf(source).outcomes.values()];
  }

  async readGaps(source: SourcePartition): Promise<Gap[]> {
    return [...this.tablesOf(source).gaps];
  }

  /** Every clock advance of a partition as stored, marks and those that were overruled too. */
  advancesOf(source: SourcePartition): ClockAdvance[] {
    return [...this.tablesOf(source).advances.values()];
  }

  openingsOf(source: SourcePartition): ChunkOpening[] {
    return [...this.tablesOf(source).openings.values()];
  }

  /** Every ledger row of a partition, ascending. */
  ledgerOf(source: SourcePartition): LedgerRow[] {
    return [...this.tablesOf(source).ledger.values()].sort((a, b) => a.chunk - b.chunk);
  }

  /** Every life of every partition of a topic. */
  sourcesOf(topic: string): SourcePartition[] {
    return [...this.sources.values()].flatMap(({ source }) => (source.topic === topic ? [source] : []));
  }

  private factsOf(contract: string, source: SourcePartition, from: number, before: number): FactAt[] {
    const found = [...this.tablesOf(source).facts].filter(
      ([offset, { block }]) => offset >= from && offset < before && block.contract === contract,
    );
    return found.sort(([a], [b]) => a - b).map(([, fact]) => fact);
  }

  private tablesOf(source: SourcePartition): SourceTables {
    const key = `${source.topic}/${source.incarnation}/${source.partition}`;
    let tables = this.sources.get(key);
    if (tables === undefined) this.sources.set(key, (tables = new SourceTables(source)));
    return tables;
  }
}

function idOf({ idHash }: FactBlock, row: number): string {
  return idHash.subarray(row * 4, row * 4 + 4).join();
}

function paneKey(row: PaneRow, chunk: number): string {
  return `${chunk}/${row.paneStartMs}/${row.metric}/${row.revision}/${JSON.stringify(row.dimensions)}`;
}

/** Order of claims; of equal ones the greater owner's is higher. */
export function compareClaims(
  a: { readonly claim: number; readonly owner: string },
  b: { readonly claim: number; readonly owner: string },
): number {
  return a.claim - b.claim || (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0);
}

function ofHighest(rows: readonly ClockAdvance[]): ClockAdvance[] {
  const highest = rows.reduce<ClockAdvance | undefined>(
    (most, row) => (most === undefined || compareClaims(row, most) > 0 ? row : most),
    undefined,
  );
  return highest === undefined ? [] : rows.filter((row) => compareClaims(row, highest) === 0);
}
