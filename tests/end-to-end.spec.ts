import type { Freshness } from '@freshet/live-protocol';
import { until } from '@freshet/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRest, readSocket, readSql, type Reading } from './doors.js';
import { createTopics, makeEvents, produce, TOPICS, type Topic } from './events.js';
import { LEVELS, recountLevel, type Logs } from './recount-levels.js';
import { newestEventMs, recount, RULES, valueOf, type LoggedRecord } from './recount.js';
import { startSystem, type System } from './system.js';

const minute = 60_000;
let system: System;
/** A whole minute before everything that is produced. */
const fromMs = Math.floor(Date.now() / minute) * minute - 30 * minute;

beforeAll(async () => {
  system = await startSystem();
  await createTopics(system.kafka);
}, 180_000);
afterAll(() => system.dispose(), 60_000);

/** Everything in all topics now. */
async function readLogs(): Promise<Logs> {
  const logs = {} as Record<Topic, LoggedRecord[]>;
  for (const topic of TOPICS) logs[topic] = await system.readTopic(topic);
  return logs;
}

/**
 * What the topics say, by an independent recount, up to the step of the newest event: the last step of windows that
 * end later has not begun.
 */
function expected(
  metric: string,
  logs: Logs,
): { wanted: Reading; toMs: number; dimensions: readonly string[] } {
  const level = LEVELS[metric];
  const { topic, dimensions, sizeMs } = level === undefined ? RULES[metric]! : { ...level, sizeMs: minute };
  const records = logs[topic as Topic];
  const toMs = Math.floor(newestEventMs(records) / minute) * minute + minute;
  const values =
    level === undefined
      ? new Map([...recount(metric, records)].map(([key, tally]) => [key, valueOf(metric, tally)]))
      : recountLevel(metric, logs, toMs);
  const inRange = [...values].filter(([key]) => {
    const end = Number(key.split('|')[0]) + sizeMs;
    return end > fromMs && end <= toMs;
  });
  return { wanted: new Map(inRange), toMs, dimensions };
}

/** Waits until the served numbers cover everything that is in the log now. */
async function caughtUp(): Promise<void> {
  const nowMs = Date.now();
  await until(
    async () => {
      const { metrics } = await system.get<{ metrics: Freshness[] }>('/api/freshness');
      return metrics.length > 0 && metrics.every(({ asOfMs }) => asOfMs !== null && asOfMs >= nowMs);
    },
    { deadlineMs: 120_000 },
  );
}

/** Equal keys; values equal, or within the stated error of quantiles. */
function expectSame(what: string, actual: Reading, wanted: Reading): void {
  expect([...actual.keys()].toSorted(), what).toEqual([...wanted.keys()].toSorted());
  for (const [key, value] of wanted) {
    const seen = actual.get(key);
    if (what.startsWith('payment_latency_p95')) {
      expect(Math.abs((seen ?? 0) - (value ?? 0)) / (value ?? 1), `${what} ${key}`).toBeLessThan(0.03);
    } else if (value === null) expect(seen, `${what} ${key}`).toBeNull();
    else expect(seen, `${what} ${key}`).toBeCloseTo(value, 9);
  }
}

async function expectAllDoorsAgree(): Promise<void> {
  await caughtUp();
  const logs = await readLogs();
  for (const metric of [...Object.keys(RULES), ...Object.keys(LEVELS)]) {
    const { wanted, toMs, dimensions } = expected(metric, logs);
    expect(wanted.size, metric).toBeGreaterThan(0);
    expectSame(`${metric} by REST`, await readRest(system, metric, dimensions, { fromMs, toMs }), wanted);
    expectSame(`${metric} by SQL`, await readSql(system, metric, dimensions, { fromMs, toMs }), wanted);
    expectSame(`${metric} by socket`, await readSocket(system, metric, dimensions, { fromMs, toMs }), wanted);
  }
}

describe('events in, the same numbers out of every door', () => {
  test('REST, socket and SQL equal a recount of the topics, dirt and all', async () => {
    await produce(system.kafka, makeEvents(1, 2_000, fromMs + 20 * minute, Date.now()));
    await expectAllDoorsAgree();
  }, 240_000);

  test('ingest killed in the middle: nothing lost, nothing twice', async () => {
    await produce(system.kafka, makeEvents(2, 3_000, fromMs + 22 * minute, Date.now()));
    const pid = system.pidOf('ingest');
    process.kill(pid, 'SIGKILL');
    await produce(system.kafka, makeEvents(3, 1_000, fromMs + 24 * minute, Date.now()));
    await until(() => Promise.resolve(system.pidOf('ingest') !== pid), { deadlineMs: 60_000 });
    await expectAllDoorsAgree();
  }, 300_000);

  test('the launcher killed: the next start finds no orphan in its way and goes on', async () => {
    await produce(system.kafka, makeEvents(4, 1_000, fromMs + 25 * minute, Date.now()));
    await system.end('SIGKILL');
    await system.start();
    await produce(system.kafka, makeEvents(5, 500, fromMs + 25 * minute, Date.now()));
    await expectAllDoorsAgree();
  }, 300_000);

  test('a clean stop ends with code 0 and the data stays', async () => {
    expect(await system.end('SIGTERM')).toBe(0);
    await system.start();
    await expectAllDoorsAgree();
  }, 300_000);
});
