import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine } from '../measure/machine.js';
import { type Scenario } from '../options.js';
import { resultsFolder } from '../places.js';
import { type BacklogResult } from '../scenarios/backlog-result.js';
import { type GrowthResult } from '../scenarios/growth.js';
import { type LatencyResult } from '../scenarios/latency.js';
import { type MemoryResult } from '../scenarios/memory.js';
import { type LiveResult } from '../scenarios/live.js';
import { type ProfileResult } from '../scenarios/profile.js';
import { type StartResult } from '../scenarios/start.js';
import { type ViewersResult } from '../scenarios/viewers.js';
import { writeFormatted } from './formatted.js';

/** What one run measured. */
export interface Result {
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly quick: boolean;
  /** A short backlog that `npm test` compares with. */
  readonly guard?: BacklogResult;
  readonly backlog?: BacklogResult;
  readonly latency?: LatencyResult;
  readonly memory?: MemoryResult;
  readonly live?: LiveResult;
  readonly profile?: ProfileResult;
  readonly viewers?: ViewersResult;
  readonly growth?: GrowthResult;
  readonly start?: StartResult;
}

/** Writes a result; `accepted` ones are kept in the repository. Resolves its path. */
export async function saveResult(result: Result, accepted: boolean): Promise<string> {
  const folder = accepted ? resultsFolder : join(resultsFolder, 'local');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${result.measuredAt.replaceAll(':', '-').slice(0, 19)}.json`);
  await writeFormatted(path, JSON.stringify(result, rounded, 2));
  return path;
}

/** Accepted results, the newest first; none before the first one was accepted. */
function acceptedResults(): Result[] {
  if (!existsSync(resultsFolder)) return [];
  return readdirSync(resultsFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse()
    .map((name) => JSON.parse(readFileSync(join(resultsFolder, name), 'utf8')) as Result);
}

/** The newest accepted figures of each scenario, with the result that they are from. */
export function newestOf<Key extends Scenario>(
  key: Key,
): { result: Result; figures: NonNullable<Result[Key]> } | undefined {
  for (const result of acceptedResults()) {
    const figures = result[key];
    if (figures !== undefined) return { result, figures };
  }
  return undefined;
}

/** Four digits say all that such a measurement knows. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
