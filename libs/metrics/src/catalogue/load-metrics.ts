import { readCatalogueFolder, type CatalogueProblem, type Contract } from '@freshet/contracts';
import type { MetricDefinition } from '../metric.js';
import { parseMetric, type ParseMetricOptions } from './parse-metric.js';

export interface LoadedMetrics {
  /** Of the files without a problem, by display order, then name. */
  readonly metrics: readonly MetricDefinition[];
  /** Refuse to run when there is any. */
  readonly problems: readonly CatalogueProblem[];
}

/** Loads every metric of a folder (`catalog/metrics`). Names are unique in it. */
export function loadMetrics(
  folder: string,
  contracts: readonly Contract[],
  options: ParseMetricOptions = {},
): LoadedMetrics {
  const { files, problems } = readCatalogueFolder(folder);
  const metrics: MetricDefinition[] = [];
  for (const { file, text } of files) {
    const { metric, problems: found } = parseMetric(text, file, contracts, options);
    problems.push(...found);
    if (metric === undefined) continue;
    const twin = metrics.find(({ name }) => name === metric.name);
    if (twin === undefined) metrics.push(metric);
    else {
      problems.push({
        file,
        line: 1,
        column: 1,
        message: `the name "${metric.name}" is already that of ${twin.file}`,
        remedy: 'Rename one of the two.',
      });
    }
  }
  metrics.sort((a, b) => a.display.order - b.display.order || (a.name < b.name ? -1 : 1));
  return { metrics, problems };
}
