import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ensureKafkaJars } from '@freshet/embedded';
import { until } from '@freshet/testkit';
import kafkajs, { type Message } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTopics } from '../events.js';
import { readTopic } from './log.js';
import { Rig } from './rig.js';

const TOPIC = 'clickstream';
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const PER_CODEC = 200;
const rig = new Rig({ root: fileURLToPath(new URL('../..', import.meta.url)) });

beforeAll(async () => {
  await rig.start();
  await createTopics(rig.kafka);
  const admin = rig.kafka.admin();
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: TOPIC,
        configEntries: [
          { name: 'max.message.bytes', value: '12000000' },
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
        ],
      },
    ],
  });
  await admin.disconnect();
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

async function outcomes(): Promise<Record<string, number>> {
  const rows = await rig.rows<{ kind: string; records: number }>(
    `SELECT concat(outcome, '/', reason) AS kind, sum(count) AS records FROM freshet.outcomes_log FINAL
     WHERE topic = '${TOPIC}' GROUP BY kind`,
  );
  return Object.fromEntries(rows.map(({ kind, records }) => [kind, records]));
}

it('tells what became of every record: dirt, transactions and four codecs of another client', async () => {
  const options = { createPartitioner: kafkajs.Partitioners.DefaultPartitioner };
  const producer = rig.kafka.producer(options);
  await producer.connect();
  for (const [, value] of DIRT) {
    const message: Message = { partition: 0, value: typeof value === 'string' ? Buffer.from(value) : value };
    await producer.send({ topic: TOPIC, messages: [message] });
  }
  await producer.disconnect();

  const wanted: Record<string, number> = {};
  const expectRecords = (kind: string, records: number): void => {
    wanted[kind] = (wanted[kind] ?? 0) + records;
  };
  for (const [kind] of DIRT) expectRecords(kind, 1);

  const writer = rig.kafka.producer({
    ...options,
    transactionalId: 'dirt',
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await writer.connect();
  for (const [end, id] of [
    ['abort', 'never'],
    ['commit', 'kept'],
  ] as const) {
    const transaction = await writer.transaction();
    await transaction.send({ topic: TOPIC, messages: [{ partition: 1, value: view(id) }] });
    await transaction[end]();
  }
  await writer.disconnect();
  expectRecords('ok/', 1);
  // Readers are not shown the marker of a transaction: an event after it tells them that they are at the end.
  await producer.connect();
  await producer.send({ topic: TOPIC, messages: [{ partition: 1, value: view('after') }] });
  await producer.disconnect();
  expectRecords('ok/', 1);

  for (const codec of CODECS) {
    await produceWithJava(
      codec,
      Array.from({ length: PER_CODEC }, (_, n) => view(`${codec}-${n}`)),
    );
    expectRecords('ok/', PER_CODEC);
  }

  const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  await until(async () => sum(await outcomes()) >= sum(wanted), { deadlineMs: 90_000, everyMs: 500 });
  expect(await outcomes()).toEqual(wanted);
  expect(sum(await outcomes())).toBe((await readTopic(rig.kafka, TOPIC)).length);

  const [facts] = await rig.rows<{ facts: number }>(`SELECT count() AS facts FROM freshet.${TOPIC}`);
  expect(facts?.facts).toBe(wanted['ok/']);
  const letters = await readTopic(rig.kafka, `${TOPIC}.dlq`);
  expect(letters).toHaveLength(DIRT.filter(([kind]) => kind.startsWith('invalid/')).length);
  // Too large for the dead letters: kept in the store, byte by byte.
  const originals = await rig.rows<{ reason: string; bytes: number }>(
    'SELECT reason, length(value) AS bytes FROM freshet.dead_letter_originals_log FINAL',
  );
  expect(originals).toEqual([{ reason: 'too_large', bytes: Buffer.byteLength(DIRT.at(-1)![1]!) }]);
}, 240_000);

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

/** Kafka's own console producer. */
async function produceWithJava(codec: string, lines: readonly string[]): Promise<void> {
  const { java, classPath } = await ensureKafkaJars();
  await new Promise<void>((resolve, reject) => {
    const child = execFile(
      java,
      ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath]
        .concat('org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', rig.brokers[0]!)
        .concat('--topic', TOPIC, '--compression-codec', codec),
      (error, _stdout, stderr) => (error ? reject(new Error(stderr || error.message)) : resolve()),
    );
    child.stdin!.end(lines.map((line) => `${line}\n`).join(''));
  });
}
