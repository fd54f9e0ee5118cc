import { createMetricStore } from '@freshet/clickhouse';
import { openIncarnation, type IncarnationPlan } from '@freshet/clickhouse/operations';
import { MissingPrerequisite } from '@freshet/embedded';
import { makeGroupRejoin, readRange } from '@freshet/kafka';

import { compareLives } from '../doctor/partitions.js';
import { withConnections, type Connections } from '../operations/connections.js';
import { operator } from '../operations/operator.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';

export interface NewIncarnationOptions {
  /** False: only tell what would be done. */
  readonly yes?: boolean;
  /** Consumer group of ingest, without the topic; by default FRESHET_GROUP, or `freshet`. */
  readonly group?: string;
}

/**
 * Opens a new life of those partitions of a topic whose log is not the one that was stored, and makes ingest take it
 * up. What may be lost of the old life is recorded as a gap. Resolves 1 when nothing was done.
 */
export async function newIncarnation(
  topic: string,
  options: NewIncarnationOptions,
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print, nowMs } = surroundings;
  return withConnections(env, async (connections) => {
    const { contracts, store, kafka } = connections;
    if (!contracts.some((each) => each.topic === topic))
      throw new MissingPrerequisite(`There is no contract for topic "${topic}".`);
    const plans = await planLives(connections, topic, nowMs());
    if (plans.length === 0) {
      print(`Every partition of ${topic} is the one that was stored: there is nothing to open.`);
      return 1;
    }
    for (const { stored, logStart } of plans)
      print(
        `${topic}/${stored.source.partition}: life ${stored.source.incarnation}, stored through offset ${stored.panesThrough}, ends; ` +
          `life ${stored.source.incarnation + 1} begins at offset ${logStart}.`,
      );
    if (!options.yes) {
      print(
        'Nothing was changed: add --yes. What is stored of the old life stays, and is counted with the new one.',
      );
      return 1;
    }
    const owner = `operator ${operator()}`;
    await openIncarnation(createMetricStore(store, contracts), plans, { owner, nowMs: nowMs() });
    const group = `${options.group ?? (env['FRESHET_GROUP'] || 'freshet')}.${topic}`;
    const isTaken = await makeGroupRejoin(kafka, group, topic);
    print(
      isTaken
        ? `Opened. Ingest (group ${group}) was made to join anew and reads on.`
        : `Opened. Nobody is in group ${group}: ingest takes it up when it starts.`,
    );
    return 0;
  });
}

async function planLives(connections: Connections, topic: string, nowMs: number): Promise<IncarnationPlan[]> {
  const lives = await compareLives(connections, topic);
  if (lives === undefined) throw new MissingPrerequisite(`Topic ${topic} does not exist on the broker.`);
  const { stored, ends, likeness } = lives;
  const recreated = stored.flatMap((each) => {
    const end = ends.find(({ partition }) => partition === each.source.partition);
    const isOther = each.retired || likeness.get(each.source.partition) === 'recreated';
    return end !== undefined && isOther ? [{ each, end }] : [];
  });
  const first = new Map<number, number>();
  const ranges = recreated
    .filter(({ end }) => end.logStart < end.lastStable)
    .map(({ end }) => ({ partition: end.partition, from: end.logStart, before: end.logStart + 1 }));
  await readRange(
    connections.kafka,
    topic,
    ranges,
    ({ partition, logTimesMs, count }) => {
      if (count > 0 && !first.has(partition)) first.set(partition, logTimesMs[0]!);
    },
    { groupPrefix: 'freshet-cli' },
  );
  return recreated.map(({ each, end }) => ({
    stored: each,
    logStart: end.logStart,
    firstLogTimeMs: Math.min(nowMs, first.get(end.partition) ?? nowMs),
  }));
}
