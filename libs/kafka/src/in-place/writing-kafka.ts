import type { Kafka } from 'kafkajs';

import type { BuildRequest } from '../private-kafkajs.js';
import { changeRequest, withBrokers } from './change-request.js';
import { KNOWN_PRODUCE_VERSION, produceBody, type ProduceParameters } from './produce-request.js';

const PRODUCE = 0;

/** The same client, whose producers write their requests in one piece wherever that is possible. */
export function writesInPlace(kafka: Kafka): Kafka {
  return withBrokers(kafka, (broker) => changeRequest(broker, PRODUCE, produceInPlace));
}

function produceInPlace(build: BuildRequest): BuildRequest {
  return (parameters) => {
    const made = build(parameters);
    if (made.request.apiVersion !== KNOWN_PRODUCE_VERSION) return made;
    const encode = async () => {
      const body = produceBody(parameters as ProduceParameters);
      return body === undefined ? made.request.encode() : { buf: body, buffer: body };
    };
    return { ...made, request: { ...made.request, encode } };
  };
}
