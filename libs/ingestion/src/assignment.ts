import type { Contract, StartPosition } from '@freshet/contracts';
import { unstoredChunk } from './known-chunks.js';
import type { EventLog, TopicDescription } from './log.js';
import { sameSource } from './ownership.js';
import type { Clock, LedgerRow, LogEnd, MetricStore, PartitionLedger } from './ports.js';

/** A topic that cannot be a source of facts, or is not there. */
export class UnreadableTopic extends Error {
  override readonly name = 'UnreadableTopic';
}

export type AssignmentLog = Pick<EventLog, 'describe' | 'ends' | 'positionsOf'>;

/** @throws UnreadableTopic when the topic does not exist, or is compacted and its contract is of events */
export async function describeSource(
  log: AssignmentLog,
  { topic, reference }: Contract,
): Promise<TopicDescription> {
  const description = await log.describe(topic);
  if (description === undefined) throw new UnreadableTopic(`topic ${topic} does not exist yet`);
  if (description.compacted && reference === undefined)
    throw new UnreadableTopic(
      `topic ${topic} is compacted: records that vanish cannot be counted again; set cleanup.policy=delete, or let its contract say that it is reference data`,
    );
  return description;
}

/**
 * Gives every partition of a topic a ledger row, so that each counts for watermarks and freshness whether somebody
 * reads it or not. A topic that is new here starts where its contract says; a partition added to a known topic
 * starts at its beginning.
 */
export async function ensureLedger(
  store: MetricStore,
  log: AssignmentLog,
  topic: string,
  partitionCount: number,
  start: StartPosition,
): Promise<void> {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  const known = await store.loadSources(topic, partitions);
  const unknown = partitions.filter((partition) => !known.some((source) => source.partition === partition));
  if (unknown.length === 0) return;
  const incarnation = known.reduce((newest, source) => Math.max(newest, source.incarnation), 1);
  const positions = await log.positionsOf(topic, unknown, known.length > 0 ? 'earliest' : start);
  const rows: LedgerRow[] = [];
  for (const partition of unknown) {
    const position = positions.get(partition);
    if (position === undefined)
      throw new Error(`the broker told no start position for ${topic}/${partition}`);
    rows.push(unstoredChunk({ topic, incarnation, partition }, position));
  }
  await store.writeLedger(rows);
}

export interface Claimed {
  readonly ledger: PartitionLedger;
  readonly end: LogEnd;
  readonly claim: number;
}

/** Owners that claim at the same moment; each loss of a tie is one more attempt. */
const MOST_TIES = 5;

/**
 * Claims partitions, then loads what the ledger knows and where the log begins and ends. The claim comes first, so
 * that an owner before, which looks before it advances the clock, sees that it is one no longer. No two owners go on
 * with the same number: what they store under it could not be told apart.
 */
export async function claimPartitions(
  store: MetricStore,
  log: AssignmentLog,
  clock: Clock,
  owner: string,
  topic: string,
  partitions: readonly number[],
): Promise<Claimed[]> {
  const sources = await store.loadSources(topic, partitions);
  const known = await store.highestClaims(sources);
  let highest = sources.map((source) => ({
    source,
    claim: known.find((each) => sameSource(each.source, source))?.claim ?? 0,
  }));
  const claims = new Map<number, number>();
  for (let attempt = 0; highest.length > 0; attempt += 1) {
    const mine = highest.map(({ source, claim }) => ({
      source,
      claim: claim + 1,
      owner,
      atMs: clock.nowMs(),
    }));
    await store.writeClaims(mine);
    for (const { source, claim } of mine) claims.set(source.partition, claim);
    const stored = await store.highestClaims(mine.map(({ source }) => source));
    const ties = stored.filter((each) => each.contested && each.claim === claims.get(each.source.partition));
    const lost = ties.find((each) => each.owner !== owner);
    if (lost !== undefined || attempt === MOST_TIES)
      throw new Error(
        `another instance claimed ${topic}/${(lost ?? ties[0])?.source.partition} at the same moment`,
      );
    highest = ties;
  }
  // The log is looked at before the ledger and after it. What retention had taken before, the ledger does not have,
  // is lost; and the log ends after, in the life that the ledger tells of, not before what is stored.
  const before = await log.ends(topic, partitions);
  const ledgers = await store.loadLedger(topic, partitions);
  const after = await log.ends(topic, partitions);
  return partitions.map((partition) => {
    const ledger = ledgers.find(({ source }) => source.partition === partition);
    const claim = claims.get(partition);
    const [first, last] = [before, after].map((ends) => ends.find((each) => each.partition === partition));
    if (ledger === undefined || claim === undefined)
      throw new Error(`the ledger does not know ${topic}/${partition}`);
    if (first === undefined || last === undefined)
      throw new Error(`the broker did not tell where ${topic}/${partition} begins and ends`);
    // A recreated log begins earlier than the one before it.
    return { ledger, end: { ...last, logStart: Math.min(first.logStart, last.logStart) }, claim };
  });
}
