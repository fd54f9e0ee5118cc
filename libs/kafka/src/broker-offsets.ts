import type { Kafka } from 'kafkajs';

import { createCluster, type HiddenBroker, type HiddenCluster } from './private-kafkajs.js';
import { SharedQuestions } from './shared-questions.js';

/** Timestamps with a meaning of their own in ListOffsets. */
export const EARLIEST = -2;
export const LATEST = -1;

export type Isolation = 'read_uncommitted' | 'read_committed';

export type OffsetBroker = Pick<HiddenBroker, 'listOffsets'>;

/**
 * Asks the partitions' leaders for offsets, over one connection a broker that stays open. kafkajs'
 * `admin.fetchTopicOffsets` asks read-uncommitted ends one way only and refreshes metadata every time.
 */
export class BrokerOffsets {
  readonly #cluster: HiddenCluster;
  #connected: Promise<void> | undefined;
  #topics = new Set<string>();
  readonly #shared = new WeakMap<HiddenBroker, SharedQuestions>();

  constructor(kafka: Kafka) {
    this.#cluster = createCluster(kafka, { allowAutoTopicCreation: false, metadataMaxAge: 30_000 });
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
    let leaders = Object.entries(this.#cluster.findLeaderForPartitions(topic, partitions));
    if (leaders.flatMap(([, led]) => led).length < partitions.length) {
      // Partitions that were added since are not among what was learned before.
      await this.#cluster.refreshMetadata();
      leaders = Object.entries(this.#cluster.findLeaderForPartitions(topic, partitions));
    }
    const settled = await Promise.allSettled(
      leaders.map(async ([nodeId, led]) =>
        ask(this.#sharedBy(await this.#cluster.findBroker({ nodeId })), led),
      ),
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

  #sharedBy(broker: HiddenBroker): SharedQuestions {
    const known = this.#shared.get(broker) ?? new SharedQuestions(broker);
    this.#shared.set(broker, known);
    return known;
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
