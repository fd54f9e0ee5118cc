import { createPastStore } from '@freshet/clickhouse';
import {
  correctedChunks,
  planCorrections,
  takeBackRepeats,
  tellCorrected,
} from '@freshet/clickhouse/operations';
import type { Contract } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import { aggregatorsOf, Recount } from '@freshet/ingestion';
import type { MetricDefinition } from '@freshet/metrics';

import { definitionsRead } from '../audit/read-definitions.js';
import { withConnections, type Connections } from '../operations/connections.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';
import { parseTimeRange } from '../operations/time-option.js';

export interface CorrectOptions {
  /** One topic; all of them otherwise. */
  readonly topic?: string;
  /** Log times: ISO, or how long ago; by default 24 h. */
  readonly from?: string;
  readonly to?: string;
  /** False: only tell what would be done. */
  readonly apply?: boolean;
}

/**
 * Takes back events that were counted although their id was counted before, beyond the horizon of duplicates or in
 * another partition: of each id the first stays. Facts get another verdict, panes a signed chunk beside the one that
 * counted them; nothing that ingest writes is touched, so it may run meanwhile, be killed, and be run again. Resolves 1
 * when something is left to do.
 */
export async function correct(
  options: CorrectOptions,
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print, nowMs } = surroundings;
  return withConnections(env, async (connections) => {
    const { store } = connections;
    const range = parseTimeRange(options, nowMs());
    const contracts = connections.contracts.filter(
      ({ topic, reference }) => (options.topic ?? topic) === topic && reference === undefined,
    );
    if (contracts.length === 0)
      throw new MissingPrerequisite(`There is no contract of events for topic "${options.topic ?? ''}".`);
    let left = 0;
    for (const contract of contracts) {
      const { topic } = contract;
      const { events, open, unlike } = await planCorrections(store, contract, range);
      if (unlike > 0)
        print(
          `${topic}: ${unlike} events have the id of another event and other content; they stay counted, and the owner of the topic has to tell which is right.`,
        );
      if (open > 0)
        print(`${topic}: ${open} repeated events are in chunks that ingest still fills; try again later.`);
      left += unlike + open;
      if (!options.apply) {
        if (events > 0)
          print(`${topic}: ${events} repeated events can be taken back. Nothing was changed: add --apply.`);
        left += events;
        continue;
      }
      await takeBackRepeats(store, contract, range);
      const missing = await correctPanes(connections, contract);
      left += missing;
      if (events > 0) print(`${topic}: ${events} repeated events were taken back.`);
      if (missing > 0)
        print(
          `${topic}: ${missing} chunks have lost facts to retention; their panes stay as they were counted.`,
        );
    }
    if (left === 0) print('Nothing is counted twice.');
    return left === 0 ? 0 : 1;
  });
}

/** Stores the correction of every chunk of which events were taken back. @returns chunks that cannot be corrected */
async function correctPanes(
  { store, contracts, metrics, log }: Connections,
  contract: Contract,
): Promise<number> {
  const corrected = await correctedChunks(store, contract);
  if (corrected.length === 0) return 0;
  const past = createPastStore(store, contracts);
  const { read } = await definitionsRead(store, metrics);
  const definitions = new Map<string, MetricDefinition>(
    [...metrics, ...read.map(({ definition }) => definition)]
      .filter(({ source }) => source === contract.name)
      .map((definition) => [definition.revision, definition]),
  );
  const { logTime = 'append' } = (await log.describe(contract.topic)) ?? {};
  const recount = new Recount(past, contract, aggregatorsOf([...definitions.values()], contract), logTime);
  const chunks = await past.readPastChunks(contract.topic);
  let missing = 0;
  for (const { incarnation, partition, chunk } of corrected) {
    const stored = chunks.find(
      (each) =>
        each.source.incarnation === incarnation &&
        each.source.partition === partition &&
        each.chunk === chunk,
    );
    const counted = stored && (await recount.chunk(stored));
    if (counted?.correction === undefined) missing += 1;
    else if (counted.correction.rows.length > 0) {
      await past.writePanes([counted.correction]);
      // Its version is how many events it takes back, less one.
      const events = counted.correction.through + 1;
      await tellCorrected(store, contract.topic, { incarnation, partition, chunk }, events);
    }
  }
  return missing;
}
