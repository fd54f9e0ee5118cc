import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@freshet/embedded';
import { type Broker } from './broker.js';
import { type Cleanup } from './cleanup.js';
import { root, temporaryFolder } from './places.js';
import { startApp, type Running } from './processes.js';
import { type Store } from './store.js';
import { waitUntil } from './waiting.js';

const CATALOGUE = join(root, 'catalog');
/** Three topics and eight metrics are what is loaded and what rivals count; the rest of the catalogue is left out. */
const LEFT_OUT = [
  'contracts/support.yaml',
  'contracts/inventory.yaml',
  'contracts/customers.yaml',
  'metrics/support-backlog.yaml',
  'metrics/inventory-level.yaml',
  'metrics/risk-exposure.yaml',
];

/** As the launcher and docker/compose.yaml start it. */
const INGEST_NODE_OPTIONS = [
  '--single-threaded-gc',
  '--interrupt-budget=600000',
  '--heap-growing-percent=100',
  '--max-semi-space-size=8',
];

const INGEST_MEMORY = { MALLOC_MMAP_THRESHOLD_: '262144', MALLOC_TRIM_THRESHOLD_: '1048576' };

/** A copy of what is compared of the repository's catalogue. */
export function comparedCatalogue(cleanup: Cleanup): string {
  const folder = temporaryFolder('catalogue');
  cleanup.add(folder.remove);
  cpSync(CATALOGUE, folder.path, { recursive: true });
  for (const name of LEFT_OUT) rmSync(join(folder.path, name));
  return folder.path;
}

/** A copy in which every metric, or only `asking`, asks for `target`, e.g. `200ms`; the others keep their own. */
export function catalogueWithTarget(cleanup: Cleanup, target: string, asking?: string): string {
  const folder = comparedCatalogue(cleanup);
  const metrics = join(folder, 'metrics');
  for (const name of readdirSync(metrics)) {
    if (asking !== undefined && name !== `${asking.replaceAll('_', '-')}.yaml`) continue;
    const path = join(metrics, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/target: \w+/, `target: ${target}`));
  }
  return folder;
}

/** Starts ingest between a broker and a store. */
export function startIngest(
  cleanup: Cleanup,
  broker: Pick<Broker, 'address'>,
  store: Store,
  {
    catalogue = comparedCatalogue(cleanup),
    profile,
  }: { catalogue?: string; profile?: string | undefined } = {},
): Promise<Running> {
  return startApp(
    cleanup,
    'ingest',
    {
      KAFKA_BROKERS: broker.address,
      CLICKHOUSE_URL: store.url,
      CLICKHOUSE_USER: 'freshet',
      CLICKHOUSE_PASSWORD: store.password('freshet'),
      FRESHET_CATALOG: catalogue,
      FRESHET_LOG_LEVEL: 'warn',
      ...INGEST_MEMORY,
    },
    [...INGEST_NODE_OPTIONS, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
  );
}

/** Starts the gateway over a store and resolves when it answers. */
export async function startGateway(
  cleanup: Cleanup,
  broker: Broker,
  store: Store,
  env: Readonly<Record<string, string>>,
): Promise<Running & { readonly url: string }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const gateway = await startApp(cleanup, 'gateway', {
    FRESHET_PORT: String(port),
    KAFKA_BROKERS: broker.address,
    CLICKHOUSE_URL: store.url,
    CLICKHOUSE_USER: 'gateway',
    CLICKHOUSE_PASSWORD: store.password('gateway'),
    FRESHET_LOG_LEVEL: 'warn',
    ...env,
  });
  await waitUntil('an answer of the gateway', async () => {
    gateway.requireAlive();
    // Any answer: without an event yet, its health may well be bad.
    return fetch(`${url}/api/health`).then(
      () => true,
      () => false,
    );
  });
  return { ...gateway, url };
}

/**
 * How far the panes are stored: last offset by `topic/partition`. The highest of all chunks, which in a new store is what
 * `source_progress` says, at a third of the cost: the looks are not to take the store's time from what is measured.
 */
export async function panesThrough(store: Store): Promise<Map<string, number>> {
  const rows = await store.rows<{ place: string; through: number }>(
    `SELECT concat(topic, '/', toString(partition)) AS place, max(panes_through) AS through
     FROM freshet.ledger_log GROUP BY place`,
  );
  return new Map(rows.map(({ place, through }) => [place, through]));
}
