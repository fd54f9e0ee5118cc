import { nearestName } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
import type { MetricDefinition } from '@freshet/metrics';

/** @throws MissingPrerequisite with the nearest name when there is no such metric */
export function metricNamed(metrics: readonly MetricDefinition[], name: string): MetricDefinition {
  const found = metrics.find((metric) => metric.name === name);
  if (found !== undefined) return found;
  const nearest = nearestName(
    name,
    metrics.map((metric) => metric.name),
  );
  throw new MissingPrerequisite(
    `There is no metric "${name}"${nearest === undefined ? '' : ` (nearest: "${nearest}")`}: \`freshet catalog check\` reads them all.`,
  );
}
