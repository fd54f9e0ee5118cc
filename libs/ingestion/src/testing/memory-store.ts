import type { PaneRow } from '@freshet/metrics';
import type {
  ChunkOpening,
  ChunkPanes,
  ClockAdvance,
  FactBlock,
  Fingerprint,
  Gap,
  LedgerRow,
  MetricStore,
  OutcomeRow,
  PartitionLedger,
  SourcePartition,
} from '../ports.js';
import type { MetricStoreReader, StoredFact, StoredPane } from './metric-store-suite.js';

type MemoryPane = StoredPane & { readonly hashes: ReadonlySet<bigint> };

interface Claim {
  readonly source: SourcePartition;
  readonly claim: number;
  readonly owner: string;
}

/**
 * The store's tables in memory, with the same rules: the higher version replaces, maxima are kept, sets are united.
 * For tests and simulations; it grows without bound.
 */
export class MemoryStore implements MetricStore, MetricStoreReader {
  private readonly claims: Claim[] = [];
  private readonly openings = new Map<string, ChunkOpening>();
  private readonly ledger = new Map<string, LedgerRow>();
  private readonly clockAdvances = new Map<string, ClockAdvance>();
  private readonly outcomeRows = new Map<string, OutcomeRow>();
  private readonly panes = new Map<string, MemoryPane>();
  private readonly facts = new Map<string, StoredFact>();
  private readonly gapRows: Gap[] = [];

  async loadLedger(topic: string, partitions: readonly number[]): Promise<PartitionLedger[]> {
    return partitions.flatMap((partition) => {
      const mine = [...this.ledger.values()].filter(
        ({ source }) => source.topic === topic && source.partition === partition,
      );
      const incarnation = mine.reduce((newest, { source }) => Math.max(newest, source.incarnation), 0);
      if (incarnation === 0) return [];
      const source: SourcePartition = { topic, incarnation, partition };
      const rows = mine
        .filter((row) => row.source.incarnation === incarnation)
        .sort((a, b) => a.chunk - b.chunk);
      const firstOpen = rows.findIndex((row) => !isSealed(row));
      const kept = rows.slice(firstOpen === -1 ? -1 : firstOpen);
      const key = sourceKey(source);
      return [
        {
          source,
          highestClaim: this.claims.reduce(
            (most, each) => (sourceKey(each.source) === key ? Math.max(most, each.claim) : most),
            0,
          ),
          chunks: kept.map((row) => ({ ...row, opening: this.openings.get(`${key}/${row.chunk}`) })),
          advances: [...this.clockAdvances.values()]
            .filter((row) => sourceKey(row.source) === key && row.position >= (kept[0]?.chunk ?? 0))
            .sort((a, b) => a.position - b.position),
        },
      ];
    });
  }

  async writeClaims(claims: readonly (Claim & { atMs: number })[]): Promise<void> {
    this.claims.push(...claims);
  }

  async highestClaims(sources: readonly SourcePartition[]): Promise<Claim[]> {
    return sources.flatMap((source) => {
      const mine = this.claims.filter((each) => sourceKey(each.source) === sourceKey(source));
      mine.sort((a, b) => b.claim - a.claim || (a.owner < b.owner ? 1 : -1));
      return mine.slice(0, 1);
    });
  }

  async writeOpenings(openings: readonly ChunkOpening[]): Promise<void> {
    for (const opening of openings) {
      const key = `${sourceKey(opening.source)}/${opening.chunk}`;
      if ((this.openings.get(key)?.claim ?? -1) <= opening.claim) this.openings.set(key, opening);
    }
  }

  async writePanes(chunks: readonly ChunkPanes[]): Promise<void> {
    for (const chunk of chunks)
      for (const row of chunk.rows) {
        const key = JSON.stringify([paneKey(row), sourceKey(chunk.source), chunk.chunk]);
        const before = this.panes.get(key);
        const hashes = new Set([...(before?.hashes ?? []), ...(row.newHashes ?? [])]);
        const { source, chunk: start, through } = chunk;
        if (before !== undefined && before.through > through) this.panes.set(key, { ...before, hashes });
        else this.panes.set(key, { source, chunk: start, through, row, hashes });
      }
  }

  async writeOutcomes(rows: readonly OutcomeRow[]): Promise<void> {
    for (const row of rows) {
      const key = `${sourceKey(row.source)}/${row.chunk}/${row.outcome}/${row.reason}`;
      if ((this.outcomeRows.get(key)?.through ?? -2) <= row.through) this.outcomeRows.set(key, row);
    }
  }

  async writeFacts(blocks: readonly FactBlock[]): Promise<void> {
    for (const block of blocks)
      for (let row = 0; row < block.count; row += 1) {
        const offset = block.offsets[row]!;
        this.facts.set(`${block.contract}/${sourceKey(block.source)}/${offset}`, {
          contract: block.contract,
          source: block.source,
          chunk: block.chunk,
          offset,
          logTimeMs: block.logTimesMs[row]!,
          eventTimeMs: block.eventTimesMs[row]!,
          idHash: [...block.idHash.subarray(row * 4, row * 4 + 4)],
          duplicateOf: block.duplicateOf[row]!,
        });
      }
  }

  async writeClockAdvances(rows: readonly ClockAdvance[]): Promise<void> {
    for (const row of rows) {
      const key = `${sourceKey(row.source)}/${row.position}`;
      const before = this.clockAdvances.get(key)?.frontierMs ?? -1;
      if (row.frontierMs > before) this.clockAdvances.set(key, row);
    }
  }

  async writeLedger(rows: readonly LedgerRow[]): Promise<void> {
    for (const row of rows) {
      const key = `${sourceKey(row.source)}/${row.chunk}`;
      const before = this.ledger.get(key);
      this.ledger.set(key, before === undefined ? row : maxima(before, row));
    }
  }

  async writeGap(gap: Gap): Promise<void> {
    this.gapRows.push(gap);
  }

  async readVerdicts(
    contract: string,
    source: SourcePartition,
    from: number,
    before: number,
  ): Promise<{ count: number; idHash: Uint32Array; offsets: Float64Array }> {
    const found = (await this.readFacts(contract, source)).filter(
      ({ offset, duplicateOf }) => duplicateOf === -1 && offset >= from && offset < before,
    );
    return {
      count: found.length,
      idHash: Uint32Array.from(found.flatMap(({ idHash }) => idHash)),
      offsets: Float64Array.from(found.map(({ offset }) => offset)),
    };
  }

  async readPanes(metric: string): Promise<StoredPane[]> {
    return [...this.panes.values()].filter(({ row }) => row.metric === metric);
  }

  async readFacts(contract: string, source: SourcePartition): Promise<StoredFact[]> {
    return [...this.facts.values()]
      .filter((fact) => fact.contract === contract && sourceKey(fact.source) === sourceKey(source))
      .sort((a, b) => a.offset - b.offset);
  }

  async readOutcomes(source: SourcePartition): Promise<OutcomeRow[]> {
    return [...this.outcomeRows.values()].filter((row) => sourceKey(row.source) === sourceKey(source));
  }

  async readGaps(source: SourcePartition): Promise<Gap[]> {
    return this.gapRows.filter((gap) => sourceKey(gap.source) === sourceKey(source));
  }

  /** Every clock advance of a partition, ascending. */
  advancesOf(source: SourcePartition): ClockAdvance[] {
    return [...this.clockAdvances.values()]
      .filter((row) => sourceKey(row.source) === sourceKey(source))
      .sort((a, b) => a.position - b.position);
  }

  /** Every ledger row of a partition, ascending. */
  ledgerOf(source: SourcePartition): LedgerRow[] {
    return [...this.ledger.values()]
      .filter((row) => sourceKey(row.source) === sourceKey(source))
      .sort((a, b) => a.chunk - b.chunk);
  }
}

function sourceKey({ topic, incarnation, partition }: SourcePartition): string {
  return `${topic}/${incarnation}/${partition}`;
}

function paneKey({ metric, revision, paneStartMs, dimensions }: PaneRow): unknown[] {
  return [metric, revision, paneStartMs, dimensions];
}

function isSealed({ end, panesThrough, factsThrough }: LedgerRow): boolean {
  return end >= 0 && panesThrough >= end && factsThrough >= end;
}

function maxima(a: LedgerRow, b: LedgerRow): LedgerRow {
  return {
    source: a.source,
    chunk: a.chunk,
    panesThrough: Math.max(a.panesThrough, b.panesThrough),
    factsThrough: Math.max(a.factsThrough, b.factsThrough),
    end: Math.max(a.end, b.end),
    frontierMs: Math.max(a.frontierMs, b.frontierMs),
    lastLogTimeMs: Math.max(a.lastLogTimeMs, b.lastLogTimeMs),
    factsLogTimeMs: Math.max(a.factsLogTimeMs, b.factsLogTimeMs),
    provenAtMs: Math.max(a.provenAtMs, b.provenAtMs),
    last: newest(a.last, b.last),
  };
}

function newest(a: Fingerprint | undefined, b: Fingerprint | undefined): Fingerprint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.offset >= b.offset ? a : b;
}
