import { type MetricInfo, type Point } from '@freshet/live-protocol';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { daysEarlier } from '../figures/calendar.js';
import { stepOf } from '../figures/steps.js';
import { useBusiness } from './business.js';
import { useServerTime } from './clock.js';
import { valuesQuery } from './rest.js';

const BLOCK_MS = 15 * 60_000;

/**
 * What a metric was `days` days before the last hour: asked once a quarter of an hour, a little ahead, and not
 * before `wanted`: the numbers of now come first. Undefined until it is known.
 */
export function useDaysBefore(
  metric: MetricInfo,
  days: number,
  wanted: boolean,
): readonly Point[] | undefined {
  const { business } = useBusiness();
  const block = useServerTime(BLOCK_MS);
  const request = {
    metric: metric.name,
    fromMs: daysEarlier(
      block - 75 * 60_000 - Math.max(stepOf(metric), metric.window.sizeMs),
      days,
      business.timeZone,
    ),
    toMs: daysEarlier(block + 2 * BLOCK_MS, days, business.timeZone),
    everyMs: undefined,
    groupBy: [],
    filter: {},
  };
  const { data } = useQuery({
    ...valuesQuery(request),
    enabled: wanted,
    staleTime: 5 * 60_000,
    placeholderData: keepPreviousData,
  });
  return data?.points;
}
