import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import { settled, type ChunkPanes, type FactBlock, type MetricStore } from '@freshet/ingestion';
import { DISTINCT_TABLE, GAPS_TABLE, PANES_TABLE } from '@freshet/metrics';
import { type NativeColumn } from '../native/columns.js';
import { insertNative } from '../native/insert.js';
import { factTableName } from '../schema/fact-table.js';
import { expectFacts, expectReferences } from './expect-facts.js';
import { factColumnsOf } from './fact-columns.js';
import {
  advanceColumns,
  claimColumns,
  gapColumns,
  ledgerColumns,
  openingColumns,
  outcomeColumns,
} from './ledger-columns.js';
import { readChunkFacts, readChunkOutcomes } from './chunk-reads.js';
import { readClaims, readLedger, readSources } from './ledger-reads.js';
import { distinctColumns, paneColumns, type OwnedPane } from './pane-columns.js';
import { cutByPartition, dayOf, groupRuns, monthOf } from './partition-cut.js';
import { readVerdicts } from './verdicts.js';

/**
 * Facts of several contracts, up to so many rows in all, are sent at once: small inserts wait more than they work, and
 * panes wait with them. Of more rows one block after the other is in memory.
 */
const ROWS_AT_ONCE = 20_000;

/**
 * The engine's store on ClickHouse. Needs the tables that `migrate` makes. Every write is one INSERT of Native
 * blocks, in rare cases several: where rows touch very many table partitions.
 */
export function createMetricStore(client: ClickHouseClient, contracts: readonly Contract[]): MetricStore {
  const columnsOf = new Map(contracts.map((contract) => [contract.name, factColumnsOf(contract)]));
  const references = new Set(
    contracts.flatMap(({ name, reference }) => (reference === undefined ? [] : [name])),
  );

  const insert = async <Row>(
    table: string,
    rows: readonly Row[],
    columns: (at: (index: number) => Row) => NativeColumn[],
  ): Promise<void> => {
    const made = columns((index) => rows[index]!);
    await insertNative(client, table, [{ columns: made, from: 0, to: rows.length }]);
  };

  const insertPanes = async (
    table: string,
    panes: readonly OwnedPane[],
    columns: (panes: readonly OwnedPane[]) => NativeColumn[],
  ): Promise<void> => {
    const made = columns(panes);
    for (const run of cutByPartition(panes.length, (index) => monthOf(panes[index]!.row.paneStartMs))) {
      await insertNative(client, table, [{ columns: made, ...run }]);
    }
  };

  const insertFacts = async (contract: string, blocks: readonly FactBlock[]): Promise<void> => {
    const columns = columnsOf.get(contract);
    if (columns === undefined) throw new Error(`the store was made without contract ${contract}`);
    const isReference = references.has(contract);
    const runs = blocks.flatMap((block) => {
      const made = columns(block);
      const partitionOf = (row: number): number => (isReference ? 0 : dayOf(block.logTimesMs[row]!));
      return cutByPartition(block.count, partitionOf).map((run) => ({
        columns: made,
        ...run,
      }));
    });
    const table = factTableName(contract);
    let isPassedOn = false;
    for (const group of groupRuns(runs))
      isPassedOn = (await insertNative(client, table, group)) || isPassedOn;
    if (isPassedOn) await (isReference ? expectReferences : expectFacts)(client, table, blocks);
  };

  return {
    loadSources: (topic, partitions) => readSources(client, topic, partitions),
    loadLedger: (topic, partitions) => readLedger(client, topic, partitions),
    writeClaims: (claims) => insert('freshet.source_claims_log', claims, claimColumns),
    async highestClaims(sources) {
      if (sources.length === 0) return [];
      const claims = await readClaims(client, [...new Set(sources.map(({ topic }) => topic))]);
      return sources.flatMap((source) => {
        const [highest, next] = claims.filter(
          ({ topic, incarnation, partition }) =>
            topic === source.topic && incarnation === source.incarnation && partition === source.partition,
        );
        if (highest === undefined) return [];
        const { claim, owner } = highest;
        return [{ source, claim, owner, contested: next?.claim === claim }];
      });
    },
    writeOpenings: (openings) => insert('freshet.chunk_openings_log', openings, openingColumns),
    async writePanes(chunks: readonly ChunkPanes[]) {
      const panes = chunks.flatMap((owner) => owner.rows.map((row): OwnedPane => ({ owner, row })));
      const distinct = panes.filter(({ row }) => (row.newHashes?.length ?? 0) > 0);
      // A reader takes from the panes how far its numbers reach: the sets of what it finds there have to be there.
      await insertPanes(DISTINCT_TABLE, distinct, distinctColumns);
      await insertPanes(PANES_TABLE, panes, paneColumns);
    },
    writeOutcomes: (rows) => insert('freshet.outcomes_log', rows, outcomeColumns),
    async writeFacts(blocks) {
      const byContract = new Map<string, FactBlock[]>();
      for (const block of blocks) {
        const mine = byContract.get(block.contract);
        if (mine === undefined) byContract.set(block.contract, [block]);
        else mine.push(block);
      }
      const rows = blocks.reduce((sum, { count }) => sum + count, 0);
      if (rows <= ROWS_AT_ONCE) {
        await settled([...byContract].map(([contract, mine]) => insertFacts(contract, mine)));
        return;
      }
      for (const [contract, mine] of byContract) await insertFacts(contract, mine);
    },
    writeClockAdvances: (rows) => insert('freshet.clock_advances_log', rows, advanceColumns),
    writeLedger: (rows) => insert('freshet.ledger_log', rows, ledgerColumns),
    writeGap: (gap) => insert(GAPS_TABLE, [gap], gapColumns),
    readChunkFacts(name, source, from, before) {
      const contract = contracts.find((each) => each.name === name);
      if (contract === undefined) throw new Error(`the store was made without contract ${name}`);
      return readChunkFacts(client, contract, source, from, before);
    },
    readChunkOutcomes: (source, chunk) => readChunkOutcomes(client, source, chunk),
    readVerdicts: (contract, source, from, before) => readVerdicts(client, contract, source, from, before),
  };
}
