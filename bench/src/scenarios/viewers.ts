import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startBroker } from '../broker.js';
import { cleaningUp } from '../cleanup.js';
import { createTopics } from '../load/backlog.js';
import { startViewers, type Seen } from '../load/viewers-process.js';
import { calibrate, type Calibration } from '../measure/calibration.js';
import { usageOf } from '../measure/usage.js';
import { type Options } from '../options.js';
import { root, temporaryFolder } from '../places.js';
import { startProgram } from '../processes.js';
import { startStore, type Store } from '../store.js';
import { catalogueWithTarget, panesThrough, startGateway, startIngest } from '../system.js';
import { waitUntil } from '../waiting.js';

interface ViewersFigure {
  readonly sockets: number;
  readonly subscriptions: number;
  readonly seen: Seen;
  readonly gatewayCores: number;
  readonly cpuMicrosPerUpdate: number;
  /** Of all that the gateway asked: does not grow with viewers. */
  readonly storeQueriesPerSecond: number;
  readonly clickhouseCores: number;
  readonly gatewayRssBytes: number;
  readonly calibration: Calibration;
}

export interface ViewersResult {
  readonly figures: readonly ViewersFigure[];
}

const AUDIENCES = [10, 100, 1_000];
const QUICK_AUDIENCES = [10, 100];
const SUBSCRIPTIONS = 10;
/** Several, because one user may open a hundred sockets. */
const USERS = 11;
const RATE = 500;
/** For five updates a second and more: ingest flushes and the gateway reads four times in that when nothing else runs. */
const TARGET = '600ms';
const WARM_UP_MS = 12_000;

/** Sockets × subscriptions at one gateway, with changes that never end. */
export async function runViewers({ seconds, quick }: Options): Promise<ViewersResult> {
  const figures: ViewersFigure[] = [];
  for (const sockets of quick ? QUICK_AUDIENCES : AUDIENCES)
    figures.push(await measureViewers(sockets, seconds));
  return { figures };
}

function measureViewers(sockets: number, seconds: number): Promise<ViewersFigure> {
  return cleaningUp(async (cleanup) => {
    const broker = await startBroker(cleanup);
    await createTopics(broker.kafka);
    const store = await startStore(cleanup);
    const folder = temporaryFolder('viewers');
    cleanup.add(folder.remove);
    const catalogue = catalogueWithTarget(cleanup, TARGET);
    const ingest = await startIngest(cleanup, broker, store, { catalogue });
    await waitUntil('a ledger', async () => {
      ingest.requireAlive();
      return (await panesThrough(store).catch(() => new Map())).size >= 12;
    });
    const tokens = Array.from({ length: USERS }, () => randomBytes(16).toString('hex'));
    const tokensFile = join(folder.path, 'tokens.json');
    writeFileSync(
      tokensFile,
      JSON.stringify({
        tokens: tokens.map((token, index) => ({
          name: `viewer-${index}`,
          role: 'viewer',
          sha256: createHash('sha256').update(token).digest('hex'),
        })),
      }),
      { mode: 0o600 },
    );
    const gateway = await startGateway(cleanup, broker, store, {
      FRESHET_CATALOG: catalogue,
      FRESHET_TOKENS_FILE: tokensFile,
    });
    const total = seconds + WARM_UP_MS / 1e3;
    startProgram(cleanup, 'load', process.execPath, [
      `${root}/bench/dist/bench/src/load/produce-live.js`,
      broker.address,
      String(RATE),
      String(total + 15),
      join(folder.path, 'sent'),
    ]);
    const { seen } = startViewers(cleanup, gateway.url, {
      sockets,
      subscriptions: SUBSCRIPTIONS,
      seconds: total,
      tokens,
    });
    await delay(WARM_UP_MS);
    const before = [usageOf(gateway.pid), usageOf(store.pid)] as const;
    const queriesBefore = await selects(store);
    const startedAt = performance.now();
    const saw = await seen;
    const wallSeconds = (performance.now() - startedAt) / 1e3;
    const after = [usageOf(gateway.pid), usageOf(store.pid)] as const;
    const gatewaySeconds = after[0].cpuSeconds - before[0].cpuSeconds;
    const figure: ViewersFigure = {
      sockets,
      subscriptions: SUBSCRIPTIONS,
      seen: saw,
      gatewayCores: gatewaySeconds / wallSeconds,
      cpuMicrosPerUpdate: (gatewaySeconds * 1e6) / (saw.updatesPerSecond * wallSeconds),
      storeQueriesPerSecond: ((await selects(store)) - queriesBefore) / wallSeconds,
      clickhouseCores: (after[1].cpuSeconds - before[1].cpuSeconds) / wallSeconds,
      gatewayRssBytes: after[0].peakRssBytes,
      calibration: calibrate(),
    };
    console.log(
      `viewers: ${saw.connected}/${sockets} × ${SUBSCRIPTIONS}: ${Math.round(saw.updatesPerSecond)} updates/s, ` +
        `gateway ${figure.gatewayCores.toFixed(2)} cores, ${figure.cpuMicrosPerUpdate.toFixed(1)} µs an update, ` +
        `latency p99 ${saw.latency.p99} ms, ${figure.storeQueriesPerSecond.toFixed(1)} queries/s, ` +
        `errors ${JSON.stringify(saw.errors)}`,
    );
    return figure;
  });
}

async function selects(store: Store): Promise<number> {
  const [row] = await store.rows<{ count: number }>(
    `SELECT sum(value) AS count FROM system.events WHERE event = 'SelectQuery'`,
  );
  return row?.count ?? 0;
}
