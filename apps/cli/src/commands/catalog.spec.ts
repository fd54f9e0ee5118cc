import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { migrate } from '@freshet/clickhouse';
import { startTestStore, type TestStore } from '@freshet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { checkCatalogue } from '../catalogue.js';
import { workspaceRoot } from '../config.js';
import type { Surroundings } from '../operations/surroundings.js';
import { catalogCheck } from './catalog.js';
import { catalogExplain } from './explain.js';

const folder = mkdtempSync(join(tmpdir(), 'freshet-catalogue-'));
const catalogue = join(folder, 'catalog');
let store: TestStore;

beforeAll(async () => {
  cpSync(join(workspaceRoot, 'catalog'), catalogue, { recursive: true });
  store = await startTestStore();
  const { contracts, metrics } = checkCatalogue(catalogue);
  await migrate({ client: store.client, contracts, metrics });
});
afterAll(async () => {
  await store?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(
  command: (surroundings: Surroundings) => number | Promise<number>,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await command({
    env: {
      FRESHET_CATALOG: catalogue,
      FRESHET_DATA_DIR: folder,
      CLICKHOUSE_URL: store.url,
      CLICKHOUSE_USER: 'freshet',
      CLICKHOUSE_PASSWORD: store.credentials.freshet,
      ...env,
    },
    print: (text) => lines.push(text),
    nowMs: () => Date.now(),
    signal: new AbortController().signal,
  });
  return { code, out: lines.join('\n') };
}

/** Changes a file for the length of `work`. */
async function edited(file: string, from: string, to: string, work: () => Promise<void>): Promise<void> {
  const path = join(catalogue, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`not in ${file}: ${from}`);
  writeFileSync(path, text.replace(from, to));
  try {
    await work();
  } finally {
    writeFileSync(path, text);
  }
}

describe('catalog check', () => {
  it('finds the example right, and the same as what runs', async () => {
    const { code, out } = await run((at) => catalogCheck(undefined, {}, at));
    expect([code, out]).toEqual([0, expect.stringMatching(/ 0 problems in .*\nWhat runs is the same\.$/)]);
  });

  it('says file, line, column, the nearest name and what to do', async () => {
    await edited('metrics/orders.yaml', 'owner: commerce-team', 'owner: comerce-team', async () => {
      const { code, out } = await run((at) => catalogCheck(undefined, {}, at));
      expect(code).toBe(1);
      expect(out).toContain(
        'metrics/orders.yaml:7:8: owner: there is no team "comerce-team" (nearest: "commerce-team")',
      );
    });
  });

  it('tells compatible from breaking changes, and what becomes of metrics', async () => {
    await edited('contracts/payments.yaml', 'maximum: 3600000', 'maximum: 7200000', async () => {
      const { code, out } = await run((at) => catalogCheck(undefined, {}, at));
      expect(code).toBe(0);
      expect(out).toContain(
        'contract payments: compatible: field latencyMs: maximum was 3600000, is 7200000',
      );
      expect(out).toMatch(/metric payment_latency_p95: changed, \w+ → \w+; counted from the past/);
    });
    await edited('contracts/payments.yaml', 'maximum: 3600000', 'maximum: 60000', async () => {
      const { code, out } = await run((at) => catalogCheck(undefined, {}, at));
      expect(code).toBe(1);
      expect(out).toContain('contract payments: breaking: field latencyMs: maximum');
      expect(out).toContain('does not announce the break');
    });
  });

  it('goes without a store', async () => {
    const { code, out } = await run((at) => catalogCheck(undefined, {}, at), {
      CLICKHOUSE_URL: 'http://127.0.0.1:9',
    });
    expect([code, out]).toEqual([0, expect.stringContaining('Not compared with what runs')]);
  });
});

it('catalog explain says what it means and shows all that is made of it', async () => {
  const { code, out } = await run((at) => catalogExplain('checkout_failure_rate', at));
  expect(code).toBe(0);
  expect(out).toContain('for each provider and region');
  expect(out).toContain('over the last 5 minutes, every 1 minute by the time of the event');
  expect(out).toContain('view freshet.payments: type');
  expect(out).toContain('docs/runbooks/checkout-failure-rate.md');
  expect(out).toContain('accumulate');
  expect(out).toMatch(/── The same numbers from the facts, as SQL\nSELECT/);
  await expect(run((at) => catalogExplain('checkout_failures', at))).rejects.toThrow(
    /nearest: "checkout_failure_rate"/,
  );
});

it('catalog explain tells of a ratio of two metrics what it is made of', async () => {
  writeFileSync(
    join(catalogue, 'metrics', 'clicks-an-order.yaml'),
    `apiVersion: freshet/v1
kind: Metric
name: clicks_an_order
title: Clicks an order
owner: growth-team
measure: { ratio: { numerator: { metric: page_views }, denominator: { metric: orders } } }
freshness: { target: 2s, objective: 99.5% }
runbook: docs/runbooks/page-views.md
`,
  );
  const { out } = await run((at) => catalogExplain('clicks_an_order', at));
  expect(out).toContain('metric page_views: ');
  expect(out).toContain('whoever reads metrics.clicks_an_order');
  expect(out).toMatch(/── The same numbers from the facts, as SQL\nSELECT/);
  const part = await run((at) => catalogExplain('orders', at));
  expect(part.out).toContain('metric clicks_an_order (growth-team)');
});
