import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureKafkaJars } from '@freshet/embedded';
import { orderCancelled, orderPlaced, paymentAttempted, until } from '@freshet/testkit';
import kafkajs, { type Message } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTopics } from '../events.js';
import { readTopic } from './log.js';
import { Rig } from './rig.js';
import { allStored } from './stored.js';

const TOPIC = 'clickstream';
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
/** How Kafka's own producer sends, and whether what it sends counts. See `Produce.java`. */
const WAYS = {
  plain: true,
  idempotent: true,
  commit: true,
  abort: false,
  fenced: false,
  flushed: true,
} as const;
const PER_WAY = 40;
const PARTITION_NUMBERS = [0, 1, 2, 3];
/** Ids that come again further apart count again; the audit finds them. */
const HORIZON_OFFSETS = 300;
const rig = new Rig({
  limits: { dedupeHorizonOffsets: HORIZON_OFFSETS },
  root: fileURLToPath(new URL('../..', import.meta.url)),
});

beforeAll(async () => {
  await rig.start();
  await createTopics(rig.kafka, { [TOPIC]: { 'max.message.bytes': '12000000' } });
  await rig.startIngest();
}, 180_000);
afterAll(() => rig.stop(), 60_000);

function view(id: string, change: object = {}, data: object = {}): string {
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: '/test',
    type: 'clickstream.page_viewed',
    time: new Date().toISOString(),
    data: {
      ...{ sessionId: 's1', userId: 'u1', page: '/', region: 'DACH', campaign: null },
      ...{ device: 'mobile', referrer: null, ...data },
    },
    ...change,
  });
}

const whole = view('whole');

/** What is sent, and what has to become of it. */
const DIRT: readonly (readonly [outcome: string, value: string | Buffer | null])[] = [
  ['ok/', whole],
  ['duplicate/', whole],
  ['ignored/tombstone', null],
  ['invalid/empty', ''],
  ['invalid/not_json', whole.slice(0, 50)],
  ['invalid/not_utf8', Buffer.from(whole.replace('mobile', 'm\u00ffbile'), 'latin1')],
  ['invalid/not_an_object', '[1]'],
  ['invalid/duplicate_key', whole.replace('"source"', '"id":"other","source"')],
  ['invalid/too_deep', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
  ['invalid/missing_id', view('x', { id: undefined })],
  ['invalid/missing_field', view('no-page', {}, { page: undefined })],
  ['invalid/wrong_type', view('page-7', {}, { page: 7 })],
  ['invalid/bad_time', view('no-time', { time: 'yesterday' })],
  ['invalid/insane_time', view('past', { time: '1066-10-14T12:00:00.000Z' })],
  ['ignored/unknown_type', view('unknown', { type: 'clickstream.nothing_known' })],
  ['ok/', view('proto').replace('"data":{', '"data":{"__proto__":{"page":"/x"},')],
  ['ok/', view('late', { time: new Date(Date.now() - 3 * 86_400_000).toISOString() })],
  ['ok/', view('future', { time: new Date(Date.now() + 3_600_000).toISOString() })],
  ['invalid/too_large', view('large', {}, { referrer: 'x'.repeat(10_000_000) })],
];

const at = (id: string) => ({ id, timeMs: Date.now() });
const money = (event: object, from: string, to: string): string =>
  JSON.stringify(event).replace(`"${from}":1000`, `"${from}":${to}`);

/** The same of topics with amounts. */
const MONEY: readonly (readonly [topic: string, outcome: string, value: string])[] = [
  ['orders', 'ok/', money(orderPlaced(at('o1'), { totalMinor: 1000 }), 'totalMinor', '-1000')],
  ['orders', 'ok/', JSON.stringify(orderCancelled(at('o2'), { totalMinor: -500 }))],
  ...['9007199254740993', '-9007199254740993', '1e300', '100000000000001'].map(
    (number, n) =>
      [
        'orders',
        'invalid/out_of_range',
        money(orderPlaced(at(`big-${n}`), { totalMinor: 1000 }), 'totalMinor', number),
      ] as const,
  ),
  ['orders', 'invalid/wrong_type', money(orderPlaced(at('o3'), { totalMinor: 1000 }), 'totalMinor', '10.5')],
  ['orders', 'invalid/enum', JSON.stringify(orderPlaced(at('o4'))).replace('"GBP"', '"XXX"')],
  ['payments', 'ok/', money(paymentAttempted(at('p1'), { amountMinor: 1000 }), 'amountMinor', '-1000')],
  [
    'payments',
    'invalid/out_of_range',
    money(paymentAttempted(at('p2'), { latencyMs: 1000 }), 'latencyMs', '-1'),
  ],
  ['payments', 'invalid/enum', JSON.stringify(paymentAttempted(at('p3'))).replace('"GBP"', '"gbp"')],
];

async function outcomes(topic = TOPIC): Promise<Record<string, number>> {
  const rows = await rig.rows<{ kind: string; records: number }>(
    `SELECT concat(outcome, '/', reason) AS kind, sum(count) AS records FROM freshet.outcomes_log FINAL
     WHERE topic = '${topic}' GROUP BY kind`,
  );
  return Object.fromEntries(rows.map(({ kind, records }) => [kind, records]));
}

it('tells what became of every record: dirt, and all codecs and transactions of another client', async () => {
  const options = { createPartitioner: kafkajs.Partitioners.DefaultPartitioner };
  const producer = rig.kafka.producer(options);
  await producer.connect();
  for (const [, value] of DIRT) {
    const message: Message = { partition: 0, value: typeof value === 'string' ? Buffer.from(value) : value };
    await producer.send({ topic: TOPIC, messages: [message] });
  }
  for (const [topic, , value] of MONEY)
    await producer.send({ topic, messages: [{ partition: 0, value: Buffer.from(value) }] });
  // The same event in another partition: only the audit can know.
  await producer.send({ topic: TOPIC, messages: [{ partition: 1, value: Buffer.from(whole) }] });

  const wanted: Record<string, number> = {};
  const expectRecords = (kind: string, records: number): void => {
    wanted[kind] = (wanted[kind] ?? 0) + records;
  };
  for (const [kind] of DIRT) expectRecords(kind, 1);
  expectRecords('ok/', 1);

  // Each codec and way in turn, twice: batches of all of them, and markers of transactions, lie beside each other.
  const lines = [1, 2].flatMap((round) =>
    Object.entries(WAYS).flatMap(([way, counts]) =>
      CODECS.flatMap((codec) => {
        if (counts) expectRecords('ok/', PER_WAY);
        return Array.from(
          { length: PER_WAY },
          (_, n) => `${codec}\t${way}\t${view(`java-${codec}-${way}-${round}-${n}`)}`,
        );
      }),
    ),
  );
  await produceWithJava(lines);
  // A transaction's records are stored once its marker is in the log, which may come after the producer has ended.
  await allStored(rig);
  // And again in the same one, further on than is remembered.
  await producer.send({ topic: TOPIC, messages: [{ partition: 0, value: Buffer.from(whole) }] });
  // Readers are not shown markers: an event after them tells that a partition was read to its end.
  const last = PARTITION_NUMBERS.map((partition) => ({ partition, value: view(`after-${partition}`) }));
  await producer.send({ topic: TOPIC, messages: last });
  expectRecords('ok/', last.length);
  await producer.disconnect();
  expectRecords('ok/', 1);

  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  await allStored(rig);
  expect(await outcomes()).toEqual(wanted);
  for (const topic of [TOPIC, 'orders', 'payments'])
    expect(sum(await outcomes(topic))).toBe((await readTopic(rig.kafka, topic)).length);
  for (const topic of ['orders', 'payments']) {
    const kinds = MONEY.filter(([of]) => of === topic).map(([, kind]) => kind);
    const found = await outcomes(topic);
    for (const kind of kinds) expect(found[kind]).toBe(kinds.filter((each) => each === kind).length);
  }

  const [facts] = await rig.rows<{ facts: number }>(`SELECT count() AS facts FROM freshet.${TOPIC}`);
  expect(facts?.facts).toBe(wanted['ok/']);
  const letters = await readTopic(rig.kafka, `${TOPIC}.dlq`);
  expect(letters).toHaveLength(DIRT.filter(([kind]) => kind.startsWith('invalid/')).length);
  // Too large for the dead letters: kept in the store, byte by byte.
  const originals = await rig.rows<{ reason: string; bytes: number }>(
    'SELECT reason, length(value) AS bytes FROM freshet.dead_letter_originals_log FINAL',
  );
  expect(originals).toEqual([{ reason: 'too_large', bytes: Buffer.byteLength(DIRT.at(-1)![1]!) }]);
}, 400_000);

it('shows and redrives an original that only the store could take, and counts its way', async () => {
  const original = Buffer.from(DIRT.at(-1)![1]!);
  const nameOf = async (redrives: number): Promise<string> => {
    const { out } = await rig.operate('dlq', 'list', '--reason', 'too_large', '--json');
    const letters = JSON.parse(out.toString()) as { name: string; redrives: number }[];
    const found = letters.find((letter) => letter.redrives === redrives);
    if (found === undefined) throw new Error(`no letter was redriven ${redrives} times`);
    return found.name;
  };
  const first = await nameOf(0);
  expect((await rig.operate('dlq', 'show', first, '--raw')).out.equals(original)).toBe(true);
  const { code, out } = await rig.operate('dlq', 'redrive', first, '--apply');
  expect({ code, out: out.toString() }).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 letters were sent back') as string,
  });
  // Still too large: it is back among the letters, with its count raised and its bytes kept.
  const second = await until(() => nameOf(1), { deadlineMs: 60_000, everyMs: 500 });
  expect((await rig.operate('dlq', 'show', second, '--raw')).out.equals(original)).toBe(true);
}, 240_000);

/** Kafka's own producer, in its own language. */
async function produceWithJava(lines: readonly string[]): Promise<void> {
  const { java, classPath } = await ensureKafkaJars();
  const program = fileURLToPath(new URL('Produce.java', import.meta.url));
  await new Promise<void>((resolve, reject) => {
    const child = execFile(
      java,
      ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath, program, rig.brokers[0]!, TOPIC],
      (error, _stdout, stderr) => (error ? reject(new Error(stderr || error.message)) : resolve()),
    );
    child.stdin!.end(lines.map((line) => `${line}\n`).join(''));
  });
}
