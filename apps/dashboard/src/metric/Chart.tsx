import { type MetricInfo } from '@freshet/live-protocol';
import { useElementSize } from '@mantine/hooks';
import { memo, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { CartesianGrid, Line, LineChart, XAxis, YAxis } from 'recharts';
import { offsetMs } from '../figures/calendar.js';
import { calm, type CalmDomain } from '../figures/calm.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { TIME_AXIS, VALUE_AXIS } from './axes.js';
import { ChartOverlay, type Geometry } from './ChartOverlay.js';
import { ChartTooltip } from './ChartTooltip.js';
import {
  inSteps,
  niceTicks,
  timeTicks,
  toRows,
  valueExtent,
  type ChartLine,
  type ChartRow,
} from './chart-model.js';
import classes from './Chart.module.css';

const TOP = 40;
const HEIGHT = 372;
const LEFT = VALUE_AXIS.width;
const SLOT = 12;
/** Late events move closed windows all the time, often by less than can be seen. */
const STEPS_A_PIXEL = 10;

export interface ChartProps {
  readonly metric: MetricInfo;
  readonly lines: readonly ChartLine[];
  readonly ghost: ChartLine | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly everyMs: number;
  /** Where the numbers cannot be believed any more: grey, and hatched to the right end. */
  readonly off: boolean;
  /** Window that is looked at. */
  readonly atMs: number | undefined;
  readonly setAtMs: (ms: number | undefined) => void;
  readonly nowMs: number;
}

/** The large chart: y from 0, labels on the lines' ends, the open window in its slot, one crosshair. */
export default function Chart(props: ChartProps) {
  const { ref, width } = useElementSize();
  return (
    <div ref={ref} className={classes['chart']} style={{ height: HEIGHT }}>
      {width > 0 && <Drawn {...props} width={width} />}
    </div>
  );
}

function Drawn({ width, ...props }: ChartProps & { width: number }) {
  const { metric, lines, ghost, fromMs, toMs, everyMs, off, atMs, setAtMs, nowMs } = props;
  const words = useWords();
  const { business, figures } = useBusiness();
  const narrow = width < 600;
  const right = narrow ? 24 : 176;
  const all = ghost === undefined ? lines : [...lines, ghost];
  const [domain, setDomain] = useState<CalmDomain | undefined>(undefined);
  const wide = calm(domain, valueExtent(all), nowMs);
  if (wide !== domain) setDomain(wide);
  const currency = lines[0]?.currency ?? business.currency;
  const shownAs =
    metric.unit === 'percent' ? 100 : metric.unit === 'money' ? 10 ** -figures.minorDigits(currency) : 1;
  const ticks = niceTicks(wide.min, wide.max, 6, shownAs);
  const low = ticks[0] ?? 0;
  const high = ticks.at(-1) ?? 1;
  const bottom = HEIGHT - 32;
  const geometry: Geometry = {
    left: LEFT,
    right: width - right - SLOT,
    slot: SLOT,
    top: TOP,
    bottom,
    width,
    x: (ms) => LEFT + ((ms - fromMs) / (toMs - fromMs)) * (width - right - SLOT - 8 - LEFT),
    y: (value) => bottom - ((value - low) / (high - low || 1)) * (bottom - TOP),
  };
  const rows = toRows(all).filter((row) => row.endMs >= fromMs && row.endMs <= toMs);
  const ends = rows.map((row) => row.endMs);
  const plotRight = width - geometry.x(toMs);
  const step = (by: number) => {
    const at = atMs === undefined ? ends.length - 1 + (by > 0 ? 0 : by + 1) : ends.indexOf(atMs) + by;
    setAtMs(ends[Math.max(0, Math.min(ends.length - 1, at))]);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft') step(-1);
    else if (event.key === 'ArrowRight') step(1);
    else if (event.key === 'Home') setAtMs(ends[0]);
    else if (event.key === 'End') setAtMs(ends.at(-1));
    else if (event.key === 'Escape') setAtMs(undefined);
    else return;
    event.preventDefault();
  };
  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - box.left;
    if (x < LEFT - 8 || x > geometry.x(toMs) + 6) return setAtMs(undefined);
    const ms = fromMs + ((x - LEFT) / (geometry.x(toMs) - LEFT)) * (toMs - fromMs);
    const first = ends[0];
    if (first === undefined) return;
    const index = Math.round((ms - first) / everyMs);
    setAtMs(ends[Math.max(0, Math.min(ends.length - 1, index))]);
  };
  const spanDays = toMs - fromMs > 36 * 3_600_000;
  const label = words.metric.chart(
    metric.title,
    String(ends.length),
    figures.dayTime(fromMs),
    figures.dayTime(toMs),
  );
  return (
    <div
      className={classes['plot']}
      data-plot
      role="application"
      aria-roledescription="chart"
      aria-label={label}
      tabIndex={0}
      onKeyDown={press}
      onBlur={() => setAtMs(undefined)}
      onPointerMove={point}
      onPointerLeave={() => setAtMs(undefined)}
    >
      <Plot
        rows={inSteps(rows, (high - low || 1) / (bottom - TOP) / STEPS_A_PIXEL)}
        marks={all.toReversed().map(({ key, role, colour }) => ({
          key,
          colour: off && role !== 'ghost' ? 'var(--off)' : colour,
          width: WIDTHS[role],
        }))}
        width={width}
        plotRight={plotRight}
        fromMs={fromMs}
        toMs={toMs}
        ticks={ticks}
        narrow={narrow}
        long={spanDays}
        unit={metric.unit}
        currency={currency}
      />
      <ChartOverlay
        geometry={geometry}
        metric={metric}
        lines={lines}
        ghost={ghost}
        off={off}
        atMs={atMs}
        toMs={toMs}
        narrow={narrow}
        long={spanDays}
      />
      {atMs !== undefined && (
        <ChartTooltip geometry={geometry} metric={metric} lines={lines} ghost={ghost} atMs={atMs} />
      )}
    </div>
  );
}

interface PlotProps {
  readonly rows: readonly ChartRow[];
  /** Lines from the lowest to the topmost one. */
  readonly marks: readonly { readonly key: string; readonly colour: string; readonly width: number }[];
  readonly width: number;
  /** Room right of the newest closed window. */
  readonly plotRight: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly ticks: readonly number[];
  readonly narrow: boolean;
  /** Days are on the axis, too. */
  readonly long: boolean;
  readonly unit: MetricInfo['unit'];
  readonly currency: string;
}

/**
 * Closed windows, and axes. The open window changes several times a second and is not in here: what is equal is not
 * drawn again, which spares the page a third of its time.
 */
const Plot = memo(
  function Plot({
    rows,
    marks,
    width,
    plotRight,
    fromMs,
    toMs,
    ticks,
    narrow,
    long,
    unit,
    currency,
  }: PlotProps) {
    const { business, figures } = useBusiness();
    return (
      <LineChart
        width={width}
        height={HEIGHT}
        data={[...rows]}
        margin={{ top: TOP, right: plotRight, bottom: 0, left: 0 }}
        accessibilityLayer={false}
        tabIndex={-1}
      >
        <CartesianGrid vertical={false} stroke="var(--grid)" />
        <XAxis
          {...TIME_AXIS}
          domain={[fromMs, toMs]}
          ticks={[...timeTicks(fromMs, toMs, narrow ? 4 : 8, offsetMs(toMs, business.timeZone))]}
          tickFormatter={(ms: number) => (long ? figures.dayTime(ms) : figures.time(ms))}
          interval="preserveStartEnd"
          allowDataOverflow
        />
        <YAxis
          {...VALUE_AXIS}
          domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
          ticks={[...ticks]}
          tickFormatter={(value: number) =>
            figures.axis(unit, value, currency) +
            (unit === 'percent' && value === ticks.at(-1) ? '\u00a0%' : '')
          }
          allowDataOverflow
        />
        {marks.map((mark) => (
          <Line
            key={mark.key}
            {...lineLook}
            dataKey={(row: Record<string, number | null>) => row[mark.key] ?? null}
            stroke={mark.colour}
            strokeWidth={mark.width}
          />
        ))}
      </LineChart>
    );
  },
  (before, after) => JSON.stringify(before) === JSON.stringify(after),
);

const WIDTHS: Record<ChartLine['role'], number> = { total: 2.25, part: 1.5, ghost: 1.25 };

const lineLook = {
  type: 'linear',
  dot: false,
  activeDot: false,
  isAnimationActive: false,
  connectNulls: false,
} as const;
