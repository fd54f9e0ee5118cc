import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { Topic } from '../events.js';
import { until } from '@freshet/testkit';
import type { Rig } from './rig.js';
import { seriesOf, sumOf } from './series.js';

const PARTITIONS = 4;
const BATCH = 2_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const FULL_WITHIN_MS = 60_000;
/** The one who listens looks twice a second. */
const SEEN_WITHIN_MS = 2_000;

/** Something that could make ingest hold more and more, and what it is to do about it. */
export interface BoundsLoad {
  readonly name: string;
  /** Ingest begins when all of it is in the log. */
  readonly isBacklog?: boolean;
  /** Records carry the producer's time. */
  readonly isStampedByProducer?: boolean;
  /** Sends `events` of its kind; sizes are those of a full run times a share. */
  send(sender: Sender, share: number, rig: Rig): Promise<void>;
  /** What of these it has to have said. */
  readonly says: readonly ('waits' | 'folds' | 'is behind')[];
}

/** Sends to the topics of the catalogue. */
export class Sender {
  private readonly producer;
  private ids = 0;

  constructor(kafka: Kafka) {
    this.producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  }

  async open(): Promise<void> {
    await this.producer.connect();
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }

  /** `count` page views made by number; a batch at a time. */
  async views(count: number, make: (n: number) => View, perBatch = BATCH): Promise<void> {
    for (let from = 0; from < count; from += perBatch) {
      const some = Array.from({ length: Math.min(perBatch, count - from) }, (_, n) => make(from + n));
      await this.send('clickstream', some);
    }
  }

  /** Page views at a steady rate. */
  async steady(perSecond: number, seconds: number): Promise<void> {
    const startMs = performance.now();
    for (let tick = 1; tick <= seconds * 10; tick += 1) {
      await this.views(perSecond / 10, (n) => ({ userId: `u${n % 5_000}`, timeMs: Date.now() }));
      await pause(Math.max(0, startMs + tick * 100 - performance.now()));
    }
  }

  private async send(topic: Topic, views: readonly View[]): Promise<void> {
    const messages = views.map((view) => {
      this.ids += 1;
      return {
        partition: view.partition ?? this.ids % PARTITIONS,
        value: pageView(`b${this.ids}`, view),
        ...(view.logTimeMs === undefined ? {} : { timestamp: String(view.logTimeMs) }),
      };
    });
    await this.producer.send({ topic, messages });
  }
}

interface View {
  readonly userId: string;
  readonly timeMs: number;
  readonly page?: string;
  readonly sessionId?: string;
  readonly partition?: number;
  readonly logTimeMs?: number;
}

function pageView(id: string, { userId, timeMs, page = '/', sessionId = 's' }: View): string {
  const data = { sessionId, userId, page, region: 'DACH', campaign: null, device: 'mobile', referrer: null };
  const [source, type, time] = ['/bounds', 'clickstream.page_viewed', new Date(timeMs).toISOString()];
  return JSON.stringify({ specversion: '1.0', id, source, type, time, data });
}

const NORMAL_PER_SECOND = 1_000;
const STEADY_SECONDS = 30;

export const BOUNDS_LOADS: readonly BoundsLoad[] = [
  {
    name: 'a normal rate',
    says: [],
    send: (sender, share) => sender.steady(NORMAL_PER_SECOND, STEADY_SECONDS * share),
  },
  {
    name: 'ten times the normal rate',
    says: [],
    send: (sender, share) => sender.steady(10 * NORMAL_PER_SECOND, STEADY_SECONDS * share),
  },
  {
    name: 'a hot key: every event of one user, page and partition',
    says: [],
    send: (sender, share) =>
      sender.views(400_000 * share, () => ({ userId: 'u1', timeMs: Date.now(), partition: 0 })),
  },
  {
    name: 'a million values of a dimension and a million users in one minute',
    says: ['folds'],
    send: (sender, share) => {
      const minuteMs = Math.floor(Date.now() / MINUTE_MS - 2) * MINUTE_MS;
      return sender.views(1_000_000 * share, (n) => ({
        userId: `user-${n}`,
        page: `/product/${n}`,
        timeMs: minuteMs + (n % MINUTE_MS),
      }));
    },
  },
  {
    name: 'six hours of backlog',
    isBacklog: true,
    isStampedByProducer: true,
    says: ['is behind'],
    send: (sender, share) => {
      const count = 500_000 * share;
      const startMs = Date.now() - 6 * HOUR_MS;
      return sender.views(count, (n) => {
        const timeMs = startMs + Math.floor((n / count) * 6 * HOUR_MS);
        return { userId: `u${n % 20_000}`, page: `/${n % 40}`, timeMs, logTimeMs: timeMs };
      });
    },
  },
  {
    name: 'texts of 900 kB',
    says: ['waits'],
    send: (sender, share) => {
      const sessionId = 's'.repeat(900_000);
      return sender.views(600 * share, (n) => ({ userId: `u${n}`, sessionId, timeMs: Date.now() }), 8);
    },
  },
  {
    name: 'every event in a minute of its own',
    isBacklog: true,
    says: [],
    send: (sender, share) => {
      const minuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
      return sender.views(60_000 * share, (n) => ({
        userId: `u${n}`,
        timeMs: minuteMs - (1 + n) * MINUTE_MS,
      }));
    },
  },
  {
    name: 'a store that is away while events come',
    says: ['waits'],
    async send(sender, share, rig) {
      const views = (count: number): Promise<void> =>
        sender.views(count * share, (n) => ({ userId: `u${n % 5_000}`, timeMs: Date.now() }));
      // A partition at rest, whose clock's advance the store has not taken yet, is not read before it has.
      await views(100_000);
      rig.setStoreAway(true);
      // More than its buffers hold, and as much as is on its way to the store.
      await views(1_500_000);
      const isFull = async (): Promise<boolean> =>
        sumOf(await seriesOf(rig.ingests[0]!), 'freshet_ingest_buffer_fullness') >= 1;
      // It is told when it was not full in the end.
      await until(isFull, { deadlineMs: FULL_WITHIN_MS, everyMs: 500 }).catch(() => undefined);
      await pause(SEEN_WITHIN_MS);
      rig.setStoreAway(false);
    },
  },
];
