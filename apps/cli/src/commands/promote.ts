import { readPromoted, readRevisions, requestPromotion } from '@freshet/clickhouse';
import { MissingPrerequisite } from '@freshet/embedded';
import { compileAggregator, type MetricDefinition } from '@freshet/metrics';

import { metricNamed } from '../operations/metric-named.js';
import { withConnections, type Connections } from '../operations/connections.js';
import { operator } from '../operations/operator.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';

/**
 * Asks for a revision of a metric: the one of its file where that waits for a person, or an earlier one. Ingest counts
 * what is missing of it and then switches all readers in one step; it holds until the metric's file changes.
 * Without a revision it tells which there are. Resolves 1 when nothing was asked.
 */
export async function catalogPromote(
  name: string,
  revision: string | undefined,
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print } = surroundings;
  return withConnections(env, async (connections) => {
    const { metrics, store } = connections;
    const file = metricNamed(metrics, name);
    const active = (await readPromoted(store)).find(({ metric }) => metric === name)?.revision ?? '';
    const known = await revisionsOf(connections, file);
    if (revision === undefined) {
      for (const each of known) print(`${each.revision}  ${notes(each, file, active)}`);
      print(`Ask for one: freshet catalog promote ${name} REVISION`);
      return 1;
    }
    const found = known.filter((each) => each.revision.startsWith(revision));
    if (found.length !== 1)
      throw new MissingPrerequisite(
        `${found.length === 0 ? 'No' : 'More than one'} revision of ${name} begins with "${revision}": \`freshet catalog promote ${name}\` lists them.`,
      );
    const [wanted] = found as [MetricDefinition];
    refuseUncountable(connections, wanted);
    const by = operator();
    await requestPromotion(store, { metric: name, revision: wanted.revision, over: file.revision }, by);
    print(
      wanted.revision === active
        ? `${name} ${wanted.revision} is read already, and stays until its file changes.`
        : `Asked for ${name} ${wanted.revision}: ingest counts what is missing of it, then all readers change over. It holds until ${file.file} changes.`,
    );
    return 0;
  });
}

/** The file's own and all that were ever read, newest first, each once. */
async function revisionsOf({ store }: Connections, file: MetricDefinition): Promise<MetricDefinition[]> {
  const past = (await readRevisions(store, file.name)).map(
    ({ definition }) => JSON.parse(definition) as MetricDefinition,
  );
  return [...new Map([file, ...past].map((each) => [each.revision, each])).values()];
}

function notes(each: MetricDefinition, file: MetricDefinition, active: string): string {
  const said = [
    ...(each.revision === active ? ['read now'] : []),
    ...(each.revision === file.revision ? [`as ${file.file} says`] : []),
  ];
  return `${said.length === 0 ? '' : `(${said.join(', ')}) `}${each.meaning}`;
}

function refuseUncountable({ contracts }: Connections, wanted: MetricDefinition): void {
  const contract = contracts.find(({ name }) => name === wanted.source);
  try {
    if (contract === undefined) throw new Error(`contract ${wanted.source} is gone`);
    compileAggregator([wanted], contract);
  } catch (error) {
    throw new MissingPrerequisite(
      `${wanted.name} ${wanted.revision} cannot be counted any more: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}
