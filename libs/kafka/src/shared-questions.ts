import type { OffsetBroker } from './broker-offsets.js';

type Request = Parameters<OffsetBroker['listOffsets']>[0];
type Answer = Awaited<ReturnType<OffsetBroker['listOffsets']>>;

/** Questions that go out together: about different topics, of one kind. */
interface Round {
  readonly isolationLevel: Request['isolationLevel'];
  readonly timestamp: number | string | undefined;
  readonly topics: Map<string, Request['topics'][number]>;
  readonly answer: Promise<Answer>;
}

/**
 * A broker that is asked for the offsets of many topics at once: questions of one turn of the event loop are one
 * request. A small request costs both sides as much as a large one. Where the common request fails, perhaps because of
 * one topic, each question is asked alone.
 */
export class SharedQuestions implements OffsetBroker {
  readonly #broker: OffsetBroker;
  #rounds: Round[] = [];

  constructor(broker: OffsetBroker) {
    this.#broker = broker;
  }

  async listOffsets(request: Request): Promise<Answer> {
    const { isolationLevel, topics } = request;
    // A topic is in a request once, and all partitions of a question are asked for the same time.
    const timestamp = topics[0]?.partitions[0]?.timestamp;
    const round =
      this.#rounds.find(
        (each) =>
          each.isolationLevel === isolationLevel &&
          each.timestamp === timestamp &&
          topics.every(({ topic }) => !each.topics.has(topic)),
      ) ?? this.#begin(isolationLevel, timestamp);
    for (const each of topics) round.topics.set(each.topic, each);
    try {
      const { responses } = await round.answer;
      return { responses: responses.filter(({ topic }) => topics.some((each) => each.topic === topic)) };
    } catch (error) {
      if (round.topics.size === topics.length) throw error;
      return this.#broker.listOffsets(request);
    }
  }

  #begin(isolationLevel: Round['isolationLevel'], timestamp: Round['timestamp']): Round {
    const topics: Round['topics'] = new Map();
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#rounds = this.#rounds.filter((each) => each !== round);
      return this.#broker.listOffsets({ isolationLevel, topics: [...topics.values()] });
    });
    const round: Round = { isolationLevel, timestamp, topics, answer };
    this.#rounds.push(round);
    return round;
  }
}
