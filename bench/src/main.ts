import { cleanUpOnSignals } from './cleanup.js';
import { describeMachine } from './measure/machine.js';
import { readOptions, USAGE, type Options, type Scenario } from './options.js';
import { warnings } from './report/guard.js';
import { writePage } from './report/page.js';
import { saveResult, type Result } from './report/result-file.js';
import { runBacklog, runGuard } from './scenarios/backlog.js';
import { runGrowth } from './scenarios/growth.js';
import { runLatency } from './scenarios/latency.js';
import { runLive } from './scenarios/live.js';
import { runMemory } from './scenarios/memory.js';
import { runProfile } from './scenarios/profile.js';
import { runStart } from './scenarios/start.js';
import { runViewers } from './scenarios/viewers.js';

const RUN: { readonly [Name in Scenario]: (options: Options) => Promise<NonNullable<Result[Name]>> } = {
  guard: runGuard,
  backlog: runBacklog,
  latency: runLatency,
  live: runLive,
  profile: runProfile,
  viewers: runViewers,
  growth: runGrowth,
  start: runStart,
  memory: runMemory,
};

/** Runs what the command line asks for; returns the exit code. */
export async function main(parameters: readonly string[]): Promise<number> {
  if (process.platform !== 'linux') {
    console.error('bench: CPU time is read from /proc, so it runs on Linux only.');
    return 1;
  }
  let options: Options;
  try {
    options = readOptions(parameters);
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (options.report) {
    console.log(`bench: written to ${await writePage()}`);
    return 0;
  }
  cleanUpOnSignals();
  const figures: Partial<Record<Scenario, unknown>> = {};
  let failed = false;
  for (const scenario of options.scenarios) {
    try {
      figures[scenario] = await RUN[scenario](options);
    } catch (error) {
      failed = true;
      console.error(`bench: ${scenario} failed:`, error);
    }
  }
  if (Object.keys(figures).length === 0) return 1;
  const result = {
    measuredAt: new Date().toISOString(),
    machine: describeMachine(),
    quick: options.quick,
    ...figures,
  } as Result;
  for (const warning of warnings(result)) console.warn(`bench: warning: ${warning}`);
  console.log(`bench: written to ${await saveResult(result, options.accept)}`);
  if (options.accept) console.log(`bench: written to ${await writePage()}`);
  return failed ? 1 : 0;
}
