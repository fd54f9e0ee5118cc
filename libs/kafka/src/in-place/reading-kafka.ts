import type { Kafka } from 'kafkajs';

import type { BuildRequest } from '../private-kafkajs.js';
import { changeRequest, withBrokers } from './change-request.js';
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
  return withBrokers(kafka, (broker) => {
    changeRequest(broker, FETCH, fetchInPlace);
    broker.connectionPool.pool.forEach(takeWholeAnswers);
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
