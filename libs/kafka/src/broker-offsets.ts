import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { Kafka } from 'kafkajs';

/**
 * kafkajs hides the last stable offset: `admin.fetchTopicOffsets` asks read-uncommitted ends one way only and
 * refreshes metadata every time. Its own broker objects do know ListOffsets with an isolation level, so this
 * one file reaches for them: the cluster factory behind a private symbol of `Kafka`, and four methods of the
 * cluster. They are checked against the version they were read from when this file is loaded.
 */
const KNOWN_VERSION = '2.2.4';
const CREATE_CLUSTER = 'private:Kafka:createCluster';

const manifest = createRequire(import.meta.url).resolve('kafkajs/package.json');
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
if (version !== KNOWN_VERSION) {
  throw new Error(
    `kafkajs ${version} is installed, but broker-offsets.ts uses parts that are private to ${KNOWN_VERSION}: read them again in the new version, then change the number there.`,
  );
}

/** Timestamps with a meaning of their own in ListOffsets. */
export const EARLIEST = -2;
export const LATEST = -1;

export type Isolation = 'read_uncommitted' | 'read_committed';

/** The part of kafkajs' internal broker that is used here. */
export interface OffsetBroker {
  listOffsets(request: {
    isolationLevel: 0 | 1;
    topics: { topic: string; partitions: { partition: number; timestamp: number | string }[] }[];
  }): Promise<{ responses: { topic: string; partitions: { partition: number; offset: string }[] }[] }>;
}

interface HiddenCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<OffsetBroker>;
}

type Hidden = Record<symbol, (options: object) => HiddenCluster>;

/** Asks the partitions' leaders for offsets, over one connection a broker that stays open. */
export class BrokerOffsets {
  readonly #cluster: HiddenCluster;
  #connected: Promise<void> | undefined;
  #topics = new Set<string>();

  constructor(kafka: Kafka) {
    const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description === CREATE_CLUSTER);
    if (!symbol) throw new Error(`kafkajs ${version} has no ${CREATE_CLUSTER}`);
    this.#cluster = (kafka as unknown as Hidden)[symbol]!({
      allowAutoTopicCreation: false,
      metadataMaxAge: 30_000,
    });
  }

  /**
   * Runs `ask` on each leader with the partitions that it leads, all leaders at once; resolves the answers of
   * those that answered. Rejects when none did.
   */
  async askLeaders<Answer>(
    topic: string,
    partitions: readonly number[],
    ask: (broker: OffsetBroker, partitions: readonly number[]) => Promise<Answer>,
  ): Promise<Answer[]> {
    if (partitions.length === 0) return [];
    await this.#prepare(topic);
    const leaders = Object.entries(this.#cluster.findLeaderForPartitions(topic, partitions));
    const settled = await Promise.allSettled(
      leaders.map(async ([nodeId, led]) => ask(await this.#cluster.findBroker({ nodeId }), led)),
    );
    const failed = settled.filter((each) => each.status === 'rejected');
    // A leader may have moved: the next call is to know.
    if (failed.length > 0) await this.#cluster.refreshMetadata().catch(() => undefined);
    if (failed.length > 0 && failed.length === settled.length) throw failed[0]!.reason;
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  }

  async disconnect(): Promise<void> {
    if (!this.#connected) return;
    await this.#connected.catch(() => undefined);
    await this.#cluster.disconnect();
  }

  async #prepare(topic: string): Promise<void> {
    this.#connected ??= this.#cluster.connect().catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    await this.#connected;
    if (this.#topics.has(topic)) await this.#cluster.refreshMetadataIfNecessary();
    else await this.#cluster.addMultipleTargetTopics([topic]);
    this.#topics.add(topic);
  }
}

/** One ListOffsets request for one topic; resolves offset by partition, -1 where no record is that young. */
export async function listOffsets(
  broker: OffsetBroker,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
  isolation: Isolation,
): Promise<ReadonlyMap<number, number>> {
  const { responses } = await broker.listOffsets({
    isolationLevel: isolation === 'read_committed' ? 1 : 0,
    topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp })) }],
  });
  const answered = responses.flatMap((response) => response.partitions);
  return new Map(answered.map(({ partition, offset }) => [partition, Number(offset)]));
}
