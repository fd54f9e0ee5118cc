import { nearestName } from '@freshet/contracts';
import { MissingPrerequisite } from '@freshet/embedded';
/** @throws MissingPrerequisite with the nearest name when there is no such metric */
export function metricNamed<Metric extends { readonly name: string }>(
  metrics: readonly Metric[],
  name: string,
): Metric {
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
