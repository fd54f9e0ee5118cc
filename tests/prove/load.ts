import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import { makeEvents, TOPICS, type Topic } from '../events.js';

const MINUTE_MS = 60_000;
const PARTITIONS = 4;
/** Topics rest in turn: the clock moves the frontiers of partitions that are idle for 10 s. */
const REST_BATCHES = 20;
/** Reference data does not: what a key says now is told by the order within its partition. */
const RESTING = TOPICS.filter((topic) => topic !== 'customers');

/** What has been acknowledged by the broker up to a moment. */
export interface Acknowledged {
  /** Log time of the newest of them, epoch ms, as the broker gave it. */
  readonly logTimeMs: number;
  /** Events of the counted kind up to then, each id once. */
  readonly events: number;
  /** Event times of those of the last batch, epoch ms. */
  readonly timesMs: readonly number[];
}

/** The kind of event that is counted one by one, by topic. */
const COUNTED: Readonly<Record<Topic, string>> = {
  orders: 'orders.order_placed',
  payments: 'payments.payment_attempted',
  clickstream: 'clickstream.page_viewed',
  support: 'support.ticket_opened',
  inventory: 'inventory.stock_moved',
  customers: 'customers.customer_described',
};

/** Sends events, dirt and repeats among them, until it is stopped; a batch that failed is sent again whole. */
export class Load {
  readonly startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS;
  private readonly acknowledged: Record<Topic, Acknowledged[]> = {
    orders: [],
    payments: [],
    clickstream: [],
    support: [],
    inventory: [],
    customers: [],
  };
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly kafka: Kafka,
    private readonly seed: number,
    /** Messages a topic and batch; a batch comes about every second. */
    private readonly perBatch: number,
  ) {
    this.running = this.run();
  }

  /** Events of a topic that were acknowledged with a log time before `beforeMs`: they have to be in any later value. */
  knownBefore(topic: Topic, beforeMs: number): number {
    return this.acknowledged[topic].findLast(({ logTimeMs }) => logTimeMs < beforeMs)?.events ?? 0;
  }

  /** Those of them that happened at `sinceMs` or later. */
  knownSince(topic: Topic, sinceMs: number, beforeMs: number): number {
    return this.acknowledged[topic]
      .filter(({ logTimeMs }) => logTimeMs < beforeMs)
      .reduce((sum, { timesMs }) => sum + timesMs.filter((timeMs) => timeMs >= sinceMs).length, 0);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const producer = this.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    for (let batch = 1; !this.stopping; batch += 1) {
      const events = makeEvents(this.seed * 100_000 + batch, this.perBatch, this.startMs, Date.now());
      const resting = RESTING[Math.floor(batch / REST_BATCHES) % RESTING.length];
      for (const topic of TOPICS)
        // One partition goes on, so that the others' silence is seen beside it.
        await this.send(producer, topic, events[topic], topic === resting ? 1 : PARTITIONS);
      await pause(700);
    }
    await producer.disconnect();
  }

  private async send(
    producer: Producer,
    topic: Topic,
    events: readonly { key: string; value: string }[],
    partitions: number,
  ): Promise<void> {
    const messages = events.map(({ key, value }): Message => ({
      key,
      value,
      partition: numberOf(key) % partitions,
    }));
    for (;;) {
      try {
        await producer.connect();
        const answers = await producer.send({ topic, messages });
        const logTimeMs = Math.max(...answers.map(({ logAppendTime }) => Number(logAppendTime ?? -1)));
        const before = this.acknowledged[topic].at(-1);
        const timesMs = countedIn(topic, events);
        this.acknowledged[topic].push({
          logTimeMs: Math.max(logTimeMs, before?.logTimeMs ?? 0),
          events: (before?.events ?? 0) + timesMs.length,
          timesMs,
        });
        return;
      } catch {
        // Acknowledged or not, it may be in the log: sent again, its ids are repeats.
        await pause(500);
      }
    }
  }
}

/** Event times of the counted kind, each id once. */
function countedIn(topic: Topic, events: readonly { value: string }[]): number[] {
  const times = new Map<string, number>();
  for (const { value } of events) {
    try {
      const { id, type, time } = JSON.parse(value) as { id?: string; type: string; time: string };
      if (id !== undefined && type === COUNTED[topic]) times.set(id, Date.parse(time));
    } catch {
      // Dirt.
    }
  }
  return [...times.values()];
}

function numberOf(key: string): number {
  return [...key].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
}
