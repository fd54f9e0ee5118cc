import type { Kafka } from 'kafkajs';

import { withClusters, type BuildRequest, type HiddenBroker } from '../private-kafkajs.js';
import { takeWholeAnswers } from './whole-answers.js';
import { KNOWN_FETCH_VERSION, readingInPlace, type FetchedFrom } from './fetch-answer.js';

const FETCH = 1;

/** What kafkajs asks a broker for. */
interface FetchParameters {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
  }[];
}

/** The same client, whose consumers get records by runs in place of messages (`RunCarrier`) wherever that is possible. */
export function readsInPlace(kafka: Kafka): Kafka {
  const changed = new WeakSet<HiddenBroker>();
  return withClusters(kafka, (cluster) => {
    const find = cluster.findBroker.bind(cluster);
    cluster.findBroker = async (node) => {
      const broker = await find(node);
      if (!changed.has(broker)) {
        changed.add(broker);
        changeFetch(broker);
        broker.connectionPool.pool.forEach(takeWholeAnswers);
      }
      return broker;
    };
  });
}

/** kafkajs puts another `lookupRequest` in place at every connection, so it is the property that is changed. */
function changeFetch(broker: HiddenBroker): void {
  let lookup = broker.lookupRequest;
  Object.defineProperty(broker, 'lookupRequest', {
    set: (next: HiddenBroker['lookupRequest']) => (lookup = next),
    get: () => (apiKey: number, definition: object) => {
      const build = lookup(apiKey, definition);
      return apiKey === FETCH ? fetchInPlace(build) : build;
    },
  });
}

function fetchInPlace(build: BuildRequest): BuildRequest {
  return (parameters) => {
    const made = build(parameters);
    if (made.request.apiVersion !== KNOWN_FETCH_VERSION) return made;
    return { ...made, response: readingInPlace(made.response, askedFrom(parameters as FetchParameters)) };
  };
}

function askedFrom({ topics }: FetchParameters): FetchedFrom {
  return (topic, partition) => {
    const asked = topics
      .filter((each) => each.topic === topic)
      .flatMap(({ partitions }) => partitions)
      .find((each) => each.partition === partition);
    return asked === undefined ? undefined : Number(asked.fetchOffset);
  };
}
