import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert, Preview } from '@freshet/live-protocol';
import { until } from '@freshet/testkit';
import { expect } from 'vitest';
import type { System } from '../system.js';

/** Where the commands of the docs are tried. */
export interface Here {
  readonly system: System;
  /** For what they write. */
  readonly folder: string;
  /** Name of a dead letter of topic orders. */
  letter(): Promise<string>;
}

/** A command of the docs that is run as it stands. */
export interface Tried {
  /** What stands in the docs for something of the reader's own, and what it is here. */
  readonly with?: (here: Here) => Promise<Readonly<Record<string, string>>>;
  /** Exit code, 0 unless said. */
  readonly code?: number;
  /** What it prints. */
  readonly says: RegExp;
  /** It runs until it is stopped, which is done when it has said that. */
  readonly stops?: true;
  /** Waits for what the docs say that it does. */
  readonly does?: (here: Here, said: string) => Promise<void> | void;
}

const RULES = 'docker/prometheus/freshet.rules.yaml';
const DIFFERS_NOWHERE = /\norders +\d+ +\d+ +0\n[^]*No difference\./;
const asLetter = async (here: Here) => ({ 'orders/1/3/42': await here.letter() });

async function seriesOfShop({ system }: Here, name: string): Promise<number> {
  const port = Number(system.env['FRESHET_PORT']) + 2;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** In the order in which they are run: what changes numbers comes last. Both ways to the command line are `freshet`. */
export const TRIED: Readonly<Record<string, Tried>> = {
  'freshet doctor': { says: /proven[^]*orders_log/ },
  'freshet audit': { says: DIFFERS_NOWHERE },
  'freshet audit --metric gross_revenue --from 7d': { says: /\ngross_revenue +\d+ +\d+ +0\n/ },
  'freshet audit --no-log': { says: DIFFERS_NOWHERE },
  'freshet audit --every 15m --from 1h': { says: DIFFERS_NOWHERE, stops: true },
  'freshet catalog check': { says: /, 0 problems[^]*What runs is the same\./ },
  'freshet catalog explain orders': { says: /What it says[^]*Who depends on it/ },
  'freshet catalog preview catalog/metrics/orders.yaml': {
    says: /does not count yet[^]*\/previews\/\S+ \(kept for a day\)/,
    does: async ({ system }, said) => {
      const id = /\/previews\/(\S+)/.exec(said)?.[1] ?? '';
      const preview = await system.get<Preview>(`/api/previews/${id}`);
      expect(preview.steps.some(({ proposed }) => (proposed ?? 0) > 0)).toBe(true);
    },
  },
  'freshet catalog promote orders': { code: 1, says: /Ask for one: freshet catalog promote orders REVISION/ },
  'freshet alerts rules': { says: /^groups:/m },
  'freshet alerts rules --check': { says: /is current/ },
  [`freshet alerts rules --out ${RULES}`]: {
    with: ({ folder }) => Promise.resolve({ [RULES]: join(folder, 'rules.yaml') }),
    says: /^$/,
    does: ({ folder }) => {
      expect(readFileSync(join(folder, 'rules.yaml'), 'utf8')).toBe(readFileSync(RULES, 'utf8'));
    },
  },
  'freshet cluster --name my_cluster > cluster.sql': {
    with: ({ folder }) => Promise.resolve({ 'cluster.sql': join(folder, 'cluster.sql') }),
    says: /^$/,
    does: ({ folder }) => {
      expect(readFileSync(join(folder, 'cluster.sql'), 'utf8')).toContain("ON CLUSTER 'my_cluster'");
    },
  },
  'freshet dlq list --topic orders --from 2h': { says: /\norders\/1\/\d+\/\d+ / },
  'freshet dlq show orders/1/3/42': { with: asLetter, says: /origin +topic orders, life 1/ },
  'freshet dlq redrive orders/1/3/42': { with: asLetter, says: /1 letters would be sent back/ },
  'freshet dlq redrive --topic orders --reason enum --apply --rate 20': { says: /1 letters were sent back/ },
  'freshet shop --help': { says: /incident list \| incident end/ },
  'freshet shop --rate 5000 --seed 7 --dirt high': {
    // As many would take the machine from the tests beside it.
    with: () => Promise.resolve({ '--rate 5000': '--rate 50' }),
    says: /The shop opens/,
    stops: true,
  },
  'freshet shop incident provider-outage --provider PayPal --minutes 3': {
    says: /provider-outage runs until 20/,
    does: async (here) => expect(await seriesOfShop(here, 'freshet_shop_incidents_running')).toBe(1),
  },
  'freshet correct --topic orders --from 7d': { says: /Nothing is counted twice\./ },
  'freshet correct --topic orders --from 7d --apply': { says: /Nothing is counted twice\./ },
  // The drill of the audit: a number that is not the sum of its events.
  'curl "http://127.0.0.1:8123/" -u "freshet:$(node -p "require(\'./.freshet/clickhouse/credentials.json\').freshet")" -d "INSERT INTO freshet.metric_panes SELECT * REPLACE (arrayMap(x -> x + 1, sums) AS sums, events + 1 AS events) FROM freshet.metric_panes FINAL WHERE metric = \'orders\' AND pane_start < now() - INTERVAL 30 MINUTE ORDER BY pane_start DESC LIMIT 1"':
    {
      with: ({ system }) =>
        Promise.resolve({ 'http://127.0.0.1:8123': system.clickHouseUrl, './.freshet': system.dataDir }),
      says: /^(?![^]*Code: )/,
    },
  'freshet audit --metric orders --from 2h --no-log': {
    code: 1,
    says: /orders[^]*chunk/,
    does: async ({ system }) => {
      const open = async () => {
        const { alerts } = await system.get<{ alerts: Alert[] }>('/api/alerts');
        return alerts.some(({ key }) => key === 'audit/panes/orders');
      };
      await until(open, { deadlineMs: 60_000 });
    },
  },
};

/** What is not run here, and where it is. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'npm start':
    'tests/system.ts starts what it starts, `freshet up`; here it would take the ports of whoever tests',
  'npm test': 'runs this',
  'npm run lint && npm run format:check && npm run unused': '`npm test` runs the three, before this',
  'npx vitest run libs/windowing': '`npm test` runs these tests, too',
  'npm run test:browser': '`npm test` runs these tests, too',
  'freshet drill broker-paused': 'apps/cli/src/drills/drills.spec.ts holds it',
  'freshet drill all --own':
    'takes half an hour; apps/cli/src/drills/drills.spec.ts holds some of them, in such a system',
  'npm run bench -- --quick': 'takes minutes, and a quiet machine',
  'npm run bench': 'takes hours',
  'npm run bench -- --quick --only live': 'takes minutes, and a quiet machine',
  'npm run bench -- --only latency': 'takes minutes, and a quiet machine',
  'npm run bench -- --only start --tests': 'runs all tests in a clone',
  'npm run bench -- --only backlog --contestants freshet,kafka-engine-tuned --accept':
    'takes minutes, and replaces accepted results',
  'npm run bench -- --report': 'replaces docs/performance.md by accepted results',
  'npx vite': 'a server for whoever changes the dashboard',
  'npx vite build': '`npm start` and `npm test` build it so',
  'cp docker/tokens.example.yaml docker/tokens.yaml': 'the example is checked by tools/compose.spec.ts',
  'FRESHET_STORE_PASSWORD=choose-one docker compose -f docker/compose.yaml up --build':
    'needs Docker; tools/compose.spec.ts checks the file',
  'clickhouse-client --multiquery < cluster.sql':
    'needs a cluster; libs/testkit/src/clickhouse/cluster.spec.ts checks the statements',
};
