import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FAULTS, killAtStep } from './faults.js';
import { runKills } from './kills.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('counts exactly and claims no freshness in vain while processes are killed, frozen and cut off', async () => {
  const report = await runKills({
    root,
    kills: 6,
    seed: 7,
    schedule: [
      killAtStep('ingest', { step: 'ledger_log', moment: 'before' }),
      FAULTS.answersLost,
      FAULTS.killIngest,
      FAULTS.storeAway,
      FAULTS.freezeGateway,
      FAULTS.killStore,
    ],
    say: () => undefined,
  });
  expect(report.differences).toEqual([]);
  expect(report).toMatchObject({ kills: 6, missedSteps: 0, lost: 0, doubled: 0 });
  expect(report.events).toBeGreaterThan(500);
  expect(report.freshness.falseClaims).toEqual([]);
  expect(report.freshness.freshClaims).toBeGreaterThan(0);
}, 300_000);
