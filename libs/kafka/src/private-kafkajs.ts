import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

import type { Kafka } from 'kafkajs';

/**
 * What Freshet uses of kafkajs beyond its public door, and the version that it was read from: the cluster factory
 * behind a private symbol of `Kafka` (last stable offsets are hidden otherwise), the broker's choice of a request's
 * codec (its decoding of records is most of the cost of reading, its encoding most of that of writing), its checksum,
 * and how its connections put answers together. Any other version is refused when this is loaded.
 */
const KNOWN_VERSION = '2.2.4';
const CREATE_CLUSTER = 'private:Kafka:createCluster';

const require = createRequire(import.meta.url);
const manifest = require.resolve('kafkajs/package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
if (version !== KNOWN_VERSION) {
  throw new Error(
    `kafkajs ${version} is installed, but private-kafkajs.ts describes parts that are private to ${KNOWN_VERSION}: read them again in the new version, then change the number there.`,
  );
}

/** The checksum of a batch of records. */
export const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Uint8Array) => number;

/** What kafkajs takes of a request's body, written. */
interface HiddenEncoder {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** Builds a request and says how its answer is decoded. */
interface ProtocolRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    encode(): Promise<HiddenEncoder>;
  };
  readonly response: ProtocolResponse;
}
export interface ProtocolResponse {
  /** Takes what follows the correlation id. */
  decode(payload: Buffer): Promise<object>;
  parse(decoded: object): Promise<object>;
}
export type BuildRequest = (parameters: object) => ProtocolRequest;

/** One socket at a time to a broker. */
export interface HiddenConnection {
  readonly socket: Socket;
  /** Not null while an answer belongs to its authentication. */
  readonly authHandlers: object | null;
  /** Bytes of answers that have not come whole. */
  readonly bytesBuffered: number;
  readonly requestQueue: {
    fulfillRequest(answer: { size: number; correlationId: number; payload: Buffer }): void;
  };
  processData(piece: Buffer): void;
}

export interface HiddenBroker {
  readonly connectionPool: { readonly pool: readonly HiddenConnection[] };
  /** Replaced at each connection by one for the versions that the broker speaks. */
  lookupRequest: (apiKey: number, definition: object) => BuildRequest;
  listOffsets(request: {
    isolationLevel: 0 | 1;
    topics: { topic: string; partitions: { partition: number; timestamp: number | string }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
}

export interface HiddenCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<HiddenBroker>;
}

type CreateCluster = (options: object) => HiddenCluster;

/** A client of the brokers without producer or consumer around it. Connects to nothing yet. */
export function createCluster(kafka: Kafka, options: object): HiddenCluster {
  return factoryOf(kafka)(options);
}

/** The same client, but `change` sees each cluster that its producers, consumers and admins get. */
export function withClusters(kafka: Kafka, change: (cluster: HiddenCluster) => void): Kafka {
  const create = factoryOf(kafka);
  const made: CreateCluster = (options) => {
    const cluster = create(options);
    change(cluster);
    return cluster;
  };
  return Object.create(kafka, { [symbolOf(kafka)]: { value: made } }) as Kafka;
}

function symbolOf(kafka: Kafka): symbol {
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description === CREATE_CLUSTER);
  if (!symbol) throw new Error(`kafkajs ${version} has no ${CREATE_CLUSTER}`);
  return symbol;
}

function factoryOf(kafka: Kafka): CreateCluster {
  return (kafka as unknown as Record<symbol, CreateCluster>)[symbolOf(kafka)]!;
}
