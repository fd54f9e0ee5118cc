import { setTimeout as delay } from 'node:timers/promises';
import { startBroker } from '../broker.js';
import { cleaningUp } from '../cleanup.js';
import { buildRivals } from '../contestants/build-rivals.js';
import { startRival, STREAMS_100 } from '../contestants/jvm-rival.js';
import { createRivalTables } from '../contestants/rival-tables.js';
import { createTopics } from '../load/backlog.js';
import { startLiveLoad } from '../load/live-load.js';
import { calibrate, type Calibration } from '../measure/calibration.js';
import { ordersByWindow, untilCounted, type Sample } from '../measure/counted.js';
import { type Quantiles } from '../measure/latency.js';
import { usageOf } from '../measure/usage.js';
import { startStore } from '../store.js';

/** A rival at a steady rate. */
export interface RivalFigure {
  readonly title: string;
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** Milliseconds from the scheduled send of an order to the store's answer that counts it. */
  readonly latency: Quantiles;
  /** Of the rival and the store. */
  readonly cores: number;
  readonly calibration: Calibration;
}

/** Its application joins, and the JVM compiles, before anything is measured. */
const JOINING_MS = 10_000;
const WARM_UP_MS = 20_000;
/** What it has not stored by then after the last event is not in the figure. */
const AFTER_MS = 5_000;

/** Kafka Streams, exactly once, commits and results every 100 ms: from the scheduled send to its result in the store. */
export function measureStreams(
  eventsPerSecond: number,
  seconds: number,
  lookEveryMs: number,
): Promise<RivalFigure> {
  return cleaningUp(async (cleanup) => {
    buildRivals();
    const broker = await startBroker(cleanup);
    await createTopics(broker.kafka);
    const store = await startStore(cleanup);
    await createRivalTables(store);
    const { jvm, hear } = startRival(cleanup, STREAMS_100, broker.address, store, ['live']);
    await hear('ready');
    jvm.child.stdin?.write('pass\n');
    await delay(JOINING_MS);
    const load = startLiveLoad(cleanup, broker.address, eventsPerSecond, seconds + WARM_UP_MS / 1e3);
    const samples: Sample[] = [];
    let isWatching = true;
    const watching = (async () => {
      while (isWatching) {
        const rows = await store.rows<{ end: number; orders: number }>(
          `SELECT (toUnixTimestamp(minute) + 60) * 1000 AS end, sum(first) AS orders FROM freshet.results FINAL
           WHERE metric = 'orders' GROUP BY minute`,
        );
        for (const { end, orders } of rows) samples.push([Date.now(), end, orders]);
        await delay(lookEveryMs);
      }
    })();
    await delay(WARM_UP_MS);
    const before = [jvm.pid, store.pid].map((pid) => usageOf(pid).cpuSeconds);
    const startedAt = performance.now();
    await load.ended;
    const measuredSeconds = (performance.now() - startedAt) / 1e3;
    const spent = [jvm.pid, store.pid].map((pid, index) => usageOf(pid).cpuSeconds - (before[index] ?? 0));
    await delay(AFTER_MS);
    isWatching = false;
    await watching;
    jvm.requireAlive();
    const figure: RivalFigure = {
      title: STREAMS_100.title,
      eventsPerSecond,
      seconds: measuredSeconds,
      latency: untilCounted(ordersByWindow(load.file), samples, WARM_UP_MS),
      cores: spent.reduce((sum, each) => sum + each, 0) / measuredSeconds,
      calibration: calibrate(),
    };
    const { p50, p99, count } = figure.latency;
    console.log(
      `latency: ${figure.title}: p50 ${p50} ms, p99 ${p99} ms (${count}), ${figure.cores.toFixed(2)} cores, ` +
        `load ${figure.calibration.loadAverage.toFixed(1)}`,
    );
    return figure;
  });
}
