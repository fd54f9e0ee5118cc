import { setTimeout as pause } from 'node:timers/promises';
import { pick, shuffled, type Draw } from './draws.js';
import type { App, Rig } from './rig.js';
import { STEPS, type StepMoment } from './store-proxy.js';

/** Longer than the group's session: the partitions move while the process sleeps. */
const FREEZE_MS = 8_000;
const MOST_INGESTS = 3;
/** A step that does not come by then has nothing to do: an advance needs a partition that is idle for 10 s. */
const STEP_WITHIN_MS = 20_000;
const MINUTE_MS = 60_000;

const VICTIMS = ['ingest', 'store', 'broker'] as const;
type Victim = (typeof VICTIMS)[number];

/** What happens to the system, once. */
export interface Fault {
  readonly name: string;
  /** @returns what it was done to, where that is not in the name */
  run(rig: Rig, draw: Draw): Promise<string | void>;
}

const KILLS = VICTIMS.map((victim): Fault => ({
  name: `kill ${victim}`,
  async run(rig, draw) {
    await kill(rig, victim, pick(rig.ingests, draw));
    await startAgain(rig, victim);
  },
}));

/** Kills a process at the moment when some ingest comes to a step. */
export function killAtStep(victim: Victim, { step, moment }: StepMoment): Fault {
  return {
    name: `kill ${victim} ${moment} ${step}`,
    async run(rig, draw) {
      let moved: Promise<unknown> = Promise.resolve();
      const caught = await new Promise<App | undefined>((resolve) => {
        const timer = setTimeout(resolve, STEP_WITHIN_MS, undefined);
        const trap = (ingest: App): void => {
          ingest.proxy.set({ step, moment, caught: () => strike(ingest) });
        };
        const strike = (ingest: App): void => {
          clearTimeout(timer);
          for (const { proxy } of rig.ingests) proxy.set(undefined);
          if (victim === 'ingest') ingest.process.kill('SIGKILL');
          else if (victim === 'store') rig.shootStore();
          else rig.shootBroker();
          resolve(ingest);
        };
        rig.ingests.forEach(trap);
        // Claims are written when partitions move.
        if (step === 'source_claims_log')
          moved = moveMembers(rig, draw).then((joined) => joined && trap(joined));
      });
      await moved;
      for (const { proxy } of rig.ingests) proxy.set(undefined);
      await kill(rig, victim, caught ?? pick(rig.ingests, draw));
      await startAgain(rig, victim);
      if (caught === undefined) return 'the step did not come: killed where it was';
    },
  };
}

const answersLost: Fault = {
  name: 'answers lost',
  async run(rig, draw) {
    for (const { proxy } of rig.ingests) proxy.loseAnswers(1 + Math.floor(draw() * 4));
    await pause(1_000);
  },
};

const storeAway = (name: string, leastMs: number, mostMs: number): Fault => ({
  name,
  async run(rig, draw) {
    rig.setStoreAway(true);
    await pause(leastMs + draw() * (mostMs - leastMs));
    rig.setStoreAway(false);
  },
});

const freeze: Fault = {
  name: 'freeze ingest',
  async run(rig, draw) {
    if (rig.ingests.length < 2) await rig.startIngest();
    await frozenFor(pick(rig.ingests, draw), FREEZE_MS);
  },
};

const freezeGateway: Fault = {
  name: 'freeze gateway',
  async run(rig) {
    if (rig.gateway !== undefined) await frozenFor(rig.gateway, 4_000);
  },
};

const killGateway: Fault = {
  name: 'kill gateway',
  async run(rig) {
    await rig.endGateway();
    await rig.startGateway();
  },
};

/** A second instance joins and leaves before the group has settled, again and again. */
const storm: Fault = {
  name: 'rebalance storm',
  async run(rig, draw) {
    for (let turn = 0; turn < 3; turn += 1) {
      const joined = await rig.startIngest();
      await pause(1_500 + draw() * 2_500);
      await rig.endIngest(joined, draw() < 0.5 ? 'SIGTERM' : 'SIGKILL');
    }
  },
};

const join: Fault = { name: 'join or leave', run: async (rig, draw) => void (await moveMembers(rig, draw)) };

/** As often as each other in a schedule. */
const ORDINARY = [...KILLS, answersLost, storeAway('store away', 1_000, 6_000)].concat([
  freeze,
  freezeGateway,
  killGateway,
  storm,
  join,
]);
/** So many faults of each round are a kill at a step, so that 200 come to each step, moment and victim. */
const STEPS_A_ROUND = 4;
/** Once so often, and in every schedule of at least 20. */
const AWAY_FOR_MINUTES_EVERY = 100;
const awayForMinutes = storeAway('store away for minutes', 1.1 * MINUTE_MS, 2 * MINUTE_MS);

/** Some of them by name, for a schedule made by hand. */
export const FAULTS = {
  killIngest: KILLS[0]!,
  killStore: KILLS[1]!,
  answersLost,
  storeAway: storeAway('store away', 1_000, 6_000),
  freezeGateway,
};

/** `count` faults: every kind about as often as the others, and every step of the protocol in turn. */
export function scheduleOf(count: number, draw: Draw): Fault[] {
  const atSteps = (): Fault[] =>
    VICTIMS.flatMap((victim) =>
      STEPS.flatMap((step) =>
        (['before', 'after'] as const).map((moment) => killAtStep(victim, { step, moment })),
      ),
    );
  const steps: Fault[] = [];
  const schedule: Fault[] = [];
  while (schedule.length < count) {
    if (steps.length < STEPS_A_ROUND) steps.push(...shuffled(atSteps(), draw));
    schedule.push(...shuffled([...ORDINARY, ...steps.splice(0, STEPS_A_ROUND)], draw));
  }
  const taken = schedule.slice(0, count);
  const minutes = count < 20 ? 0 : Math.ceil(count / AWAY_FOR_MINUTES_EVERY);
  for (let n = 0; n < minutes; n += 1) taken[Math.floor(((n + draw()) / minutes) * count)] = awayForMinutes;
  return taken;
}

async function kill(rig: Rig, victim: Victim, ingest: App): Promise<void> {
  if (victim === 'ingest') await rig.endIngest(ingest, 'SIGKILL');
  else if (victim === 'store') await rig.killStore();
  else await rig.killBroker();
}

async function startAgain(rig: Rig, victim: Victim): Promise<void> {
  if (victim === 'ingest') await rig.startIngest();
  else if (victim === 'store') await rig.startStore();
  else await rig.startBroker();
}

/** @returns the process that joined; undefined when one left */
async function moveMembers(rig: Rig, draw: Draw): Promise<App | undefined> {
  const isFull = rig.ingests.length >= MOST_INGESTS;
  if (isFull || (rig.ingests.length > 1 && draw() < 0.4)) {
    await rig.endIngest(pick(rig.ingests, draw), 'SIGTERM');
    return undefined;
  }
  return rig.startIngest();
}

async function frozenFor(app: App, ms: number): Promise<void> {
  app.process.kill('SIGSTOP');
  await pause(ms);
  app.process.kill('SIGCONT');
}
