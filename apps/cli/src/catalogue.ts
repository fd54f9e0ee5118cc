import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { formatProblem, loadContracts, type Contract } from '@freshet/contracts';
import { loadMetrics, type MetricDefinition } from '@freshet/metrics';

export interface CheckedCatalogue {
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  /** One line each, ready to print; empty when the catalogue can be run. */
  readonly problems: readonly string[];
}

/** Loads contracts and metrics of a catalogue's folder and gathers every problem. */
export function checkCatalogue(folder: string): CheckedCatalogue {
  if (!existsSync(folder)) {
    return {
      contracts: [],
      metrics: [],
      problems: [
        `There is no catalogue at ${folder}: set FRESHET_CATALOG to the folder that has contracts/ and metrics/.`,
      ],
    };
  }
  const { contracts, problems } = loadContracts(join(folder, 'contracts'));
  const metrics = loadMetrics(join(folder, 'metrics'), contracts);
  return {
    contracts,
    metrics: metrics.metrics,
    problems: [...problems, ...metrics.problems].map(formatProblem),
  };
}
