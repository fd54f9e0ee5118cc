import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { cleaningUp } from '../cleanup.js';
import { startLiveLoad } from '../load/live-load.js';
import { calibrate, type Calibration } from '../measure/calibration.js';
import { shares, sharesOf, type Share } from '../measure/cpu-profile.js';
import { usageOf } from '../measure/usage.js';
import { type Options } from '../options.js';
import { temporaryFolder } from '../places.js';
import { startFreshet, WARM_UP_MS } from './live-run.js';

/** Where the time of a steady rate goes. */
export interface ProfileFigure {
  readonly eventsPerSecond: number;
  readonly target: string;
  readonly seconds: number;
  /** Of ingest as V8 samples it, which takes time itself. */
  readonly ingest: Profiled;
  /** By the names of the store's threads. */
  readonly clickhouse: Profiled;
  readonly calibration: Calibration;
}

interface Profiled {
  readonly cpuMicrosPerEvent: number;
  readonly shares: readonly Share[];
}

export interface ProfileResult {
  readonly figures: readonly ProfileFigure[];
}

const RATE = 5_000;
const QUICK_RATE = 500;
const TARGETS = ['2s', '200ms'];

/** Profiles of ingest and store, beside figures of `live` that are measured without. */
export async function runProfile({ seconds, quick }: Options): Promise<ProfileResult> {
  const figures: ProfileFigure[] = [];
  for (const target of TARGETS) figures.push(await profiled(quick ? QUICK_RATE : RATE, target, seconds));
  return { figures };
}

function profiled(eventsPerSecond: number, target: string, seconds: number): Promise<ProfileFigure> {
  return cleaningUp(async (cleanup) => {
    const folder = temporaryFolder('profile');
    cleanup.add(folder.remove);
    const { broker, store, ingest } = await startFreshet(cleanup, target, { profile: folder.path });
    const load = startLiveLoad(cleanup, broker.address, eventsPerSecond, seconds + WARM_UP_MS / 1e3);
    await delay(WARM_UP_MS);
    const before = { ingest: usageOf(ingest.pid).cpuSeconds, threads: threadsOf(store.pid) };
    const startedAt = performance.now();
    await load.ended;
    const measuredSeconds = (performance.now() - startedAt) / 1e3;
    const ingestSeconds = usageOf(ingest.pid).cpuSeconds - before.ingest;
    const threads = spentSince(before.threads, threadsOf(store.pid));
    await ingest.stop();
    const events = eventsPerSecond * measuredSeconds;
    const storeSeconds = [...threads.values()].reduce((sum, each) => sum + each, 0);
    const figure: ProfileFigure = {
      eventsPerSecond,
      target,
      seconds: measuredSeconds,
      ingest: {
        cpuMicrosPerEvent: (ingestSeconds * 1e6) / events,
        shares: sharesOf(folder.path, measuredSeconds),
      },
      clickhouse: { cpuMicrosPerEvent: (storeSeconds * 1e6) / events, shares: shares(threads) },
      calibration: calibrate(),
    };
    console.log(`profile: ${JSON.stringify(figure)}`);
    return figure;
  });
}

interface Thread {
  readonly name: string;
  readonly cpuSeconds: number;
}

/** Threads of a process by their ids. */
function threadsOf(pid: number): ReadonlyMap<string, Thread> {
  const threads = new Map<string, Thread>();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    try {
      const name = readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim();
      threads.set(id, { name, cpuSeconds: usageOf(`${pid}/task/${id}`).cpuSeconds });
    } catch {
      // Ended meanwhile.
    }
  }
  return threads;
}

/** CPU seconds by name; of a thread that has another name by now, under that one. */
function spentSince(
  before: ReadonlyMap<string, Thread>,
  after: ReadonlyMap<string, Thread>,
): Map<string, number> {
  const spent = new Map<string, number>();
  for (const [id, { name, cpuSeconds }] of after) {
    const more = cpuSeconds - (before.get(id)?.cpuSeconds ?? 0);
    if (more > 0) spent.set(name, (spent.get(name) ?? 0) + more);
  }
  return spent;
}
