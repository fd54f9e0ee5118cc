import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@freshet/clickhouse';
import { loadContracts } from '@freshet/contracts';
import { freePort } from '@freshet/embedded';
import { alertsSchema, freshnessListSchema, type Alert } from '@freshet/live-protocol';
import { loadMetrics } from '@freshet/metrics';
import { startTestStore, type TestStore } from '@freshet/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const CATALOGUE = fileURLToPath(new URL('../../../catalog', import.meta.url));
/** Compiled by `npm test` before. */
const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** What is promised; a test that runs beside others on a small machine waits longer before it fails. */
const PROMISED_MS = 15_000;
const wait = { timeout: 120_000, interval: 100 };
/** Nothing was ever stored: one cause that both see. */
const KEY = 'stale/never/ingest';

interface Gateway {
  readonly process: ChildProcess;
  readonly url: string;
}

const folder = mkdtempSync(join(tmpdir(), 'freshet-takeover-'));
const started: Gateway[] = [];
let store: TestStore;

beforeAll(async () => {
  store = await startTestStore();
  const catalog = join(folder, 'catalog');
  cpSync(CATALOGUE, catalog, { recursive: true });
  for (const name of readdirSync(join(catalog, 'metrics'))) {
    const file = join(catalog, 'metrics', name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/actionWindow: \w+/, 'actionWindow: 5s'));
  }
  const { contracts } = loadContracts(join(catalog, 'contracts'));
  const { metrics } = loadMetrics(join(catalog, 'metrics'), contracts);
  await migrate({ client: store.client, contracts, metrics });
});

afterAll(async () => {
  for (const { process: child } of started) child.kill('SIGKILL');
  await store?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway process; resolves when it answers. */
async function start(): Promise<Gateway> {
  const port = await freePort();
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      FRESHET_PORT: String(port),
      FRESHET_CATALOG: join(folder, 'catalog'),
      CLICKHOUSE_URL: store.url,
      CLICKHOUSE_PASSWORD: store.credentials.gateway,
    },
  });
  const gateway = { process: child, url: `http://127.0.0.1:${port}` };
  started.push(gateway);
  await vi.waitFor(() => fetch(`${gateway.url}/api/health`), wait);
  return gateway;
}

async function get(gateway: Gateway, path: string): Promise<unknown> {
  const answer = await fetch(`${gateway.url}${path}`, { signal: AbortSignal.timeout(5_000) });
  return answer.json();
}

const evaluates = async (gateway: Gateway): Promise<boolean> =>
  freshnessListSchema.parse(await get(gateway, '/api/freshness')).evaluator.isHere;

async function firingAt(gateway: Gateway): Promise<Alert> {
  const { alerts } = alertsSchema.parse(await get(gateway, '/api/alerts'));
  const found = alerts.filter(({ key, status }) => key === KEY && status !== 'resolved');
  expect(found).toMatchObject([{ status: 'firing' }]);
  return found[0] as Alert;
}

/** Waits until it evaluates and has judged the alert itself; says for how long nobody did. */
async function takesOver(gateway: Gateway, sinceMs: number): Promise<Alert> {
  const alert = await vi.waitFor(async () => {
    expect(await evaluates(gateway)).toBe(true);
    const found = await firingAt(gateway);
    expect(found.evaluatedAtMs).toBeGreaterThan(sinceMs);
    return found;
  }, wait);
  const tookMs = alert.evaluatedAtMs - sinceMs;
  process.stdout.write(
    `taken over within ${(tookMs / 1000).toFixed(1)} s (promised: ${PROMISED_MS / 1000} s)\n`,
  );
  expect(tookMs).toBeLessThan(PROMISED_MS * 4);
  return alert;
}

it('one of two gateways evaluates; the other goes on with the same alert when it is killed, and when it hangs', async () => {
  const first = await start();
  await vi.waitFor(async () => expect(await evaluates(first)).toBe(true), wait);
  const { id } = await vi.waitFor(() => firingAt(first), wait);

  const second = await start();
  // What the other one stored is seen here, too.
  await vi.waitFor(async () => expect((await firingAt(second)).id).toBe(id), wait);
  expect([await evaluates(first), await evaluates(second)]).toEqual([true, false]);
  first.process.kill('SIGKILL');
  expect((await takesOver(second, Date.now())).id).toBe(id);

  const third = await start();
  await vi.waitFor(async () => expect((await firingAt(third)).id).toBe(id), wait);
  second.process.kill('SIGSTOP');
  expect((await takesOver(third, Date.now())).id).toBe(id);
  second.process.kill('SIGCONT');
  await vi.waitFor(
    async () => expect([await evaluates(second), await evaluates(third)]).toEqual([false, true]),
    wait,
  );
  await vi.waitFor(async () => expect((await firingAt(second)).id).toBe(id), wait);

  const occurrences = await store.rows<{ id: string }>(
    `SELECT DISTINCT id FROM freshet.alerts_log WHERE key = '${KEY}'`,
  );
  expect(occurrences).toEqual([{ id }]);
});
