import { MissingPrerequisite } from '@freshet/embedded';

import { readConfig } from '../config.js';
import { STRICT, type Drill, type DrillResult } from '../drills/drill.js';
import { DRILLS } from '../drills/drills.js';
import { startOwnSystem } from '../drills/own-system.js';
import { reportOf } from '../drills/report.js';
import { runDrill } from '../drills/run-drill.js';
import { DrillWorld } from '../drills/world.js';
import type { Surroundings } from '../operations/surroundings.js';

export interface DrillOptions {
  /** Starts a system of its own and ends it; otherwise the one that runs here is used. */
  readonly own?: boolean;
}

/** Holds drills, one after the other; resolves 1 when one did not pass. @throws MissingPrerequisite */
export async function drill(
  names: readonly string[],
  { own = false }: DrillOptions,
  { env, print, signal }: Surroundings,
): Promise<number> {
  const chosen = names.flatMap(choose);
  if (own) print('Starting a system for the drills, with short windows …');
  const system = own ? await startOwnSystem() : undefined;
  try {
    const world = new DrillWorld(system?.config ?? readConfig(env), system?.webhook);
    await world.freshness().catch(() => {
      throw new MissingPrerequisite(
        `No gateway answers at ${world.gatewayUrl}: start Freshet (\`npm start\`), or add --own.`,
      );
    });
    const results: DrillResult[] = [];
    for (const one of chosen) {
      if (signal.aborted) break;
      print(`${one.name}: ${one.title}; ${expectationOf(one, world)}`);
      const result = await hold(one, world, signal);
      results.push(result);
      print(`  ${result.problems.length === 0 ? 'passed' : result.problems.join('; ')}`);
    }
    print(`\n${reportOf(results)}`);
    return results.length > 0 && results.every(({ problems }) => problems.length === 0) ? 0 : 1;
  } finally {
    await system?.stop();
  }
}

/** One that cannot be held here has failed, and the others go on. */
async function hold(one: Drill, world: DrillWorld, signal: AbortSignal): Promise<DrillResult> {
  try {
    return await runDrill(one, world, STRICT, signal);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const unknown = { visibleAfterMs: undefined, firedAfterMs: undefined, clearedAfterMs: undefined };
    return { name: one.name, problems: [problem], alert: undefined, actionWindowMs: 0, ...unknown };
  }
}

function choose(name: string): readonly Drill[] {
  if (name === 'all') return DRILLS;
  const found = DRILLS.filter((one) => one.name === name);
  if (found.length > 0) return found;
  const known = DRILLS.map((one) => `  ${one.name.padEnd(18)}${one.title}`).join('\n');
  throw new MissingPrerequisite(`There is no drill "${name}"; all, or one of:\n${known}`);
}

function expectationOf(one: Drill, world: DrillWorld): string {
  const { trueAfterMs, actionWindowMs } = one.expects(world);
  return `fires after about ${Math.ceil((trueAfterMs + actionWindowMs) / 1000)} s`;
}
