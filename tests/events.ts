import { makeTopics } from '@freshet/kafka';
import kafkajs, { type Kafka, type Message } from 'kafkajs';

/** Makes the same events for the same seed: a small shop with every kind of dirt, a few minutes wide. */

const regions = ['UK & Ireland', 'DACH', 'Nordics', 'Benelux', 'France'] as const;
const channels = ['web', 'app', 'marketplace', 'wholesale'] as const;
const providers = ['Adyen', 'PayPal', 'Klarna', 'Apple Pay'] as const;
const pages = ['/', '/search', '/product', '/basket'] as const;
const campaigns = ['autumn-sale', 'newsletter', null] as const;

const severities = ['urgent', 'high', 'normal', 'low'] as const;
const locations = ['Leeds', 'Rotterdam', 'Leipzig', 'Milan'] as const;
const segments = ['Key account', 'Trade', 'Small business'] as const;

/** All that the catalogue reads. */
export const TOPICS = ['orders', 'payments', 'clickstream', 'support', 'inventory', 'customers'] as const;
export type Topic = (typeof TOPICS)[number];

/** A linear congruential generator: enough to spread choices, the same everywhere. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** `count` messages a topic with event times in [fromMs, toMs), some of them twice, out of order or broken. */
export function makeEvents(
  seed: number,
  count: number,
  fromMs: number,
  toMs: number,
): Record<Topic, { key: string; value: string }[]> {
  const random = numbers(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const events: Record<Topic, { key: string; value: string }[]> = {
    orders: [],
    payments: [],
    clickstream: [],
    support: [],
    inventory: [],
    customers: [],
  };
  const add = (topic: Topic, key: string, type: string, index: number, data: object) => {
    const time = new Date(fromMs + Math.floor(((index + random() * 20) / (count + 20)) * (toMs - fromMs)));
    const event = {
      specversion: '1.0',
      id: `${seed}-${topic}-${index}`,
      source: '/test',
      type,
      time: time.toISOString(),
      data,
    };
    const value = JSON.stringify(event);
    events[topic].push({ key, value });
    const fate = random();
    if (fate < 0.03) events[topic].push({ key, value });
    else if (fate < 0.05) events[topic].push({ key, value: value.slice(0, value.length / 2) });
    else if (fate < 0.06) events[topic].push({ key, value: JSON.stringify({ ...event, id: undefined }) });
  };
  for (let index = 0; index < count; index++) {
    const region = pick(regions);
    const currency = region === 'UK & Ireland' ? 'GBP' : 'EUR';
    const user = `u${Math.floor(random() * 200)}`;
    const totalMinor = 500 + Math.floor(random() * 20_000);
    const line = { sku: 'A1', description: 'Lamp, “green”', quantity: 2, unitPriceMinor: totalMinor / 2 };
    const ending = random();
    const kind = ending < 0.1 ? 'cancelled' : ending < 0.15 ? 'settled' : 'placed';
    add('orders', user, `orders.order_${kind}`, index, {
      orderId: `o${seed}-${index}`,
      customerId: random() < 0.2 ? null : user,
      country: 'GB',
      region,
      channel: pick(channels),
      currency,
      totalMinor,
      items: 1,
      quantity: 2,
      lines: [{ ...line, unitPriceMinor: Math.floor(line.unitPriceMinor) }],
    });
    const isFailed = random() < 0.15;
    add('payments', user, 'payments.payment_attempted', index, {
      paymentId: `p${seed}-${index}`,
      orderId: `o${seed}-${index}`,
      customerId: user,
      provider: pick(providers),
      region,
      currency,
      amountMinor: totalMinor,
      status: isFailed ? 'failed' : 'succeeded',
      failureReason: isFailed ? 'declined' : null,
      latencyMs: 100 + Math.floor(random() * 900),
    });
    const types = ['session_started', 'page_viewed', 'page_viewed', 'order_completed'] as const;
    add('clickstream', user, `clickstream.${pick(types)}`, index, {
      sessionId: `s${index}`,
      userId: user,
      page: pick(pages),
      region,
      campaign: pick(campaigns),
      device: 'mobile',
      referrer: null,
    });
    if (index % 5 === 0) addTrade(index, user, region);
  }
  return events;

  function addTrade(index: number, user: string, region: string): void {
    const ticketId = `t${seed}-${index}`;
    add('support', ticketId, `support.ticket_${random() < 0.6 ? 'opened' : 'closed'}`, index, {
      ...{ ticketId, severity: pick(severities), category: 'delivery', channel: 'chat', region },
    });
    const location = pick(locations);
    const isCount = random() < 0.05;
    const found = isCount
      ? { counted: Math.floor(random() * 9_000) }
      : { reason: 'sale', quantity: Math.floor(random() * 40) - 20 };
    add('inventory', location, `inventory.stock_${isCount ? 'counted' : 'moved'}`, index, {
      location,
      ...found,
    });
    const customer = { customerId: user, segment: pick(segments), country: 'Austria' };
    add('customers', user, 'customers.customer_described', index, customer);
  }
}

/** Sends all events in order. */
export async function produce(
  kafka: Kafka,
  events: Partial<Record<Topic, { key: string; value: string }[]>>,
): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const topic of TOPICS) {
    const messages: Message[] = events[topic] ?? [];
    for (let from = 0; from < messages.length; from += 500) {
      await producer.send({ topic, messages: messages.slice(from, from + 500) });
    }
  }
  await producer.disconnect();
}

/**
 * Creates all topics of the catalogue as the shop does, but with these settings by topic. They are set here and not
 * altered later: a broker with much to do takes records by the former ones for seconds after it has confirmed others.
 */
export async function createTopics(
  kafka: Kafka,
  settings: Partial<Record<Topic, Readonly<Record<string, string>>>> = {},
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await makeTopics(
    admin,
    TOPICS.map((topic) => ({
      topic,
      numPartitions: 4,
      replicationFactor: 1,
      configEntries: Object.entries({ 'message.timestamp.type': 'LogAppendTime', ...settings[topic] }).map(
        ([name, value]) => ({ name, value }),
      ),
    })),
  );
  await admin.disconnect();
}

/** One order with a time of long ago, at the end of the log. */
export async function produceLateOrder(kafka: Kafka, timeMs: number): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const data = {
    orderId: 'late-order',
    customerId: null,
    country: 'GB',
    region: 'DACH',
    channel: 'web',
    currency: 'EUR',
    totalMinor: 4_200,
    items: 1,
    quantity: 1,
    lines: [],
  };
  const event = {
    specversion: '1.0',
    id: `late-${timeMs}`,
    source: '/test',
    type: 'orders.order_placed',
    time: new Date(timeMs).toISOString(),
    data,
  };
  await producer.send({ topic: 'orders', messages: [{ key: 'late', value: JSON.stringify(event) }] });
  await producer.disconnect();
}
