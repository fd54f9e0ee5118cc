import { isMetricRatio, type AnyMetric, type SimpleMeasure } from '../metric.js';
import { QUANTILE } from '../ranks.js';
import { isBySession, isLevel, partsOf } from '../slots.js';

const TIME = "DateTime64(3, 'UTC')";

/**
 * Types of the columns of `metricViewSelect`, in their order. Undefined for rarer definitions (levels, sessions,
 * several quantiles, amounts with decimal places, ratios of other metrics): the store can tell those of any, at up to
 * 100 ms of CPU a view.
 */
export function metricViewTypes(definition: AnyMetric): Readonly<Record<string, string>> | undefined {
  if (isMetricRatio(definition) || isLevel(definition) || isBySession(definition)) return undefined;
  const { measure, dimensions } = definition;
  const [first, second] = partsOf(measure).map(partType);
  const isRatio = measure.kind === 'ratio';
  const value = isRatio || measure.kind === 'rate' ? 'Nullable(Float64)' : first;
  if (first === undefined || value === undefined || dimensions.some(({ name }) => name === QUANTILE))
    return undefined;
  if (isRatio && !(WHOLE.has(first) && second !== undefined && WHOLE.has(second))) return undefined;
  return {
    window_start: TIME,
    window_end: TIME,
    ...Object.fromEntries(dimensions.map(({ name }) => [name, 'String'])),
    value,
    ...(isRatio && second !== undefined ? { numerator: first, denominator: second } : {}),
    state: 'String',
    partial: 'UInt8',
    incomplete: 'UInt8',
    late_events: 'UInt64',
    as_of: `Nullable(${TIME})`,
  };
}

/** What is told as it was added up. */
const WHOLE: ReadonlySet<string> = new Set(['Int64', 'UInt64']);

function partType(measure: SimpleMeasure): string | undefined {
  switch (measure.kind) {
    case 'count':
      return 'Int64';
    case 'sum':
      return (measure.scale ?? 0) === 0 ? 'Int64' : undefined;
    case 'distinct':
      return 'UInt64';
    case 'avg':
    case 'min':
    case 'max':
    case 'quantile':
      return 'Nullable(Float64)';
    default:
      return undefined;
  }
}
