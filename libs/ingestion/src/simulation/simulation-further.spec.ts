import { expect, it } from 'vitest';
import { simulate } from './simulation.js';

/** As many again, in a process of their own beside the first ones. */
const SCHEDULES = Number(process.env['SIMULATION_SCHEDULES'] ?? 10_000);
const FIRST_SEED = 1_000_001;

it(`${SCHEDULES} schedules from seed ${FIRST_SEED} end in what a recompute of the log gives`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed += 1) {
    const differences = await simulate({ seed });
    if (differences.length > 0)
      expect(differences, `npm run prove -- --schedules 1 --seed ${seed}`).toEqual([]);
  }
}, 900_000);
