import { readFileSync } from 'node:fs';
import { until } from '@freshet/testkit';
import { createTopics, TOPICS, type Topic } from '../events.js';
import type { Folding, LoggedRecord } from '../recount.js';
import { BOUNDS_LOADS, Sender, type BoundsLoad } from './bounds-loads.js';
import { compare, type Verdict } from './compare.js';
import { readTopic } from './log.js';
import { Rig, type App } from './rig.js';
import { seriesOf, sumOf } from './series.js';
import { allStored } from './stored.js';

/** What ingest may take at most, whatever comes: see the operating guide. */
const MOST_BYTES = 1024 * 1024 * 1024;
const MOST_MESSAGE_BYTES = 2 * 1024 * 1024;
/** Those of the catalogue and of the engine. */
const FOLDING: Folding = { maxSeries: 500, chunkOffsets: 50_000, chunkLogTimeMs: 600_000 };

export interface BoundsOptions {
  readonly root: string;
  readonly loads: readonly BoundsLoad[];
  /** Of the sizes of a full run. */
  readonly share: number;
  /** Limits of the engine instead of the product's; `chunkOffsets` also rules the folding that is expected. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly say: (line: string) => void;
}

export interface BoundsReport extends Verdict {
  readonly name: string;
  /** VmHWM of ingest. */
  readonly peakBytes: number;
  readonly seconds: number;
  readonly waitedSeconds: number;
  /** Stored rows of "(other)". */
  readonly foldedRows: number;
  readonly mostBehind: number;
  readonly mostFullness: number;
  /** What its health said, numbers left out. */
  readonly words: readonly string[];
  /** What it had to say and did not. */
  readonly unsaid: readonly string[];
}

/** Real Kafka, ClickHouse and ingest for each load; its peak memory, what it said, and whether it counted right. */
export async function runBounds(options: BoundsOptions): Promise<BoundsReport[]> {
  const reports: BoundsReport[] = [];
  for (const load of options.loads) {
    const report = await runLoad(load, options);
    reports.push(report);
    options.say(lineOf(report));
  }
  return reports;
}

async function runLoad(load: BoundsLoad, { root, share, limits }: BoundsOptions): Promise<BoundsReport> {
  const clickstream = {
    'max.message.bytes': String(8 * MOST_MESSAGE_BYTES),
    'message.timestamp.type': load.isStampedByProducer ? 'CreateTime' : 'LogAppendTime',
  };
  const rig = new Rig({ root, limits });
  try {
    await rig.start();
    await createTopics(rig.kafka, { clickstream });
    const sender = new Sender(rig.kafka);
    await sender.open();
    if (load.isBacklog) await load.send(sender, share, rig);
    const startedMs = performance.now();
    const ingest = await rig.startIngest();
    const listener = new Listener(ingest);
    await until(async () => (await rig.rows('SELECT 1 FROM freshet.source_progress')).length >= 12, {
      deadlineMs: 120_000,
      everyMs: 500,
    });
    if (!load.isBacklog) await load.send(sender, share, rig);
    await sender.close();
    await allStored(rig, 900_000);
    const seconds = (performance.now() - startedMs) / 1000;
    const heard = await listener.end();
    const logs = {} as Record<Topic, LoggedRecord[]>;
    for (const topic of TOPICS) logs[topic] = await readTopic(rig.kafka, topic);
    const folding = { ...FOLDING, ...limits };
    const verdict = await compare(rig, logs, { folding });
    return { ...verdict, ...heard, name: load.name, seconds, unsaid: unsaidOf(load, heard) };
  } finally {
    await rig.stop();
  }
}

type Heard = Pick<
  BoundsReport,
  'peakBytes' | 'waitedSeconds' | 'foldedRows' | 'mostBehind' | 'mostFullness' | 'words'
>;

const LOOK_EVERY_MS = 500;

/** Asks ingest twice a second how it is. */
class Listener {
  private readonly words = new Set<string>();
  private mostBehind = 0;
  private mostFullness = 0;
  private looking: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly ingest: App) {
    this.timer = setInterval(() => {
      this.looking = this.looking.then(async () => void (await this.look())).catch(() => undefined);
    }, LOOK_EVERY_MS);
  }

  async end(): Promise<Heard> {
    clearInterval(this.timer);
    await this.looking;
    const series = await this.look();
    const status = readFileSync(`/proc/${this.ingest.process.pid}/status`, 'utf8');
    return {
      peakBytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
      waitedSeconds: sumOf(series, 'freshet_ingest_backpressure_seconds_total'),
      foldedRows: sumOf(series, 'freshet_ingest_folded_rows_total'),
      mostBehind: this.mostBehind,
      mostFullness: this.mostFullness,
      words: [...this.words],
    };
  }

  private async look(): Promise<string> {
    const url = `http://127.0.0.1:${this.ingest.port}`;
    const health = (await (await fetch(`${url}/health`)).json()) as Record<'problems' | 'warnings', string[]>;
    for (const word of [...health.problems, ...health.warnings]) this.words.add(word.replace(/\d+/g, 'N'));
    const series = await seriesOf(this.ingest);
    this.mostBehind = Math.max(this.mostBehind, sumOf(series, 'freshet_ingest_backlog_records'));
    this.mostFullness = Math.max(this.mostFullness, sumOf(series, 'freshet_ingest_buffer_fullness'));
    return series;
  }
}

function unsaidOf(load: BoundsLoad, heard: Heard): string[] {
  const said = {
    waits: heard.waitedSeconds > 0 && heard.words.some((word) => word.startsWith('buffers are full')),
    folds: heard.foldedRows > 0 && heard.words.some((word) => word.includes('"(other)"')),
    'is behind': heard.words.some((word) => word.includes('records behind')),
  };
  return load.says.filter((each) => !said[each]);
}

function lineOf(report: BoundsReport): string {
  const { name, records, panes, differences, lost, doubled, peakBytes, waitedSeconds, words } = report;
  return [
    `${name}: ${Math.round(peakBytes / 2 ** 20)} MB at most`,
    `  ${records} records in ${report.seconds.toFixed(0)} s, ${panes} windows: ${differences.length} differences, ${lost} lost, ${doubled} doubled`,
    `  waited ${waitedSeconds.toFixed(1)} s, ${report.foldedRows} folded rows, at most ${report.mostBehind} behind, fullest buffer ${report.mostFullness.toFixed(2)}`,
    ...words.map((word) => `  said: ${word}`),
    ...report.unsaid.map((word) => `  NOT SAID: that it ${word}`),
    ...differences.slice(0, 5).map((difference) => `  ${difference}`),
  ].join('\n');
}

/** `prove --bounds [--only WORD] [--share 0.1]`. @returns the exit code */
export async function proveBounds(root: string, share: number, only: string | undefined): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const loads = BOUNDS_LOADS.filter(({ name }) => only === undefined || name.includes(only));
  const reports = await runBounds({ root, loads, share, say });
  const wrong = reports.filter(
    ({ differences, lost, doubled, unsaid, peakBytes }) =>
      differences.length + lost + doubled + unsaid.length > 0 || peakBytes > MOST_BYTES,
  );
  const most = Math.max(...reports.map(({ peakBytes }) => peakBytes));
  say(
    `${reports.length} loads, ${wrong.length} wrong; ingest took at most ${Math.round(most / 2 ** 20)} MB of ${MOST_BYTES / 2 ** 20}`,
  );
  return wrong.length === 0 ? 0 : 1;
}
