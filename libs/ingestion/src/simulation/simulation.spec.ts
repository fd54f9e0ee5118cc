import { describe, expect, it } from 'vitest';
import { simulate, type SimulationOptions } from './simulation.js';

/** Each failed once; the plain ones when there were no traits yet. */
const ONCE_FAILED: readonly SimulationOptions[] = [
  ...[449, 102_882, 1_009_188, 3_036_949].map((seed) => ({ seed, plain: true })),
  ...[12_413, 26_123, 4_047_869, 8_001_102].map((seed) => ({ seed })),
];

/** SIMULATION_SCHEDULES sets how many schedules are run, SIMULATION_SEED where they begin. */
const SCHEDULES = Number(process.env['SIMULATION_SCHEDULES'] ?? 10_000);
const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1);

describe('simulated schedules end in what a recompute of the log gives', () => {
  it.each(ONCE_FAILED)('seed $seed', async (options) => expect(await simulate(options)).toEqual([]));

  it(`${SCHEDULES} from seed ${FIRST_SEED}`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed += 1) {
      const differences = await simulate({ seed });
      if (differences.length > 0)
        expect(differences, `npm run prove -- --schedules 1 --seed ${seed}`).toEqual([]);
    }
  }, 900_000);
});
