import {
  newestLives,
  readChunkCounts,
  readFactOffsets,
  readSources,
  type ChunkCounts,
} from '@freshet/clickhouse/operations';
import { compileDecoder, OUTCOME_OK, type Contract } from '@freshet/contracts';
import type { FetchedBatch, LogEnd } from '@freshet/ingestion';
import { readRange } from '@freshet/kafka';

import type { Connections } from '../operations/connections.js';
import { likenessOf } from '../operations/recreated.js';
import { ChunkCheck, type ChunkDifference } from './chunk-check.js';

interface PartitionLogAudit {
  readonly partition: number;
  readonly incarnation: number;
  /** Offsets [from, before) were compared; equal when nothing could be. */
  readonly from: number;
  readonly before: number;
  /** Records that readers see there. */
  readonly records: number;
  /** Offsets there that no reader sees: control records, aborted transactions. */
  readonly invisible: number;
  readonly counted: number;
  readonly duplicate: number;
  readonly invalid: number;
  readonly ignored: number;
  /** Offsets at the end of the log that are not stored yet, and what they wait for. */
  readonly pending: number;
  readonly pendingCause: 'open transaction' | 'not stored yet' | undefined;
  /** The log is not the one that was stored: nothing was compared. */
  readonly recreated: boolean;
}

export interface LogAudit {
  readonly topic: string;
  readonly partitions: readonly PartitionLogAudit[];
  /** Offsets compared. */
  readonly compared: number;
  readonly differences: number;
  /** The first 100. */
  readonly examples: readonly ChunkDifference[];
}

const MOST_EXAMPLES = 100;

/**
 * Compares facts and outcomes with the log, chunk by chunk, where the log still has a whole chunk whose newest record
 * is not older than `fromMs` (log time). Reads those records once.
 */
export async function auditLog(
  { store, kafka, log }: Connections,
  contract: Contract,
  fromMs: number,
): Promise<LogAudit> {
  const { topic } = contract;
  const description = await log.describe(topic);
  const stored = newestLives(await readSources(store, topic));
  if (description === undefined || stored.length === 0)
    return { topic, partitions: [], compared: 0, differences: 0, examples: [] };
  const ends = await log.ends(
    topic,
    Array.from({ length: description.partitions }, (_, partition) => partition),
  );
  const likeness = await likenessOf(kafka, description, stored, ends);
  const lives = new Map(stored.map(({ source }) => [source.partition, source.incarnation]));
  const chunks = await readChunkCounts(store, topic, lives, fromMs);

  const decoder = compileDecoder(contract);
  const differences: ChunkDifference[] = [];
  const reads = stored.flatMap(({ source, panesThrough }) => {
    const end = ends.find(({ partition }) => partition === source.partition);
    if (end === undefined) return [];
    const recreated = likeness.get(source.partition) === 'recreated';
    const mine = recreated ? [] : wholeChunks(chunks, end);
    const check = new ChunkCheck(mine, {
      source,
      factOffsets: (from, through) => readFactOffsets(store, contract, source, from, through),
      isValid: (batch: FetchedBatch, row) => decoder.decode(batch, row, row + 1).outcomes[0] === OUTCOME_OK,
      report: (difference) => differences.push(difference),
    });
    return [{ source, end, recreated, panesThrough, check }];
  });
  const ranges = reads.map(({ source, check }) => ({ partition: source.partition, ...check.range }));
  const checkOf = new Map(reads.map(({ source, check }) => [source.partition, check]));
  await readRange(kafka, topic, ranges, (batch) => checkOf.get(batch.partition)!.take(batch), {
    groupPrefix: 'freshet-cli',
  });

  // What retention took while it was read is not missing.
  const after = await log.ends(
    topic,
    reads.map(({ source }) => source.partition),
  );
  const startOf = new Map(after.map(({ partition, logStart }) => [partition, logStart]));
  const partitions: PartitionLogAudit[] = [];
  let compared = 0;
  for (const { source, end, recreated, panesThrough, check } of reads) {
    await check.finish(startOf.get(source.partition) ?? end.logStart);
    const { from, before } = check.range;
    compared += before - from;
    const pending = recreated
      ? 0
      : Math.max(0, end.highWatermark - 1 - Math.max(panesThrough, end.logStart - 1));
    const isHeld = end.lastStable < end.highWatermark && panesThrough >= end.lastStable - 1;
    partitions.push({
      partition: source.partition,
      incarnation: source.incarnation,
      from,
      before,
      ...check.sums,
      pending,
      pendingCause: pending === 0 ? undefined : isHeld ? 'open transaction' : 'not stored yet',
      recreated,
    });
  }
  const recreated = partitions.filter((each) => each.recreated).length;
  return {
    topic,
    partitions,
    compared,
    differences: differences.reduce((sum, { count }) => sum + count, 0) + recreated,
    examples: differences.slice(0, MOST_EXAMPLES),
  };
}

/** Chunks of a partition that lie in the log from their first offset to their last. */
function wholeChunks(
  chunks: readonly ChunkCounts[],
  { partition, logStart, lastStable }: LogEnd,
): ChunkCounts[] {
  return chunks.filter(
    (each) => each.partition === partition && each.chunk >= logStart && each.through < lastStable,
  );
}
