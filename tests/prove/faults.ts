import { setTimeout as pause } from 'node:timers/promises';
import type { Rig } from './rig.js';
import { STEPS } from './store-proxy.js';

/** Longer than the group's session: the partitions move while the process sleeps. */
const FREEZE_MS = 8_000;
const MOST_INGESTS = 3;

/** Uniform in [0, 1). */
export type Draw = () => number;

export const FAULTS = {
  'kill ingest': async (rig, draw) => {
    await rig.endIngest(pick(rig.ingests, draw), 'SIGKILL');
    await rig.startIngest();
  },
  'kill at step': async (rig, draw) => {
    const ingest = pick(rig.ingests, draw);
    const step = pick(STEPS, draw);
    const moment = draw() < 0.5 ? 'before' : 'after';
    await new Promise<void>((resolve) => {
      // Steps of which there is nothing to do now do not come: then it is killed where it is.
      const timer = setTimeout(resolve, 5_000);
      const caught = (): void => {
        ingest.process.kill('SIGKILL');
        clearTimeout(timer);
        resolve();
      };
      ingest.proxy.set({ step, moment, caught });
    });
    await rig.endIngest(ingest, 'SIGKILL');
    await rig.startIngest();
  },
  'answers lost': async (rig, draw) => {
    for (const { proxy } of rig.ingests) proxy.loseAnswers(1 + Math.floor(draw() * 4));
    await pause(1_000);
  },
  'store away': async (rig, draw) => {
    for (const { proxy } of rig.ingests) proxy.setAway(true);
    await pause(1_000 + draw() * 5_000);
    for (const { proxy } of rig.ingests) proxy.setAway(false);
  },
  'kill store': async (rig) => {
    await rig.killStore();
    await rig.startStore();
  },
  freeze: async (rig, draw) => {
    const ingest = pick(rig.ingests, draw);
    if (rig.ingests.length < 2) await rig.startIngest();
    ingest.process.kill('SIGSTOP');
    await pause(FREEZE_MS);
    ingest.process.kill('SIGCONT');
  },
  join: async (rig, draw) => {
    if (rig.ingests.length < MOST_INGESTS) await rig.startIngest();
    else await rig.endIngest(pick(rig.ingests, draw), 'SIGTERM');
  },
  leave: async (rig, draw) => {
    if (rig.ingests.length > 1) await rig.endIngest(pick(rig.ingests, draw), 'SIGTERM');
    else await rig.startIngest();
  },
  'kill broker': async (rig) => {
    await rig.killBroker();
    await rig.startBroker();
  },
} as const satisfies Record<string, (rig: Rig, draw: Draw) => Promise<void>>;

export type Fault = keyof typeof FAULTS;

/** `count` faults, each kind about as often as the others. */
export function scheduleOf(count: number, draw: Draw): Fault[] {
  const kinds = Object.keys(FAULTS) as Fault[];
  const schedule: Fault[] = [];
  while (schedule.length < count) {
    const round = kinds.map((kind) => ({ kind, order: draw() })).sort((a, b) => a.order - b.order);
    schedule.push(...round.map(({ kind }) => kind));
  }
  return schedule.slice(0, count);
}

/** The same numbers for the same seed, everywhere. */
export function drawsOf(seed: number): Draw {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

function pick<T>(from: readonly T[], draw: Draw): T {
  const picked = from[Math.floor(draw() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}
