import { type LiveState } from '@freshet/live-client';
import { useFreshness, useLive } from '@freshet/live-client/react';
import { type Freshness, type MetricInfo, type Point } from '@freshet/live-protocol';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { coloursOf } from '../design/colours.js';
import { mainLine, toLines, type Line } from '../figures/series.js';
import { grainOf } from '../figures/steps.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { valuesQuery } from '../live/rest.js';
import { nameOf } from '../pulse/Split.js';
import { useFilling } from '../pulse/filling.js';
import { useThrough } from '../pulse/use-through.js';
import { useWords } from '../words/words.js';
import { chartLine, type ChartLine } from './chart-model.js';
import { earlierTime, type View } from './view.js';

const NO_POINTS: readonly Point[] = [];
/** Lines beside the total; the rest is merged into "(other)" by the server. */
const MOST_PARTS = 6;

export interface MetricData {
  readonly live: LiveState;
  readonly freshness: Freshness | undefined;
  readonly total: Line | undefined;
  /** The currencies that the metric has, the shown one first. */
  readonly currencies: readonly string[];
  /** Total first, then the parts by size, then the compared time. */
  readonly lines: readonly ChartLine[];
  readonly ghost: ChartLine | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

function pointsOf(live: LiveState): readonly Point[] {
  return live.kind === 'loading' ? NO_POINTS : (live.data?.points ?? NO_POINTS);
}

/** All numbers of the Metric page for a view: live ones by the socket, the compared time by REST. */
export function useMetricData(metric: MetricInfo, view: View): MetricData {
  const words = useWords();
  const { business } = useBusiness();
  const freshness = useFreshness(metric.name);
  const base = {
    metric: metric.name,
    filter: view.filter,
    range: view.selectionRange,
    ...grainOf(view.everyMs),
  };
  const live = useLive(base);
  const parts = useLive(
    view.split === undefined ? undefined : { ...base, groupBy: [view.split], top: MOST_PARTS },
  );
  const data = live.kind === 'loading' ? undefined : live.data;
  const points = pointsOf(live);
  const throughMs = useThrough(metric, freshness, data, view.everyMs);
  const fillingMs = useFilling(metric, points, throughMs, freshness);
  const fixed = view.selectionRange.kind === 'fixed' ? view.selectionRange : undefined;
  const until = fixed === undefined ? (fillingMs ?? throughMs) : Math.min(throughMs, fixed.toMs);
  const totals = useMemo(
    () => toLines(metric, points, view.everyMs, until, business.timeZone),
    [metric, points, view.everyMs, until, business.timeZone],
  );
  const total = mainLine(totals, business.currency);
  const currency = total?.currency ?? '';

  const partPoints = pointsOf(parts);
  const split = view.split;
  const partLines = useMemo(
    () =>
      split === undefined
        ? []
        : toLines(metric, partPoints, view.everyMs, until, business.timeZone).filter(
            (line) => (line.currency ?? '') === currency,
          ),
    [metric, partPoints, view.everyMs, until, split, currency, business.timeZone],
  );

  const nowMs = useServerTime(view.everyMs);
  const toMs = fixed?.toMs ?? total?.closed.at(-1)?.endMs ?? nowMs;
  const fromMs = fixed?.fromMs ?? toMs - view.rangeMs;
  const ghost = useGhost(metric, view, fromMs, toMs);
  const told = toldQuantile(metric, view.filter);
  const lines = useMemo(() => {
    const colours = coloursOf(
      split ?? '',
      partLines.map((line) => line.series[0] ?? ''),
    );
    return [
      ...(total === undefined
        ? []
        : [
            chartLine(total, {
              key: 'total',
              name: told === undefined ? words.metric.all : nameOf(told, words),
              colour: 'var(--t1)',
              role: 'total',
            }),
          ]),
      ...partLines
        .filter((line) => told === undefined || line.series[0] !== told)
        .map((line) =>
          chartLine(line, {
            key: `part ${line.series[0] ?? ''}`,
            name: nameOf(line.series[0] ?? '', words),
            value: line.series[0] ?? '',
            colour: colours.get(line.series[0] ?? '') ?? 'var(--c-other)',
            role: 'part',
          }),
        )
        .sort((a, b) => rank(b) - rank(a)),
    ];
  }, [total, partLines, split, told, words]);
  const currencies = totals.flatMap((line) => line.currency ?? []);
  return { live, freshness, total, currencies, lines, ghost, fromMs, toMs };
}

/** Of several quantiles, the one that is told where they are not told apart: there is none of all of them. */
function toldQuantile({ quantiles }: MetricInfo, filter: View['filter']): string | undefined {
  const wanted = filter['quantile'];
  return quantiles?.find((label) => wanted === undefined || wanted.includes(label));
}

/** By size now; what was folded comes last. */
function rank(line: ChartLine): number {
  return line.key === 'part (other)' ? Number.NEGATIVE_INFINITY : (line.closed.at(-1)?.value ?? -1);
}

/** The compared time, moved to the times of the view; asked in whole blocks, so that it is seldom asked again. */
function useGhost(metric: MetricInfo, view: View, fromMs: number, toMs: number): ChartLine | undefined {
  const words = useWords();
  const { business } = useBusiness();
  const block = Math.max(view.everyMs, 15 * 60_000);
  const earlier = (ms: number) => earlierTime(ms, view.compare, view.rangeMs, business.timeZone);
  const shiftMs = toMs - earlier(toMs);
  const request = {
    metric: metric.name,
    fromMs: Math.floor(fromMs / block) * block - shiftMs - metric.window.sizeMs,
    toMs: Math.ceil(toMs / block) * block + block - shiftMs,
    everyMs: view.everyMs,
    groupBy: [],
    filter: view.filter,
  };
  const { data } = useQuery({
    ...valuesQuery(request),
    enabled: view.compare !== 'none',
    staleTime: 5 * 60_000,
    placeholderData: keepPreviousData,
  });
  const points = view.compare === 'none' ? NO_POINTS : (data?.points ?? NO_POINTS);
  return useMemo(() => {
    const line = mainLine(
      toLines(metric, points, view.everyMs, Number.POSITIVE_INFINITY, business.timeZone),
      business.currency,
    );
    if (line === undefined) return undefined;
    const moved = line.closed
      .map((slice) => ({ ...slice, startMs: slice.startMs + shiftMs, endMs: slice.endMs + shiftMs }))
      .filter((slice) => slice.endMs >= fromMs && slice.endMs <= toMs);
    const name =
      view.compare === 'week'
        ? words.metric.lastWeek
        : view.compare === 'previous'
          ? words.compare.previous
          : words.compare.yesterday;
    const look = { key: 'ghost', name, colour: 'var(--ghost)', role: 'ghost' as const };
    return { ...look, currency: line.currency, closed: moved, open: undefined };
  }, [metric, points, view.everyMs, view.compare, business, shiftMs, fromMs, toMs, words]);
}
