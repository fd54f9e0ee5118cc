import { createMetricStore } from '@freshet/clickhouse';
import { newestLives, readSources, retirePartition } from '@freshet/clickhouse/operations';
import { MissingPrerequisite } from '@freshet/embedded';

import { withConnections } from '../operations/connections.js';
import { operator } from '../operations/operator.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';

export interface RetireOptions {
  /** Why, for those who look at it later. */
  readonly reason: string;
  /** False: only tell what would be done. */
  readonly yes?: boolean;
}

const SHORTEST_REASON = 3;

/**
 * Ends the life of a partition that its topic has no more, because it was made anew with fewer: until then metrics wait
 * for it. What may be lost of it is recorded as a gap; who ended it, and why, in `freshet.source_retirements_log`.
 * Resolves 1 when nothing was done.
 */
export async function retireSource(
  topic: string,
  number: string,
  { reason, yes = false }: RetireOptions,
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print, nowMs } = surroundings;
  const name = `${topic}/${number}`;
  if (reason.trim().length < SHORTEST_REASON)
    throw new MissingPrerequisite('Say with --reason why nothing is to wait for it any more.');
  return withConnections(env, async ({ contracts, store, log }) => {
    const stored = newestLives(await readSources(store, topic)).find(
      ({ source }) => String(source.partition) === number,
    );
    if (stored === undefined)
      throw new MissingPrerequisite(
        `Nothing was ever counted of ${name}: \`freshet doctor\` lists all partitions.`,
      );
    const description = await log.describe(topic);
    if (description === undefined)
      throw new MissingPrerequisite(
        `Topic ${topic} does not exist on the broker: make it, or remove its contract.`,
      );
    if (stored.source.partition < description.partitions)
      throw new MissingPrerequisite(
        `${name} exists: only a partition that its topic has no more can be ended.`,
      );
    if (stored.retired) {
      print(`The life of ${name} was ended before: nothing waits for it.`);
      return 1;
    }
    const { incarnation } = stored.source;
    print(
      `${name}: life ${incarnation}, stored through offset ${stored.panesThrough}, ends. What was counted stays; ` +
        'what came since the log was last proven read is recorded as a gap.',
    );
    if (!yes) {
      print('Nothing was changed: add --yes.');
      return 1;
    }
    const by = operator();
    await retirePartition(store, createMetricStore(store, contracts), stored, { by, reason, nowMs: nowMs() });
    print(`Ended by ${by}. Metrics over ${topic} wait for it no more.`);
    return 0;
  });
}
