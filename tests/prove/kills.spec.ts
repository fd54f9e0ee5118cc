import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runKills } from './kills.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('counts exactly while ingest is killed at a step, answers are lost, the store is away and killed', async () => {
  const report = await runKills({
    root,
    kills: 5,
    seed: 7,
    schedule: ['kill at step', 'answers lost', 'kill ingest', 'store away', 'kill store'],
    say: () => undefined,
  });
  expect(report.differences).toEqual([]);
  expect(report).toMatchObject({ kills: 5, lost: 0, doubled: 0 });
  expect(report.events).toBeGreaterThan(500);
}, 300_000);
