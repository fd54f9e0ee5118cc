import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createMetricStore, migrate, previewSql } from '@freshet/clickhouse';
import { previewSchema, type Preview } from '@freshet/live-protocol';
import { factsOf, orderPlaced, startTestStore, type TestStore } from '@freshet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkCatalogue } from '../catalogue.js';
import { workspaceRoot } from '../config.js';
import { catalogPreview } from './preview.js';

const folder = mkdtempSync(join(tmpdir(), 'freshet-preview-'));
const catalogue = join(folder, 'catalog');
const MINUTE = 60_000;
const NOW_MS = Math.floor(Date.now() / MINUTE) * MINUTE;
let store: TestStore;

beforeAll(async () => {
  cpSync(join(workspaceRoot, 'catalog'), catalogue, { recursive: true });
  store = await startTestStore();
  const { contracts, metrics } = checkCatalogue(catalogue);
  await migrate({ client: store.client, contracts, metrics });
  const orders = contracts.find(({ name }) => name === 'orders')!;
  // One order in the oldest minute, two in the next, and so on.
  const events = Array.from({ length: 8 }, (_, minute) =>
    Array.from({ length: minute + 1 }, (__, n) =>
      orderPlaced({ id: `${minute}/${n}`, timeMs: NOW_MS - (8 - minute) * MINUTE + n * 1000 }),
    ),
  ).flat();
  const source = { topic: 'orders', incarnation: 1, partition: 0 };
  await createMetricStore(store.client, contracts).writeFacts([
    factsOf(orders, source, events, { firstOffset: 0, logTimeMs: NOW_MS }),
  ]);
});
afterAll(async () => {
  await store?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(file: string, last?: string, nowMs = NOW_MS): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await catalogPreview(file, last === undefined ? {} : { last }, {
    env: {
      FRESHET_CATALOG: catalogue,
      FRESHET_DATA_DIR: folder,
      // Nobody: the link is a file.
      FRESHET_PORT: '9',
      CLICKHOUSE_URL: store.url,
      CLICKHOUSE_USER: 'freshet',
      CLICKHOUSE_PASSWORD: store.credentials.freshet,
    },
    print: (text) => lines.push(text),
    nowMs: () => nowMs,
    signal: new AbortController().signal,
  });
  return { code, out: lines.join('\n') };
}

/** A file outside of the catalogue, like one in it. */
function like(metric: string, ...changes: readonly (readonly [from: string | RegExp, to: string])[]): string {
  const text = changes.reduce(
    (before, [from, to]) => before.replace(from, to),
    readFileSync(join(catalogue, 'metrics', `${metric}.yaml`), 'utf8'),
  );
  const file = join(folder, 'file.yaml');
  writeFileSync(file, text);
  return file;
}

/** What the dashboard would show of the newest preview. */
async function stored(): Promise<Preview> {
  const [row] = await store.rows<{ id: string }>(
    'SELECT id FROM freshet.previews_log ORDER BY at DESC LIMIT 1',
  );
  const [found] = await store.rows<{ preview: string }>(previewSql(row!.id));
  return previewSchema.parse(JSON.parse(found!.preview));
}

describe('catalog preview', () => {
  it('draws a definition that is not in the catalogue over the facts of the last hours', async () => {
    const { code, out } = await run(like('orders', ['name: orders', 'name: orders_of_the_web']), '8m');
    expect(code).toBe(0);
    expect(out).toMatch(/^ *8 [┤┼].*╭/m);
    expect(out).toMatch(/^ *1 .*┼/m);
    const link = /file:\/\/\S+/.exec(out)?.[0] ?? '';
    expect(readFileSync(fileURLToPath(link), 'utf8')).toMatch(
      /<polyline class="proposed" points="0\.0,281\.0 /,
    );
    expect(out).toContain('no gateway answers at');
    const { metric, steps, activeRevision } = await stored();
    expect(steps.map(({ proposed }) => proposed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([metric, activeRevision]).toEqual(['orders_of_the_web', undefined]);
  });

  it('draws a ratio of two metrics', async () => {
    const file = like(
      'orders',
      [
        'measure:\n  count: {}',
        'measure: { ratio: { numerator: { metric: orders }, denominator: { metric: orders } } }',
      ],
      ['name: orders', 'name: share'],
      [/^(source|filter|window|lateness|limits|replay): .*\n/gm, ''],
    );
    const { code, out } = await run(file, '8m');
    expect([code, out]).toEqual([0, expect.stringContaining('It does not count yet')]);
    expect((await stored()).steps.map(({ proposed }) => proposed)).toEqual(
      Array.from({ length: 8 }, () => 1),
    );
  });

  it('draws sessions, in the step in which they end', async () => {
    const file = like(
      'orders',
      ['window: { tumbling: 1m }', 'window: { session: { gap: 1m, by: channel }, every: 1m }'],
      ['dimensions: [channel, region]', 'dimensions: [region]'],
      ['  count: {}', '  sessions: {}'],
      [/^limits: .*\n/m, ''],
      [', splitBy: channel', ''],
    );
    const { code, out } = await run(file, '1h', NOW_MS + 10 * MINUTE);
    expect([code, out]).toEqual([0, expect.stringContaining('It does not count yet')]);
    const { steps } = await stored();
    expect(steps.reduce((sum, { proposed }) => sum + (proposed ?? 0), 0)).toBeGreaterThan(0);
  });

  it('draws days by the clock of the business, knows its tables', async () => {
    const file = like('orders', [/^window: .*$/m, 'window: { calendar: day }']);
    const { code, out } = await run(file, undefined, NOW_MS + 86_400_000);
    expect([code, out]).toEqual([0, expect.stringContaining('by the days of Europe/London')]);
    const { steps } = await stored();
    expect(steps.reduce((sum, { proposed }) => sum + (proposed ?? 0), 0)).toBe(36);
    expect(steps.length).toBeGreaterThan(10);
  });

  it('draws what is read now beside it', async () => {
    const { out } = await run(
      like('orders', ['dimensions: [channel, region]', 'dimensions: [channel]']),
      '8m',
    );
    expect(out).toContain('grey: what is read now');
    const { steps, activeRevision } = await stored();
    expect(steps.map(({ active }) => active)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(activeRevision).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(readdirSync(join(workspaceRoot, 'catalog/metrics')))(
    'draws %s, or says which facts are missing',
    async (name) => {
      const { code, out } = await run(join(catalogue, 'metrics', name), '8m');
      expect([code, out]).toEqual([
        0,
        expect.stringMatching(/does not count yet|There is no fact of \w+ yet|passes the filter/),
      ]);
    },
  );

  it('says why there is nothing to draw', async () => {
    const none = await run(like('orders', ['orders.order_placed', 'orders.order_cancelled']), '8m');
    expect(none.out).toContain('passes the filter: there is nothing to draw');
    const later = await run(join(catalogue, 'metrics/orders.yaml'), '8m', NOW_MS + 30 * MINUTE);
    expect(later.out).toMatch(
      /There is no fact of orders from .* on, the newest is of .*: look further back/,
    );
    const contract = readFileSync(join(catalogue, 'contracts/orders.yaml'), 'utf8');
    writeFileSync(
      join(catalogue, 'contracts/returns.yaml'),
      contract.replaceAll(/^(name|physicalName): .*$/gm, '$1: returns'),
    );
    const unknown = await run(like('orders', ['source: orders', 'source: returns']), '8m');
    expect(unknown).toEqual({
      code: 0,
      out: expect.stringContaining('There is no table of facts of returns yet'),
    });
  });

  it('says what is wrong with the file, and needs no other to be right', async () => {
    const { code, out } = await run(like('orders', ['owner: commerce-team', 'owner: comerce-team']));
    expect([code, out]).toEqual([1, expect.stringContaining('(nearest: "commerce-team")')]);
    writeFileSync(join(catalogue, 'metrics/broken.yaml'), 'kind: Metric');
    expect((await run(join(catalogue, 'metrics/orders.yaml'), '8m')).code).toBe(0);
  });
});
