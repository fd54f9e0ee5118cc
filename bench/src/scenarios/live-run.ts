import { setTimeout as delay } from 'node:timers/promises';
import { startBroker, type Broker } from '../broker.js';
import { cleaningUp, type Cleanup } from '../cleanup.js';
import { createTopics } from '../load/backlog.js';
import { startLiveLoad } from '../load/live-load.js';
import { calibrate, type Calibration } from '../measure/calibration.js';
import { mean, VisibilityWatch, type Quantiles } from '../measure/latency.js';
import { buildDashboard, PaintWatch } from '../measure/painted.js';
import { residentBytes, usageOf } from '../measure/usage.js';
import { type Running } from '../processes.js';
import { startStore, type Store } from '../store.js';
import { catalogueWithTarget, panesThrough, startGateway, startIngest } from '../system.js';
import { waitUntil } from '../waiting.js';

/** Freshet at a steady rate. */
export interface LiveFigure {
  readonly eventsPerSecond: number;
  readonly target: string;
  /** The only metric that asks for it; absent: all do. */
  readonly asking?: string;
  readonly seconds: number;
  /** Milliseconds from the scheduled send to the ledger's answer that it is stored; of the asking metric's events. */
  readonly latency: Quantiles;
  /** Between two looks at the ledger; the looks cost the store time, too. */
  readonly lookEveryMs: number;
  readonly cpuMicrosPerEvent: { readonly ingest: number; readonly clickhouse: number };
  readonly cores: number;
  /** Resident memory of ingest: the most since its start, as the kernel counts it, and the means of the first and last quarter. */
  readonly ingestRssBytes: number;
  readonly ingestRssAtFirstBytes: number;
  readonly ingestRssAtLastBytes: number;
  /** Milliseconds from the scheduled send to the frame of a real browser that shows it; where that was asked for. */
  readonly painted?: Quantiles;
  readonly calibration: Calibration;
}

/** A metric, with the topic of its events. */
export interface Asking {
  readonly metric: string;
  readonly topic: string;
}

/** Of the same load, before what is measured. */
export const WARM_UP_MS = 10_000;

/** Broker, store and ingest of which every partition has a ledger; `profile`: folder for a CPU profile of ingest. */
export async function startFreshet(
  cleanup: Cleanup,
  target: string,
  { asking, profile }: { readonly asking?: Asking | undefined; readonly profile?: string } = {},
): Promise<{ broker: Broker; store: Store; ingest: Running; catalogue: string }> {
  const broker = await startBroker(cleanup);
  await createTopics(broker.kafka);
  const store = await startStore(cleanup);
  const catalogue = catalogueWithTarget(cleanup, target, asking?.metric);
  const ingest = await startIngest(cleanup, broker, store, { catalogue, profile });
  await waitUntil('a ledger', async () => {
    ingest.requireAlive();
    return (await panesThrough(store).catch(() => new Map())).size >= 12;
  });
  return { broker, store, ingest, catalogue };
}

/** Measures after ten seconds of the same load. */
export function measureLive(
  eventsPerSecond: number,
  target: string,
  seconds: number,
  lookEveryMs: number,
  { asking, withBrowser = false }: { readonly asking?: Asking; readonly withBrowser?: boolean } = {},
): Promise<LiveFigure> {
  return cleaningUp(async (cleanup) => {
    const { broker, store, ingest, catalogue } = await startFreshet(cleanup, target, { asking });
    let paints: PaintWatch | undefined;
    if (withBrowser) {
      buildDashboard();
      const gateway = await startGateway(cleanup, broker, store, { FRESHET_CATALOG: catalogue });
      paints = await PaintWatch.open(cleanup, gateway.url);
    }
    const load = startLiveLoad(cleanup, broker.address, eventsPerSecond, seconds + WARM_UP_MS / 1e3);
    const watch = new VisibilityWatch(cleanup, store, lookEveryMs);
    await delay(WARM_UP_MS);
    const before = [usageOf(ingest.pid), usageOf(store.pid)] as const;
    const startedAt = performance.now();
    const memory: number[] = [];
    const sampling = setInterval(() => memory.push(residentBytes(ingest.pid)), 1_000);
    await load.ended.finally(() => clearInterval(sampling));
    const measuredSeconds = (performance.now() - startedAt) / 1e3;
    const after = [usageOf(ingest.pid), usageOf(store.pid)] as const;
    memory.push(residentBytes(ingest.pid));
    const ingestRssBytes = after[0].peakRssBytes;
    const quarter = Math.ceil(memory.length / 4);
    const spent = [0, 1].map(
      (index) => (after[index as 0 | 1].cpuSeconds - before[index as 0 | 1].cpuSeconds) / measuredSeconds,
    ) as [number, number];
    const latency = await watch.finish(load.file, WARM_UP_MS, asking?.topic);
    const painted = await paints?.finish(load.file, WARM_UP_MS);
    const figure: LiveFigure = {
      eventsPerSecond,
      target,
      ...(asking === undefined ? {} : { asking: asking.metric }),
      seconds: measuredSeconds,
      latency,
      lookEveryMs,
      cpuMicrosPerEvent: {
        ingest: (spent[0] * 1e6) / eventsPerSecond,
        clickhouse: (spent[1] * 1e6) / eventsPerSecond,
      },
      cores: spent[0] + spent[1],
      ingestRssBytes,
      ingestRssAtFirstBytes: mean(memory.slice(0, quarter)),
      ingestRssAtLastBytes: mean(memory.slice(-quarter)),
      ...(painted === undefined ? {} : { painted }),
      calibration: calibrate(),
    };
    console.log(
      `live: ${eventsPerSecond} events/s, target ${target}${asking ? ` of ${asking.metric}` : ''}: p50 ${latency.p50} ms, p99 ${latency.p99} ms, ` +
        (painted ? `painted p50 ${painted.p50} ms, p99 ${painted.p99} ms (${painted.count}), ` : '') +
        `CPU per event ingest ${figure.cpuMicrosPerEvent.ingest.toFixed(1)} µs + clickhouse ` +
        `${figure.cpuMicrosPerEvent.clickhouse.toFixed(1)} µs (${figure.cores.toFixed(2)} cores), ` +
        `ingest at most ${megabytes(ingestRssBytes)} MB (${megabytes(figure.ingestRssAtFirstBytes)} at first, ` +
        `${megabytes(figure.ingestRssAtLastBytes)} at last), load ${figure.calibration.loadAverage.toFixed(1)}`,
    );
    return figure;
  });
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
