import { type MetricInfo } from '@freshet/live-protocol';
import { type MetricData } from '../metric/use-metric-data.js';
import { type View } from '../metric/view.js';
import { type ExplainAddress } from './address.js';

/** Money is explained in the currency that is shown. */
export function inCurrency(metric: MetricInfo, currency: string | undefined): Record<string, string[]> {
  const { currencyDimension } = metric;
  return currencyDimension === undefined || currency === undefined ? {} : { [currencyDimension]: [currency] };
}

/** The number of the Metric page in the window that ends at `endMs`; undefined: there is none. */
export function numberAt(
  metric: MetricInfo,
  view: View,
  data: MetricData,
  endMs: number | undefined,
): ExplainAddress | undefined {
  if (endMs === undefined) return undefined;
  const filter = { ...view.filter, ...inCurrency(metric, data.total?.currency) };
  return { metric: metric.name, endMs, everyMs: view.everyMs, filter };
}
