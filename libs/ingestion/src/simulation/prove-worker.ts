import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './simulation.js';

/** Seeds from, from + step, … below `before`. */
export interface ProveShare {
  readonly from: number;
  readonly step: number;
  readonly before: number;
}

/** What a worker tells of each schedule. */
export interface ProveResult {
  readonly seed: number;
  readonly differences: readonly string[];
}

const { from, step, before } = workerData as ProveShare;
for (let seed = from; seed < before; seed += step) {
  const differences = await simulate({ seed }).catch((error: unknown) => [String(error)]);
  parentPort?.postMessage({ seed, differences } satisfies ProveResult);
}
