import { afterAll, beforeAll, expect, test } from 'vitest';

import { committed, committedExpressions, namesOf } from '../testing/committed-files.js';
import type { Limits } from './drill.js';
import { DRILLS } from './drills.js';
import { startOwnSystem, type OwnSystem } from './own-system.js';
import { reportOf } from './report.js';
import { runDrill } from './run-drill.js';
import { DrillWorld } from './world.js';

/** A machine that does much else meanwhile is told nothing about time. */
const LENIENT: Limits = { visibleMs: 60_000, fireSlackMs: 60_000 };

let system: OwnSystem;
let world: DrillWorld;
beforeAll(async () => {
  system = await startOwnSystem();
  world = new DrillWorld(system.config, system.webhook);
}, 240_000);
afterAll(() => system.stop(), 60_000);

test('the series of /metrics are those of the guide, and the rule file and the operators’ dashboard ask for no others', async () => {
  const { host, port, ingestPort, shopPort } = system.config;
  const answers = await Promise.all(
    [port, ingestPort, shopPort].map(async (one) => (await fetch(`http://${host}:${one}/metrics`)).text()),
  );
  const told = new Set(answers.join('\n').match(/(?<=^# TYPE )freshet_\S+/gm));
  const guide = committed('docs/guide/observability.md').match(/(?<=`)freshet_[a-z_]+(?=`)/g);
  expect([...new Set(guide)].toSorted()).toEqual([...told].toSorted());
  expect([...namesOf(committedExpressions())].filter((name) => !told.has(name))).toEqual([]);
});

const hold = (name: string) => {
  const drill = DRILLS.find((one) => one.name === name)!;
  return runDrill(drill, world, LENIENT, new AbortController().signal);
};

test.each(['broker-paused', 'evaluator-dead'])('the drill %s ends with the right page', async (name) => {
  const result = await hold(name);
  expect(result.problems, reportOf([result])).toEqual([]);
  expect(result.toldAfterMs).toBeGreaterThan(0);
});

test('the page of the drill ingest-frozen is delivered once its address is back, and its end after it', async () => {
  const { webhook } = system;
  await webhook.down();
  const failures = async (): Promise<number> => {
    const text = await (await fetch(`${world.gatewayUrl}/metrics`)).text();
    const found = /^freshet_notifications_total\{.*outcome="failed".*\} (\S+)$/m.exec(text);
    return Number(found?.[1] ?? 0);
  };
  const before = await failures();
  const held = hold('ingest-frozen');
  await expect.poll(failures, { timeout: 120_000 }).toBeGreaterThan(before);
  await webhook.up();
  const result = await held;
  expect(result.problems, reportOf([result])).toEqual([]);
  const told = webhook.messages.filter(({ body }) => body.groupKey.includes(`"${result.alert?.id}"`));
  const statuses = new Map(told.map(({ key, body }) => [key, body.status]));
  expect([...statuses.values()]).toEqual(['firing', 'resolved']);
});
