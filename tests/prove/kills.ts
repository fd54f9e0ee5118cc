import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@freshet/testkit';
import { createTopics, makeEvents, produce, TOPICS, type Topic } from '../events.js';
import type { LoggedRecord } from '../recount.js';
import { compare, type Verdict } from './compare.js';
import { drawsOf, FAULTS, scheduleOf, type Fault } from './faults.js';
import { endsOf, readTopic } from './log.js';
import { Rig } from './rig.js';

const MINUTE_MS = 60_000;

export interface KillsOptions {
  /** Folder of the repository. */
  readonly root: string;
  readonly kills: number;
  readonly seed: number;
  /** Instead of the seed's. */
  readonly schedule?: readonly Fault[];
  /** Messages a topic and batch; a batch comes about every second. */
  readonly load?: number;
  readonly say: (line: string) => void;
}

export interface KillsReport extends Verdict {
  readonly kills: number;
  /** Longest time in which the store's ledger did not move although there was something to read, ms. */
  readonly longestStallMs: number;
}

/** Real Kafka, real ClickHouse, real ingest processes under load; faults by a seed; then every pane is recounted. */
export async function runKills(options: KillsOptions): Promise<KillsReport> {
  const { seed, say } = options;
  const draw = drawsOf(seed);
  const schedule = options.schedule ?? scheduleOf(options.kills, draw);
  const rig = new Rig(options.root);
  try {
    await rig.start();
    await createTopics(rig.kafka);
    await rig.startIngest();
    await rig.startIngest();
    const load = new Load(rig, seed, options.load ?? 150);
    const watch = new ProgressWatch(rig);
    await until(async () => (await storedRecords(rig)) > 0, { deadlineMs: 90_000, everyMs: 500 });
    watch.begin();
    for (const [n, fault] of schedule.entries()) {
      say(`${n + 1}/${schedule.length} ${fault}`);
      await FAULTS[fault](rig, draw);
      await pause(500 + draw() * 3_000);
    }
    await load.stop();
    if (rig.ingests.length === 0) await rig.startIngest();
    await allStored(rig);
    const longestStallMs = await watch.end();
    const logs = {} as Record<Topic, LoggedRecord[]>;
    for (const topic of TOPICS) logs[topic] = await readTopic(rig.kafka, topic);
    const verdict = await compare(rig, logs);
    return { ...verdict, kills: schedule.length, longestStallMs };
  } finally {
    await rig.stop();
  }
}

/** Sends events, dirt and repeats among them, until it is stopped; a batch that failed is sent again whole. */
class Load {
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly rig: Rig,
    private readonly seed: number,
    private readonly perBatch: number,
  ) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async run(): Promise<void> {
    const fromMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 10 * MINUTE_MS;
    for (let batch = 1; !this.stopping; batch += 1) {
      const events = makeEvents(this.seed * 100_000 + batch, this.perBatch, fromMs, Date.now());
      // Acknowledged or not, it may be in the log: sent again, its ids are repeats.
      while (
        !(await produce(this.rig.kafka, events).then(
          () => true,
          () => false,
        ))
      )
        await pause(500);
      await pause(700);
    }
  }
}

async function storedRecords(rig: Rig): Promise<number> {
  const [row] = await rig.rows<{ stored: number }>(
    'SELECT sum(panes_through + 1) AS stored FROM freshet.source_progress',
  );
  return Number(row?.stored ?? 0);
}

/** Waits until panes and facts of everything in the log are stored. */
async function allStored(rig: Rig): Promise<void> {
  for (const topic of TOPICS) {
    const ends = await until(() => endsOf(rig.kafka, topic), { deadlineMs: 60_000, everyMs: 500 });
    await until(
      async () => {
        const rows = await rig.rows<{ partition: number; through: number }>(
          `SELECT partition, least(panes_through, facts_through) AS through FROM freshet.source_progress WHERE topic = '${topic}'`,
        );
        return [...ends].every(
          ([partition, end]) => (rows.find((row) => row.partition === partition)?.through ?? -1) >= end - 1,
        );
      },
      { deadlineMs: 180_000, everyMs: 500 },
    );
  }
}

/** Looks at the ledger twice a second. */
class ProgressWatch {
  private stopping = false;
  private longestMs = 0;
  private running: Promise<void> | undefined;

  constructor(private readonly rig: Rig) {}

  begin(): void {
    this.running = this.run();
  }

  async end(): Promise<number> {
    this.stopping = true;
    await this.running;
    return Math.round(this.longestMs);
  }

  private async run(): Promise<void> {
    let before = -1;
    let sinceMs = performance.now();
    while (!this.stopping) {
      const stored = await storedRecords(this.rig).catch(() => before);
      if (stored !== before) {
        before = stored;
        sinceMs = performance.now();
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - sinceMs);
      await pause(500);
    }
  }
}
