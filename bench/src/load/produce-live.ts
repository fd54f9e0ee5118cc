import { createWriteStream } from 'node:fs';
import { createKafka, writesInPlace } from '@freshet/kafka';
import { EventSource, TOPICS, type Topic } from './events.js';

/**
 * `node produce-live.js <broker> <events per second> <seconds> <file>`: sends events at their times, however slow
 * the broker answers, and writes where each of them went: lines of `topic/partition baseOffset scheduledMs…`; and to
 * `<file>.orders`, of each order placed, event time and scheduled time, epoch ms.
 */
const [broker = '', rateText = '', secondsText = '', file = ''] = process.argv.slice(2);
const rate = Number(rateText);
const total = rate * Number(secondsText);
const TICK_MS = 20;
/** In one request, so that its batches stay below the broker's limit when this process has fallen behind. */
const MOST_A_SEND = 2_000;

const source = new EventSource(Date.now() % 2 ** 31);
const kafka = writesInPlace(createKafka({ brokers: [broker], clientId: 'bench-load', tls: false }));
const producer = kafka.producer();
await producer.connect();
const out = createWriteStream(file);
const orders = createWriteStream(`${file}.orders`);
const startMs = Date.now();
const sends: Promise<void>[] = [];
let sent = 0;

await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(total, Math.floor(((Date.now() - startMs) * rate) / 1_000));
    while (due > sent) sends.push(send(Math.min(due, sent + MOST_A_SEND)));
    if (sent < total) return;
    clearInterval(timer);
    resolve();
  }, TICK_MS);
});
await Promise.all(sends);
await producer.disconnect();
await Promise.all([out, orders].map((each) => new Promise<void>((resolve) => each.end(resolve))));

/** Sends all events that are due. */
async function send(upTo: number): Promise<void> {
  const messages: Record<Topic, { partition: number; value: string }[]> = {
    orders: [],
    payments: [],
    clickstream: [],
  };
  const scheduled = new Map<string, number[]>();
  for (; sent < upTo; sent++) {
    const timeMs = startMs + Math.floor((sent * 1_000) / rate);
    const { topic, partition, value } = source.next(timeMs);
    messages[topic].push({ partition, value });
    if (value.includes('"orders.order_placed"')) {
      const { time } = JSON.parse(value) as { time: string };
      orders.write(`${Date.parse(time)} ${timeMs}\n`);
    }
    const place = `${topic}/${partition}`;
    const times = scheduled.get(place);
    if (times === undefined) scheduled.set(place, [timeMs]);
    else times.push(timeMs);
  }
  const answers = await producer.sendBatch({
    topicMessages: TOPICS.filter((topic) => messages[topic].length > 0).map((topic) => ({
      topic,
      messages: messages[topic],
    })),
  });
  for (const { topicName, partition, baseOffset } of answers) {
    const place = `${topicName}/${partition}`;
    out.write(`${place} ${baseOffset ?? ''} ${(scheduled.get(place) ?? []).join(' ')}\n`);
  }
}
