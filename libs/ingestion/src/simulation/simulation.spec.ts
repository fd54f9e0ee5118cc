import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.js';

/** SIMULATION_SCHEDULES sets how many schedules of each kind are run, SIMULATION_SEED where they begin. */
const SCHEDULES = Number(process.env['SIMULATION_SCHEDULES'] ?? 150);
const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 1);

async function run(zombies: boolean): Promise<void> {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed += 1)
    expect(await simulate({ seed, zombies }), `SIMULATION_SEED=${seed} SIMULATION_SCHEDULES=1`).toEqual([]);
}

describe(`simulated schedules from seed ${FIRST_SEED}`, () => {
  it(
    `${SCHEDULES} with crashes, lost answers, repeats, retention and transactions`,
    () => run(false),
    600_000,
  );
  it(`${SCHEDULES} with two owners at once as well`, () => run(true), 600_000);
});
