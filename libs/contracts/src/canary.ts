import { parseContract } from './catalogue/parse-contract.js';
import type { Contract } from './contract.js';

/** Topic of the message that is sent every second so that the way from broker to screen is known to work. */
export const CANARY_TOPIC = 'freshet.canary';

const TEXT = `apiVersion: freshet/v1
kind: DataContract
name: freshet_canary
physicalName: ${CANARY_TOPIC}
version: 1.0.0
businessName: Canary
description: A message of the gateway itself, every second, that goes the way of all events.
owner: freshet
encoding: json
event: { id: [id], time: time }
start: latest
maxSilence: 1m
properties:
  - { name: id, path: id, logicalType: string, required: true, description: Gateway and number. }
  - { name: time, path: time, logicalType: timestamp, timeFormat: iso, required: true, description: When it was sent. }
  - { name: sequence, path: sequence, logicalType: integer, required: true, description: Number of the message at its gateway. }
`;

/** The canary's contract: ingested like any other, in nobody's catalogue. */
export function canaryContract(): Contract {
  const parsed = parseContract(TEXT, 'canary');
  if (parsed.contract === undefined)
    throw new Error(`the canary's contract: ${parsed.problems[0]?.message ?? ''}`);
  return parsed.contract;
}
