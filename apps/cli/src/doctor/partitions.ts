import { newestLives, readGaps, readSources, type StoredSource } from '@freshet/clickhouse/operations';
import type { LogEnd } from '@freshet/ingestion';

import type { Connections } from '../operations/connections.js';
import { likenessOf, type Likeness } from '../operations/recreated.js';
import { diagnose, type OwnedPartition, type PartitionDiagnosis } from './partition-state.js';

export interface PartitionReport extends PartitionDiagnosis {
  readonly topic: string;
  readonly partition: number;
  readonly incarnation: number;
  readonly logStart: number;
  readonly lastStable: number;
  readonly highWatermark: number;
  readonly panesThrough: number;
  readonly factsThrough: number;
  readonly owner: string;
}

export interface TopicReport {
  readonly topic: string;
  /** False when the broker does not know it. */
  readonly exists: boolean;
  readonly partitions: readonly PartitionReport[];
}

/** Gaps older than this are history. */
const GAPS_MS = 30 * 86_400_000;

/** Diagnoses each partition of each contracted topic. */
export async function examineTopics(
  connections: Connections,
  owned: ReadonlyMap<string, OwnedPartition> | undefined,
  nowMs: number,
): Promise<TopicReport[]> {
  const reports: TopicReport[] = [];
  for (const { topic } of connections.contracts)
    reports.push(await examineTopic(connections, topic, owned, nowMs));
  return reports;
}

/** Newest lives in the ledger, the log's ends, and whether they belong together; undefined when there is no such topic. */
export async function compareLives(
  { store, kafka, log }: Connections,
  topic: string,
): Promise<
  | { stored: StoredSource[]; ends: LogEnd[]; likeness: ReadonlyMap<number, Likeness>; count: number }
  | undefined
> {
  const description = await log.describe(topic);
  if (description === undefined) return undefined;
  const count = description.partitions;
  const stored = newestLives(await readSources(store, topic));
  const ends = await log.ends(
    topic,
    Array.from({ length: count }, (_, partition) => partition),
  );
  return { stored, ends, likeness: await likenessOf(kafka, description, stored, ends), count };
}

async function examineTopic(
  connections: Connections,
  topic: string,
  owned: ReadonlyMap<string, OwnedPartition> | undefined,
  nowMs: number,
): Promise<TopicReport> {
  const lives = await compareLives(connections, topic);
  if (lives === undefined) return { topic, exists: false, partitions: [] };
  const { stored, ends, likeness, count } = lives;
  const gaps = await readGaps(connections.store, topic, nowMs - GAPS_MS, Number.MAX_SAFE_INTEGER);
  const gone = stored.filter(({ source, retired }) => source.partition >= count && !retired);
  const numbers = [...Array(count).keys(), ...gone.map(({ source }) => source.partition)];
  const partitions = numbers.map((partition): PartitionReport => {
    const end = ends.find((each) => each.partition === partition);
    const mine = stored.find(({ source }) => source.partition === partition);
    const diagnosis = diagnose({
      topic,
      partition,
      exists: partition < count,
      end,
      stored: mine,
      likeness: likeness.get(partition) ?? 'unknown',
      owned: owned === undefined ? null : owned.get(`${topic}/${partition}`),
      gaps: gaps.filter(({ source }) => source.partition === partition),
      nowMs,
    });
    return {
      ...diagnosis,
      topic,
      partition,
      incarnation: mine?.source.incarnation ?? 0,
      logStart: end?.logStart ?? -1,
      lastStable: end?.lastStable ?? -1,
      highWatermark: end?.highWatermark ?? -1,
      panesThrough: mine?.panesThrough ?? -1,
      factsThrough: mine?.factsThrough ?? -1,
      owner: mine?.owner ?? '',
    };
  });
  return { topic, exists: true, partitions };
}

/** What the ingest of this machine says of its partitions, by `topic/partition`; undefined when it does not answer. */
export async function askIngest(url: string): Promise<ReadonlyMap<string, OwnedPartition> | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const { partitions } = (await answer.json()) as {
      partitions: {
        source: { topic: string; partition: number };
        position: number;
        rebuilding: boolean;
        halted?: string;
      }[];
    };
    return new Map(
      partitions.map(({ source, position, rebuilding, halted }) => [
        `${source.topic}/${source.partition}`,
        { position, rebuilding, halted },
      ]),
    );
  } catch {
    return undefined;
  }
}
