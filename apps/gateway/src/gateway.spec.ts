import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createArchiveStore, createFreshnessStore, createMetricStore, migrate } from '@freshet/clickhouse';
import { writeAudits } from '@freshet/clickhouse/operations';
import { loadContracts } from '@freshet/contracts';
import { LiveClient, type ClientSocket } from '@freshet/live-client';
import {
  alertsSchema,
  evaluationsSchema,
  freshnessListSchema,
  healthSchema,
  metricsSchema,
  runbookSchema,
  objectivesSchema,
  serverMessageSchema,
  explainSchema,
  valuesSchema,
  type Alert,
  type FreshnessList,
  type Point,
} from '@freshet/live-protocol';
import { loadMetrics, type MetricDefinition } from '@freshet/metrics';
import { startTestStore, type TestStore } from '@freshet/testkit';
import { calendarStep } from '@freshet/windowing';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LocalAccess, readTokens } from './access/users.js';
import { loadCatalogue } from './catalogue/catalogue.js';
import { readConfig } from './config.js';
import { startGateway, type RunningGateway } from './start.js';
import { createRowReader, type RowReader } from './store/rows.js';

const CATALOGUE = fileURLToPath(new URL('../../../catalog', import.meta.url));
const MINUTE = 60_000;
const wait = { timeout: 60_000, interval: 50 };

/** A reader that can be cut off from the store. */
function cuttable(reader: RowReader): RowReader & { cut: boolean } {
  return {
    cut: false,
    rows<Row>(sql: string): Promise<Row[]> {
      return this.cut ? Promise.reject(new Error('connect ECONNREFUSED')) : reader.rows<Row>(sql);
    },
    close: () => reader.close(),
  };
}

describe('gateway on a real store', () => {
  let store: TestStore;
  let gateway: RunningGateway;
  let reader: ReturnType<typeof cuttable>;
  let metrics: readonly MetricDefinition[];
  let write: ReturnType<typeof createMetricStore>;
  const startMs = Math.floor(Date.now() / MINUTE) * MINUTE - 30 * MINUTE;
  const folder = mkdtempSync(join(tmpdir(), 'freshet-gateway-'));

  beforeAll(async () => {
    store = await startTestStore();
    const { contracts } = loadContracts(join(CATALOGUE, 'contracts'));
    metrics = loadMetrics(join(CATALOGUE, 'metrics'), contracts).metrics;
    const config = readConfig({
      FRESHET_PORT: '0',
      CLICKHOUSE_URL: store.url,
      CLICKHOUSE_PASSWORD: store.credentials.gateway,
    });
    const keeper = store.clientOf('gateway');
    reader = cuttable(createRowReader(config.clickhouse));
    gateway = await startGateway(config, {
      catalogue: loadCatalogue(CATALOGUE),
      catalogueDir: CATALOGUE,
      access: new LocalAccess(),
      store: reader,
      kept: createFreshnessStore(keeper),
      logEnds: undefined,
      log: pino({ level: 'silent' }),
    });
    // The gateway is there before the schema is: it waits for it.
    expect((await get('/api/health')).status).toBe(503);
    await migrate({ client: store.client, contracts, metrics });
    write = createMetricStore(store.client, contracts);
  }, 120_000);

  afterAll(async () => {
    await gateway?.stop();
    await store?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(gateway.url + path, { headers });

  /** Orders of partition 0 up to `through`: `count` in the minute, by channel. */
  async function flush(
    through: number,
    counts: readonly (readonly [minute: number, channel: string, count: number])[],
  ) {
    const source = { topic: 'orders', incarnation: 1, partition: 0 };
    const metric = metrics.find(({ name }) => name === 'orders') as MetricDefinition;
    const nowMs = Date.now();
    const rows = counts.map(([minute, channel, count]) => ({
      metric: metric.name,
      revision: metric.revision,
      paneStartMs: startMs + minute * MINUTE,
      dimensions: metric.dimensions.map(({ name }) => (name === 'channel' ? channel : 'DACH')),
      events: count,
      lateEvents: 0,
      partial: false,
      sums: [BigInt(count)],
      extremes: [],
      lastTimesMs: [],
      lastOffsets: [],
      buckets: undefined,
      newHashes: undefined,
    }));
    await write.writePanes([{ source, chunk: 0, through, chunkLogTimeMs: startMs, rows }]);
    await write.writeLedger([
      {
        source,
        chunk: 0,
        panesThrough: through,
        factsThrough: through,
        end: -1,
        frontierMs: nowMs,
        lastLogTimeMs: nowMs,
        factsLogTimeMs: nowMs,
        provenAtMs: nowMs,
        last: undefined,
      },
    ]);
  }

  async function sqlValues(): Promise<[number, string, number][]> {
    const rows = await store.rows<{ start: number; channel: string; value: number }>(
      `SELECT toUnixTimestamp64Milli(window_start) AS start, channel, sum(value) AS value FROM metrics.orders
       GROUP BY start, channel ORDER BY start, channel`,
    );
    return rows.map(({ start, channel, value }) => [Number(start), channel, Number(value)]);
  }

  const seen = (points: readonly Point[]): [number, string, number | null][] =>
    points.map(({ start, series, value }) => [start, series[0] as string, value]);

  function client(origin?: string): LiveClient {
    const url = `${gateway.url.replace('http', 'ws')}/live`;
    return new LiveClient({
      url,
      socket: () => new WebSocket(url, origin === undefined ? {} : { origin }) as unknown as ClientSocket,
    });
  }

  const VALUES = '/api/metrics/orders/values?groupBy=channel';

  it('gives the same values by REST, WebSocket and SQL, and moves them', async () => {
    await flush(99, [
      [0, 'web', 4],
      [0, 'app', 2],
      [29, 'web', 7],
    ]);
    const live = client();
    live.connect();
    const orders = live.subscribe({
      metric: 'orders',
      groupBy: ['channel'],
      range: { kind: 'last', ms: 60 * MINUTE },
    });
    // Also while a slow machine is behind.
    const points = (): readonly Point[] => ('data' in orders.state ? (orders.state.data?.points ?? []) : []);
    await vi.waitFor(() => expect(seen(points())).toHaveLength(3), wait);
    const sql = await sqlValues();
    expect(sql).toEqual([
      [startMs, 'app', 2],
      [startMs, 'web', 4],
      [startMs + 29 * MINUTE, 'web', 7],
    ]);
    expect(seen(points())).toEqual(sql);
    const rest = valuesSchema.parse(await (await get(VALUES)).json());
    expect(seen(rest.points)).toEqual(sql);
    expect(rest.points[0]?.state).toBe('final');
    expect(rest.points[2]?.state).toBe('live');

    // Fresh is a claim about the last two seconds: on a slow machine it may have passed before it was read.
    await vi.waitFor(async () => {
      await flush(120, [
        [0, 'web', 4],
        [29, 'web', 9],
        [29, 'marketplace', 1],
      ]);
      const again = valuesSchema.parse(await (await get(VALUES)).json());
      expect(again.freshness.status).toBe('fresh');
    }, wait);
    await vi.waitFor(() => expect(seen(points())).toHaveLength(4), wait);
    expect(seen(points())).toEqual(await sqlValues());
    live.close();
  });

  it('reads the days of the business, and explains one', async () => {
    const days = valuesSchema.parse(await (await get('/api/metrics/orders/values?every=day')).json());
    expect(days.calendar).toEqual({ unit: 'day', timeZone: 'Europe/London' });
    const minutes = (await sqlValues()).reduce((sum, [, , value]) => sum + Number(value), 0);
    expect(minutes).toBeGreaterThan(0);
    expect(days.points.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(minutes);
    for (const { start, end, value } of days.points) {
      expect(calendarStep(days.calendar!, start)).toEqual({ startMs: start, endMs: end });
      const path = `/api/metrics/orders/explain?end=${end}&every=day`;
      const told = explainSchema.parse(await (await get(path)).json());
      expect(told.window).toMatchObject({ startMs: start, endMs: end });
      expect(told.stored?.value).toBe(value);
    }
  });

  it('explains an archived window by its facts, and what came late to it', async () => {
    const metric = metrics.find(({ name }) => name === 'page_views')!;
    const source = { topic: 'clickstream', incarnation: 1, partition: 0 };
    const oldMs = startMs - 3 * 86_400_000;
    const later = oldMs + 30 * MINUTE;
    const time = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
    const put = async (
      chunk: number,
      panes: readonly (readonly [ms: number, count: number, late: number])[],
    ) => {
      const rows = panes.map(([paneStartMs, events, lateEvents]) => ({
        ...{ metric: metric.name, revision: metric.revision, paneStartMs, dimensions: ['/'] },
        ...{ events, lateEvents, partial: false, sums: [BigInt(events)], extremes: [], lastTimesMs: [] },
        ...{ lastOffsets: [], buckets: undefined, newHashes: undefined },
      }));
      const times = panes.flatMap(([ms, events]) => Array.from({ length: events }, () => ms));
      const through = chunk + times.length - 1;
      await write.writePanes([{ source, chunk, through, chunkLogTimeMs: later, rows }]);
      await store.client.insert({
        table: 'freshet.clickstream_log',
        values: times.map((ms, index) => ({
          ...{ ...source, offset: chunk + index, chunk, log_time: time(later), event_time: time(ms) },
          ...{
            id_hash: String(chunk + index + 1),
            duplicate_of: -1,
            type: 'clickstream.page_viewed',
            page: '/',
          },
        })),
        format: 'JSONEachRow',
      });
      await store.client.insert({
        table: 'freshet.chunk_openings_log',
        values: [
          { ...source, chunk, claim: 1, opened_at: time(later), frontier_ms: chunk === 0 ? -1 : oldMs },
        ],
        format: 'JSONEachRow',
      });
      return { source, first: 0, chunk, through };
    };
    await put(0, [[oldMs, 4, 0]]);
    const last = await put(10, [
      [later, 1, 0],
      [oldMs, 2, 2],
    ]);
    const explained = async () => {
      const path = `/api/metrics/page_views/explain?end=${oldMs + MINUTE}`;
      return explainSchema.parse(await (await get(path)).json());
    };
    const before = await explained();
    expect(before).toMatchObject({ agreement: 'identical', stored: { value: 6, lateEvents: 2 } });
    expect(before.revised).toMatchObject({ before: { value: 4 }, lateEvents: 2 });
    expect(before.revised!.events.map(({ offset }) => offset)).toEqual([11, 12]);

    const archive = createArchiveStore(store.client);
    const parent = await archive.readHead(metric);
    const plan = { metric, parent, bounds: { beforeMs: later + MINUTE, sources: [last] }, openings: [] };
    await archive.writeArchive(plan, '77');
    await archive.writeHead(plan, '77');
    expect(await archive.removeArchived(metric, await archive.readHead(metric))).toBe(3);
    const after = await explained();
    // Which of a chunk's events were late is no more known of each chunk, but of the window; and which they are.
    expect(after.chunks.map(({ lateEvents }) => lateEvents)).toEqual([null, null]);
    const told = ({ chunks, ...rest }: typeof after) => ({
      ...rest,
      chunks: chunks.map((chunk) => ({ ...chunk, lateEvents: null, through: null })),
    });
    expect(told(after)).toEqual(told(before));
  });

  it('says that it cannot read instead of showing nothing, and comes back', async () => {
    const live = client();
    live.connect();
    const orders = live.subscribe({ metric: 'orders', range: { kind: 'last', ms: 60 * MINUTE } });
    await vi.waitFor(() => expect(orders.state.kind).not.toBe('loading'), wait);
    reader.cut = true;
    const failed = await get(VALUES);
    expect(failed.status).toBe(503);
    expect(await failed.json()).toMatchObject({
      status: 503,
      remedy: expect.stringContaining('/api/health'),
    });
    await vi.waitFor(
      () => expect(orders.state).toMatchObject({ kind: 'stale', freshness: { stage: 'store' } }),
      wait,
    );
    const unseen = live.subscribe({
      metric: 'orders',
      groupBy: ['region'],
      range: { kind: 'last', ms: 60 * MINUTE },
    });
    await vi.waitFor(() => expect(unseen.state).toMatchObject({ kind: 'error', code: 'unavailable' }), wait);
    const health = healthSchema.parse(await (await get('/api/health')).json());
    expect(health.checks['store']).toMatchObject({ status: 'red' });

    reader.cut = false;
    await flush(140, [[29, 'web', 11]]);
    await vi.waitFor(() => expect(unseen.state.kind).toBe('value'), wait);
    expect((await get(VALUES)).status).toBe(200);
    live.close();
  });

  it('describes its metrics, itself and its state', async () => {
    const list = metricsSchema.parse(await (await get('/api/metrics')).json());
    expect(list.metrics).toHaveLength(metrics.length);
    const openApi = (await (await get('/api/docs/openapi.json')).json()) as { paths: object };
    for (const path of [
      '/api/alerts',
      '/api/alerts/acknowledge',
      '/api/alerts/history',
      '/api/alerts/silence',
      '/api/freshness',
      '/api/health',
      '/api/maintenance',
      '/api/metrics',
      '/api/metrics/{name}',
      '/api/metrics/{name}/values',
      '/api/objectives',
      '/api/runbooks/{page}',
    ])
      expect(Object.keys(openApi.paths)).toContain(path);
    const prometheus = await (await get('/metrics')).text();
    expect(prometheus).toContain('freshet_metric_behind_seconds{metric="orders"}');
  });

  it('has the pages of the runbook, and no other file', async () => {
    const { text } = runbookSchema.parse(await (await get('/api/runbooks/stale-store')).json());
    expect(text).toMatch(/^# /);
    for (const page of ['none', '..%2Freference%2Fmetric', 'stale-store.md', '%00'])
      expect((await get(`/api/runbooks/${page}`)).status, page).toBe(404);
  });

  it('evaluates alerts, takes what people decide, and counts the seconds', async () => {
    const post = (path: string, body: object): Promise<Response> =>
      fetch(gateway.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const alerts = async (): Promise<Alert[]> =>
      alertsSchema.parse(await (await get('/api/alerts')).json()).alerts;
    const state = async (): Promise<FreshnessList> =>
      freshnessListSchema.parse(await (await get('/api/freshness')).json());
    await vi.waitFor(async () => expect((await state()).evaluator.isHere).toBe(true), wait);
    // Nothing of the other topics was ever read: one cause, all its metrics.
    const never = await vi.waitFor(async () => {
      const found = (await alerts()).find(({ key }) => key === 'stale/never/ingest');
      expect(found?.metrics).toContain('page_views');
      expect(found?.metrics).toContain('checkout_failure_rate');
      return found as Alert;
    }, wait);
    expect(never).toMatchObject({ severity: 'ticket', stage: 'ingest', owner: 'platform-team' });
    const acknowledged = await post('/api/alerts/acknowledge', {
      id: never.id,
      note: 'the shop is not on yet',
    });
    expect(acknowledged.status).toBe(200);
    const untilMs = Date.now() + 3_600_000;
    const silence = { key: never.key, untilMs, reason: 'no shop today' };
    expect((await post('/api/alerts/silence', silence)).status).toBe(200);
    await vi.waitFor(async () => {
      const found = (await alerts()).find(({ id }) => id === never.id);
      expect(found).toMatchObject({ acknowledged: { by: 'local' }, silenced: { untilMs } });
    }, wait);
    expect((await post('/api/alerts/acknowledge', { id: 'nothing' })).status).toBe(404);
    expect((await post('/api/alerts/silence', { key: never.key, untilMs })).status).toBe(400);
    const past = { fromMs: 1, untilMs: Date.now(), reason: 'too late' };
    expect((await post('/api/maintenance', past)).status).toBe(400);
    const declared = await post('/api/maintenance', {
      metrics: ['orders'],
      untilMs,
      reason: 'move of the store',
    });
    expect(declared.status).toBe(200);
    expect(await (await get('/api/maintenance')).json()).toMatchObject({
      exclusions: [{ kind: 'maintenance', by: 'local', reason: 'move of the store' }],
    });
    await vi.waitFor(async () => {
      const [row] = await store.rows<{ good: number; all: number }>(
        `SELECT toUInt32(countIf(good > 0)) AS good, toUInt32(countIf(bad > 0)) AS all
         FROM freshet.objective_slices_log WHERE metric = 'orders'`,
      );
      expect((row?.good ?? 0) + (row?.all ?? 0)).toBeGreaterThan(0);
    }, wait);
    const { objectives } = objectivesSchema.parse(await (await get('/api/objectives')).json());
    expect(objectives.find(({ metric }) => metric === 'orders')?.burn).toHaveLength(3);
    const history = evaluationsSchema.parse(
      await (await get(`/api/alerts/history?key=${encodeURIComponent(never.key)}`)).json(),
    );
    expect(history.evaluations.map(({ outcome }) => outcome)).toContain('bad');
  });

  it('says the same of freshness, windows and alerts by REST, socket and SQL', async () => {
    await flush(160, [[29, 'web', 12]]);
    const told: { metrics: FreshnessList['metrics']; alerts: readonly Alert[] }[] = [];
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/live`);
    socket.on('open', () => socket.send(JSON.stringify({ op: 'hello', protocol: 1 })));
    socket.on('message', (data: Buffer) => {
      const read = serverMessageSchema.parse(JSON.parse(data.toString()));
      if (read.op === 'freshness') told.push(read);
    });
    const live = client();
    live.connect();
    const orders = live.subscribe({ metric: 'orders', range: { kind: 'last', ms: 60 * MINUTE } });
    // Nothing is stored any more, so that all of them speak of the same moment.
    const [sql] = await store.rows<{ as_of: number }>(
      'SELECT toUnixTimestamp64Milli(max(as_of)) AS as_of FROM metrics.orders',
    );
    const asOfMs = Number(sql?.as_of);
    await vi.waitFor(async () => {
      const list = freshnessListSchema.parse(await (await get('/api/freshness')).json());
      const rest = valuesSchema.parse(await (await get('/api/metrics/orders/values')).json());
      const ofOrders = ({ metric }: { metric: string }): boolean => metric === 'orders';
      expect([
        list.metrics.find(ofOrders)?.asOfMs,
        rest.freshness.asOfMs,
        told.at(-1)?.metrics.find(ofOrders)?.asOfMs,
        'data' in orders.state ? orders.state.data?.asOfMs : undefined,
      ]).toEqual([asOfMs, asOfMs, asOfMs, asOfMs]);
      const windows = await store.rows<{ start: number; state: string; incomplete: boolean }>(
        `SELECT toUnixTimestamp64Milli(window_start) AS start, any(state) AS state, max(incomplete) AS incomplete
         FROM metrics.orders GROUP BY start ORDER BY start`,
      );
      const seenStates = (points: readonly Point[]): unknown =>
        points.map(({ start, state, incomplete }) => [start, state, Boolean(incomplete)]);
      const inSql = windows.map(({ start, state, incomplete }) => [
        Number(start),
        state,
        Boolean(incomplete),
      ]);
      expect([
        seenStates(rest.points),
        seenStates('data' in orders.state ? (orders.state.data?.points ?? []) : []),
      ]).toEqual([inSql, inSql]);
    }, wait);
    const words = ({ id, kind, status, stage, owner, metrics: named, runbook }: Alert): unknown => [
      ...[id, kind, status, stage, owner, runbook],
      [...named].sort(),
    ];
    await vi.waitFor(async () => {
      const isOpen = ({ key, status }: Alert): boolean =>
        key.startsWith('stale/never/') && status !== 'resolved';
      const { alerts } = alertsSchema.parse(await (await get('/api/alerts')).json());
      const rows = await store.rows<{ alert: Alert }>(
        `SELECT tuple(id, kind, status, stage, owner, runbook, arraySort(metrics)) AS alert FROM freshet.alerts
         WHERE startsWith(key, 'stale/never/') AND status != 'resolved' ORDER BY id`,
      );
      const byId = (a: Alert, b: Alert): number => (a.id < b.id ? -1 : 1);
      const rest = alerts.filter(isOpen).sort(byId).map(words);
      expect(rest.length).toBeGreaterThan(0);
      expect((told.at(-1)?.alerts ?? []).filter(isOpen).sort(byId).map(words)).toEqual(rest);
      expect(rows.map(({ alert }) => Object.values(alert))).toEqual(rest);
    }, wait);
    const objectives = objectivesSchema.parse(await (await get('/api/objectives')).json()).objectives;
    const kept = await store.rows<{ metric: string; target_ms: number; objective: number }>(
      'SELECT metric, toUInt32(target_ms) AS target_ms, objective FROM freshet.objective_compliance',
    );
    for (const row of kept) {
      const found = objectives.find(({ metric }) => metric === row.metric);
      expect([found?.targetMs, found?.objective]).toEqual([row.target_ms, row.objective]);
    }
    live.close();
    socket.terminate();
  });

  it('tells what audits found, until one of the same range finds nothing', async () => {
    const audited = (differences: number): Promise<void> =>
      writeAudits(store.client, [
        {
          ...{ run: `run-${differences}`, subject: 'page_views', kind: 'panes', compared: 40, differences },
          ...{ fromMs: startMs, toMs: startMs + 30 * MINUTE, details: [] },
        },
      ]);
    const ofAudits = async () =>
      alertsSchema
        .parse(await (await get('/api/alerts')).json())
        .alerts.filter(({ kind, status }) => kind === 'audit' && status !== 'resolved');
    await audited(3);
    await vi.waitFor(
      async () =>
        expect(await ofAudits()).toMatchObject([
          {
            key: 'audit/panes/page_views',
            metric: 'page_views',
            status: 'firing',
            runbook: 'docs/runbooks/audit.md',
          },
        ]),
      wait,
    );
    expect(await (await get('/metrics')).text()).toContain(
      'freshet_audit_differences{kind="panes",subject="page_views"} 3',
    );
    await audited(0);
    await vi.waitFor(async () => expect(await ofAudits()).toEqual([]), wait);
  });

  it('refuses what is wrong, with the remedy', async () => {
    const wrong: [string, number, string][] = [
      ['/api/metrics/ordrs', 404, 'Did you mean orders?'],
      [`${VALUES}&every=90s`, 400, 'multiple'],
      [`${VALUES}&from=yesterday`, 400, 'ISO 8601'],
      [`${VALUES}&foo=1`, 400, 'unknown parameter'],
      ['/api/metrics/orders/values?groupBy=colour', 400, 'no dimension'],
      [`${VALUES}&from=0`, 400, 'shorter range'],
    ];
    for (const [path, status, words] of wrong) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, status]);
      expect(await answer.text()).toContain(words);
    }
  });

  it('keeps foreign pages and bad frames out of the socket', async () => {
    const foreign = client('https://evil.example');
    foreign.connect();
    await vi.waitFor(() => expect(foreign.connection.kind).toBe('reconnecting'), wait);
    foreign.close();
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/live`);
    const answers: string[] = [];
    let closedWith: number | undefined;
    socket.on('message', (data: Buffer) => answers.push(data.toString()));
    socket.on('close', (code) => (closedWith = code));
    await vi.waitFor(() => expect(socket.readyState).toBe(socket.OPEN), wait);
    for (const frame of ['{', '{"op":"dance"}', '{"op":"ping","sentAtMs":1}']) socket.send(frame);
    await vi.waitFor(() => expect(answers).toHaveLength(3), wait);
    expect(answers[0]).toContain('not JSON');
    expect(answers[2]).toContain('first message must be hello');
    socket.send('x'.repeat(70_000));
    await vi.waitFor(() => expect(closedWith).toBe(1009), wait);
  });

  it('asks for a token where others can reach it', async () => {
    const file = join(folder, 'tokens.yaml');
    const sha256 = createHash('sha256').update('secret').digest('hex');
    const operatorHash = createHash('sha256').update('operators-secret').digest('hex');
    writeFileSync(
      file,
      `tokens:\n  - { name: anna, role: viewer, sha256: ${sha256} }\n  - { name: otto, role: operator, sha256: ${operatorHash} }\n`,
    );
    const env = { FRESHET_PORT: '0', FRESHET_HOST: '0.0.0.0', CLICKHOUSE_URL: store.url };
    expect(() => readConfig(env)).toThrow(/FRESHET_TOKENS_FILE is not set/);
    const config = readConfig({ ...env, FRESHET_TOKENS_FILE: file });
    const parts = {
      catalogue: loadCatalogue(CATALOGUE),
      catalogueDir: CATALOGUE,
      access: readTokens(file),
      store: reader,

      logEnds: undefined,
    };
    const open = await startGateway(config, {
      ...parts,
      store: { ...reader, close: async () => undefined },
      kept: createFreshnessStore(store.clientOf('gateway')),
      log: pino({ level: 'silent' }),
    });
    const url = open.url.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${url}/api/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/api/metrics`, { headers: { authorization: 'Bearer wrong' } })).status).toBe(
      401,
    );
    expect((await fetch(`${url}/api/metrics`, { headers: { authorization: 'Bearer secret' } })).status).toBe(
      200,
    );
    const decide = (token: string, path: string, body: object): Promise<Response> =>
      fetch(`${url}/api/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const untilMs = Date.now() + 60_000;
    const decisions: [string, object, number][] = [
      ['alerts/acknowledge', { id: 'stale/broker@1' }, 404],
      ['alerts/silence', { key: 'stale/broker', untilMs, reason: 'known' }, 200],
      ['maintenance', { metrics: ['orders'], untilMs, reason: 'new disk' }, 200],
    ];
    for (const [path, body, allowed] of decisions) {
      const refused = await decide('secret', path, body);
      expect([path, refused.status]).toEqual([path, 403]);
      const { detail, remedy } = (await refused.json()) as { detail: string; remedy: string };
      expect([detail, remedy]).toEqual([
        'anna may only look.',
        'Use a token with the role operator or admin.',
      ]);
      expect([path, (await decide('operators-secret', path, body)).status]).toEqual([path, allowed]);
    }
    const socket = (): ClientSocket =>
      new WebSocket(`${url.replace('http', 'ws')}/live`) as unknown as ClientSocket;
    const nobody = new LiveClient({ url: 'ws://x', socket });
    nobody.connect();
    await vi.waitFor(
      () => expect(nobody.connection).toMatchObject({ kind: 'refused', code: 'unauthorised' }),
      wait,
    );
    const anna = new LiveClient({ url: 'ws://x', socket, token: () => 'secret' });
    anna.connect();
    await vi.waitFor(
      () => expect(anna.connection).toMatchObject({ kind: 'open', user: { name: 'anna' } }),
      wait,
    );
    anna.close();
    await open.stop();
  });
});
