import { afterAll, beforeAll, expect, test } from 'vitest';

import { committedExpressions, namesOf } from '../testing/committed-files.js';
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
  world = new DrillWorld(system.config);
}, 240_000);
afterAll(() => system.stop(), 60_000);

test('every series of the rule file and of the operators’ dashboard is in an answer of /metrics', async () => {
  const { host, port, ingestPort } = system.config;
  const answers = await Promise.all(
    [port, ingestPort].map(async (one) => (await fetch(`http://${host}:${one}/metrics`)).text()),
  );
  const declared = new Set(answers.join('\n').match(/(?<=^# TYPE )\S+/gm));
  expect([...namesOf(committedExpressions())].filter((name) => !declared.has(name))).toEqual([]);
});

test.each(['broker-paused', 'ingest-frozen'])('the drill %s ends with the right page', async (name) => {
  const drill = DRILLS.find((one) => one.name === name)!;
  const result = await runDrill(drill, world, LENIENT, new AbortController().signal);
  expect(result.problems, reportOf([result])).toEqual([]);
});
