import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@freshet/testkit';
import { createTopics, TOPICS, type Topic } from '../events.js';
import type { LoggedRecord } from '../recount.js';
import { compare, type Verdict } from './compare.js';
import { drawsOf } from './draws.js';
import { scheduleOf, type Fault } from './faults.js';
import { FalseClaims, type FreshnessVerdict } from './false-claims.js';
import { FreshnessWatch } from './freshness-watch.js';
import { Load } from './load.js';
import { readTopic } from './log.js';
import { ProgressWatch, storedRecords, type Stall } from './progress.js';
import { Rig } from './rig.js';
import { ScreenWatch } from './screen-watch.js';
import { allStored } from './stored.js';

export interface KillsOptions {
  /** Folder of the repository. */
  readonly root: string;
  readonly kills: number;
  readonly seed: number;
  /** Instead of the seed's. */
  readonly schedule?: readonly Fault[];
  /** Messages a topic and batch; a batch comes about every second. */
  readonly load?: number;
  /** Folder for the logs of the processes; absent: they are not kept. */
  readonly logsDir?: string | undefined;
  readonly say: (line: string) => void;
}

export interface KillsReport extends Verdict {
  readonly kills: number;
  /** Kills at a step that did not come in time. */
  readonly missedSteps: number;
  /** The longest first. */
  readonly stalls: readonly Stall[];
  readonly freshness: FreshnessVerdict;
}

const CHUNK_OFFSETS = 500;

/** Real Kafka, ClickHouse, ingest processes and gateway under load; faults by a seed; then every pane is recounted. */
export async function runKills(options: KillsOptions): Promise<KillsReport> {
  const { root, seed, logsDir, say } = options;
  const draw = drawsOf(seed);
  const schedule = options.schedule ?? scheduleOf(options.kills, draw);
  const rig = new Rig({ root, limits: { chunkOffsets: CHUNK_OFFSETS }, logsDir });
  try {
    await rig.start();
    await createTopics(rig.kafka);
    await Promise.all([rig.startIngest(), rig.startIngest(), rig.startGateway()]);
    const load = new Load(rig.kafka, seed, options.load ?? 100);
    const progress = new ProgressWatch(rig);
    await until(async () => (await storedRecords(rig)) > 0, { deadlineMs: 90_000, everyMs: 500 });
    progress.begin();
    const claims = new FalseClaims();
    const watches = [new FreshnessWatch(rig, load, claims), new ScreenWatch(rig, load, claims)];
    let missedSteps = 0;
    for (const [n, fault] of schedule.entries()) {
      progress.during = `${n + 1} ${fault.name}`;
      const startedMs = performance.now();
      const remark = await fault.run(rig, draw);
      if (remark !== undefined) missedSteps += 1;
      const tookS = ((performance.now() - startedMs) / 1000).toFixed(1);
      say(
        `${new Date().toISOString().slice(11, 19)} ${n + 1}/${schedule.length} ${fault.name}, ${tookS} s${remark === undefined ? '' : ` (${remark})`}`,
      );
      await pause(500 + draw() * 3_000);
    }
    await load.stop();
    if (rig.ingests.length === 0) await rig.startIngest();
    await allStored(rig);
    // On a slow machine nothing may have been fresh meanwhile: at rest it has to be.
    const isFresh = (): boolean => claims.verdict().freshClaims > 0;
    await until(isFresh, { deadlineMs: 60_000, everyMs: 500 }).catch(() => undefined);
    await Promise.all(watches.map((watch) => watch.end()));
    const freshness = claims.verdict();
    const stalls = await progress.end();
    const logs = {} as Record<Topic, LoggedRecord[]>;
    for (const topic of TOPICS) logs[topic] = await readTopic(rig.kafka, topic);
    const verdict = await compare(rig, logs);
    return { ...verdict, kills: schedule.length, missedSteps, stalls, freshness };
  } finally {
    await rig.stop();
  }
}
