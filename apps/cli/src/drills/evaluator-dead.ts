import { setTimeout as delay } from 'node:timers/promises';

import type { DrillResult, Expectation, Limits } from './drill.js';
import { pause } from './faults.js';
import type { TeamMessage } from './team-webhook.js';
import type { DrillWorld } from './world.js';

/** Ingest looks every 3 s, and gives another gateway 20 s to take over. */
const ALARM_WITHIN_MS = 24_000;
const TOLD_WITHIN_MS = 30_000;
const DEADLINE_MS = 90_000;
const ASK_EVERY_MS = 250;

/**
 * Stops the gateway that evaluates and waits for the alarm by the other path: ingest's `freshet_evaluator_silent_seconds`, and its own
 * message to the owner.
 * The gateway cannot be asked meanwhile; that is the point.
 */
export async function holdEvaluatorDead(
  world: DrillWorld,
  expected: Expectation,
  limits: Limits,
  signal: AbortSignal,
): Promise<DrillResult> {
  const before = await silentSeconds(world);
  const heal = pause(world.pidOf('gateway'));
  const causedAtMs = Date.now();
  let firedAfterMs: number | undefined;
  let told: TeamMessage | undefined;
  const incident = 'evaluator_silent';
  try {
    firedAfterMs = await until(world, (silent) => silent > 0, causedAtMs, signal);
    const fire = { incident, status: 'firing', sinceMs: causedAtMs } as const;
    told = await world.webhook?.find(fire, TOLD_WITHIN_MS, signal);
  } finally {
    await heal();
  }
  const clearedAfterMs = await until(world, (silent) => silent === 0, Date.now(), signal);
  const problems: string[] = [];
  if (before !== 0) problems.push('nobody evaluated alerts to begin with');
  if (firedAfterMs === undefined) problems.push('ingest did not notice');
  else if (firedAfterMs > ALARM_WITHIN_MS + limits.fireSlackMs) problems.push('ingest noticed too late');
  if (clearedAfterMs === undefined) problems.push('it did not clear');
  if (world.webhook !== undefined) {
    const end = { incident, status: 'resolved', sinceMs: causedAtMs } as const;
    if (told?.team !== expected.owner)
      problems.push(`the webhook of ${expected.owner} was not told by ingest`);
    else if ((await world.webhook.find(end, TOLD_WITHIN_MS, signal)) === undefined)
      problems.push('the webhook was not told of its end');
  }
  return {
    name: 'evaluator-dead',
    problems,
    alert: undefined,
    visibleAfterMs: undefined,
    firedAfterMs,
    actionWindowMs: ALARM_WITHIN_MS,
    toldAfterMs: told && told.receivedAtMs - causedAtMs,
    clearedAfterMs,
  };
}

async function until(
  world: DrillWorld,
  isSo: (silentSeconds: number) => boolean,
  sinceMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  while (Date.now() - sinceMs < DEADLINE_MS && !signal.aborted) {
    const silent = await silentSeconds(world);
    if (silent !== undefined && isSo(silent)) return Date.now() - sinceMs;
    await delay(ASK_EVERY_MS);
  }
  return undefined;
}

/** Undefined: ingest does not answer, or has not looked yet. */
async function silentSeconds({ config }: DrillWorld): Promise<number | undefined> {
  try {
    const url = `http://127.0.0.1:${config.ingestPort}/metrics`;
    const text = await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).text();
    const found = /^freshet_evaluator_silent_seconds (\S+)$/m.exec(text);
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
