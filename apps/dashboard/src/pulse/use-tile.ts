import { type LiveData, type LiveState } from '@freshet/live-client';
import { useConnection, useFreshness, useLive } from '@freshet/live-client/react';
import { type Freshness, type MetricInfo, type Point } from '@freshet/live-protocol';
import { useMemo } from 'react';
import { daysEarlier } from '../figures/calendar.js';
import { compare, type Comparison } from '../figures/compare.js';
import { mainLine, sliceAt, toLines, type Line, type Slice } from '../figures/series.js';
import { lineSpanMs, stepOf } from '../figures/steps.js';
import { useBusiness } from '../live/business.js';
import { useNewDefinition } from '../live/definition.js';
import { useDaysBefore } from '../live/earlier.js';
import { useFilling } from './filling.js';
import { tileState, type TileState } from './tile-state.js';
import { useThrough } from './use-through.js';

const NO_POINTS: readonly Point[] = [];

/** All that a tile draws, but for the split. */
export interface TileModel {
  readonly metric: MetricInfo;
  readonly state: TileState;
  readonly freshness: Freshness | undefined;
  readonly data: LiveData | undefined;
  readonly line: Line | undefined;
  readonly last: Slice | undefined;
  /** Yesterday, moved to today's times. */
  readonly ghost: readonly Slice[];
  readonly yesterday: Comparison | undefined;
  /** What was yesterday is known, be it that there was nothing. */
  readonly compared: boolean;
  readonly lastWeek: Comparison | undefined;
}

function dataOf(live: LiveState): LiveData | undefined {
  return live.kind === 'loading' ? undefined : live.data;
}

export function useTile(metric: MetricInfo): TileModel {
  const { business, figures, alerts } = useBusiness();
  const everyMs = stepOf(metric);
  const live = useLive({
    metric: metric.name,
    range: { kind: 'last', ms: lineSpanMs(metric) + 2 * Math.max(everyMs, metric.window.sizeMs) },
  });
  const freshness = useFreshness(metric.name);
  const connection = useConnection();
  const data = dataOf(live);
  useNewDefinition(metric, data?.revision);
  const before = useDaysBefore(metric, 1, data !== undefined);
  const week = useDaysBefore(metric, 7, data !== undefined);
  const points = data?.points ?? NO_POINTS;
  const known = useThrough(metric, freshness, data, everyMs);
  const fillingMs = useFilling(metric, points, known, freshness);
  const throughMs = fillingMs ?? known;
  const line = useMemo(
    () => mainLine(toLines(metric, points, everyMs, throughMs, business.timeZone), business.currency),
    [metric, points, everyMs, throughMs, business],
  );
  const earlier = useMemo(() => {
    const main = (earlierPoints: readonly Point[] | undefined) =>
      mainLine(
        toLines(metric, earlierPoints ?? NO_POINTS, everyMs, Number.POSITIVE_INFINITY, business.timeZone),
        business.currency,
      );
    return { yesterday: main(before), lastWeek: main(week) };
  }, [metric, before, week, everyMs, business]);

  // Of a past that is being written, the newest window is not complete either: no number is known yet.
  const last = fillingMs === undefined ? line?.closed.at(-1) : undefined;
  const at = last?.endMs ?? known;
  const shiftMs = Number.isFinite(at) ? at - daysEarlier(at, 1, business.timeZone) : 0;
  const ghost = useMemo(
    () =>
      (earlier.yesterday?.closed ?? []).map((slice) => ({
        ...slice,
        startMs: slice.startMs + shiftMs,
        endMs: slice.endMs + shiftMs,
      })),
    [earlier.yesterday, shiftMs],
  );
  const change = (of: Line | undefined, days: number) =>
    last === undefined
      ? undefined
      : compare(
          metric,
          last.value,
          sliceAt(of, daysEarlier(last.endMs, days, business.timeZone))?.value,
          figures,
        );
  return {
    metric,
    state: tileState(live, freshness, connection, alerts.get(metric.name), line, fillingMs),
    freshness,
    data,
    line,
    last,
    ghost,
    yesterday: change(earlier.yesterday, 1),
    compared: before !== undefined,
    lastWeek: change(earlier.lastWeek, 7),
  };
}
