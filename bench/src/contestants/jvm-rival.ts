import { createInterface } from 'node:readline';
import { root, temporaryFolder } from '../places.js';
import { cleaningUp, type Cleanup } from '../cleanup.js';
import { startProgram, type Running } from '../processes.js';
import { usageOf } from '../measure/usage.js';
import { startStore, type Store } from '../store.js';
import { between, type Contestant, type Pass } from './contestant.js';
import { createRivalTables, emptyRivalTables, readRivalTables } from './rival-tables.js';

interface Rival {
  readonly name: string;
  readonly title: string;
  readonly module: 'kafka-streams' | 'flink';
  readonly mainClass: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** Parameters after brokers, ClickHouse, user, password and folder. */
  readonly parameters: readonly (string | number)[];
}

/** What Flink's own scripts give a JVM of this version. */
const OPENED = ['lang', 'net', 'io', 'nio', 'lang.reflect', 'text', 'time', 'util', 'util.concurrent'].map(
  (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
);
const HEAP = '-Xmx2g';
const PASS_LIMIT_MS = 900_000;

/** All passes of a rival run in one JVM: the first is cold and includes its start, the others are warm. */
function jvmRival(rival: Rival): Contestant {
  return {
    name: rival.name,
    title: rival.title,
    settings: { ...rival.settings, heap: HEAP, threads: 2, passes: 'in one JVM' },
    run: (course) =>
      cleaningUp(async (cleanup) => {
        const store = await startStore(cleanup);
        await createRivalTables(store);
        const startedAt = performance.now();
        const { jvm, hear } = startRival(cleanup, rival, course.broker, store);
        await hear('ready');
        const passes: Pass[] = [];
        for (let number = 0; number <= course.warmPasses; number++) {
          const isCold = number === 0;
          if (!isCold) await emptyRivalTables(store);
          const before = isCold ? { cpuSeconds: 0, peakRssBytes: 0 } : usageOf(jvm.pid);
          const storeBefore = usageOf(store.pid);
          const passStartedAt = isCold ? startedAt : performance.now();
          jvm.child.stdin?.write('pass\n');
          const remark = await hear('stored');
          const wallSeconds = (performance.now() - passStartedAt) / 1e3;
          const after = usageOf(jvm.pid);
          const storeAfter = usageOf(store.pid);
          await store.settled();
          passes.push({
            kind: isCold ? 'cold' : 'warm',
            wallSeconds,
            processes: { jvm: between(before, after), clickhouse: between(storeBefore, storeAfter) },
            mergeSecondsAfter: usageOf(store.pid).cpuSeconds - storeAfter.cpuSeconds,
            reading: await readRivalTables(store),
            ...(remark === '' ? {} : { remark }),
          });
        }
        return passes;
      }),
  };
}

/** Starts a rival between a broker and a store. `hear` waits for its next line, which must begin with the word. */
export function startRival(
  cleanup: Cleanup,
  rival: Rival,
  broker: string,
  store: Store,
  more: readonly string[] = [],
): { readonly jvm: Running; readonly hear: (word: string) => Promise<string> } {
  const folder = temporaryFolder(rival.name);
  cleanup.add(folder.remove);
  const target = `${root}/bench/rivals/${rival.module}/target`;
  const jvm = startProgram(cleanup, rival.title, 'java', [
    HEAP,
    ...OPENED,
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    '-cp',
    `${target}/classes:${target}/lib/*`,
    rival.mainClass,
    broker,
    store.url,
    'freshet',
    store.password('freshet'),
    folder.path,
    ...rival.parameters.map(String),
    ...more,
  ]);
  const said = lines(jvm.child.stdout);
  const hear = async (word: string) => {
    const heard = await Promise.race([said.next(), deadline(PASS_LIMIT_MS)]);
    if (!heard.startsWith(word))
      throw new Error(`${rival.title}: "${heard}" instead of "${word}"\n${jvm.lastWords()}`);
    return heard.slice(word.length).trim();
  };
  return { jvm, hear };
}

function lines(from: NodeJS.ReadableStream | null): { next(): Promise<string> } {
  if (from === null) throw new Error('no output to read');
  const iterator = createInterface({ input: from })[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { value, done } = await iterator.next();
      return done === true ? 'the end of its output' : String(value);
    },
  };
}

function deadline(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('nothing in time'), ms).unref());
}

function kafkaStreams(commitMs: number): Rival {
  return {
    name: `kafka-streams-${commitMs}ms`,
    title: `Kafka Streams, commit ${commitMs} ms`,
    module: 'kafka-streams',
    mainClass: 'freshet.bench.streams.Main',
    settings: { 'processing.guarantee': 'exactly_once_v2', 'commit.interval.ms': commitMs, grace: '10m' },
    parameters: [commitMs],
  };
}

/** Also run live, beside the backlog's passes: started with `live` it goes on until its input ends. */
export const STREAMS_100 = kafkaStreams(100);
export const kafkaStreams100 = jvmRival(STREAMS_100);
export const kafkaStreams1000 = jvmRival(kafkaStreams(1_000));

export const flink = jvmRival({
  name: 'flink',
  title: 'Flink',
  module: 'flink',
  mainClass: 'freshet.bench.flink.Main',
  settings: { checkpoints: 'exactly once, 1 s', state: 'hash map', grace: '10m', firing: 'every second' },
  parameters: [],
});
