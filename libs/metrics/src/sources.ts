import type { Contract } from '@freshet/contracts';
import { isMetricRatio, type AnyMetric, type MetricDefinition, type Reference } from './metric.js';

/** Reference topics that a metric's dimensions are mapped by. */
export function referencesOf({ dimensions }: MetricDefinition): readonly Reference[] {
  return dimensions.flatMap(({ by }) => (by?.kind === 'reference' ? [by] : []));
}

/** Contracts that a metric's numbers come from, each once, those of its events first. Unknown ones are left out. */
export function contractsOf(metric: AnyMetric, contracts: readonly Contract[]): readonly Contract[] {
  const parts = isMetricRatio(metric) ? [metric.numerator, metric.denominator] : [metric];
  const names = [
    ...parts.map(({ source }) => source),
    ...parts.flatMap((part) => referencesOf(part).map(({ contract }) => contract)),
  ];
  return [...new Set(names)].flatMap((name) => contracts.find((contract) => contract.name === name) ?? []);
}
