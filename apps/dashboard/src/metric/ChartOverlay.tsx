import { type MetricInfo } from '@freshet/live-protocol';
import { revisedMarks, sliceAt, startsAtNothing } from '../figures/series.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { spread, type ChartLine } from './chart-model.js';
import classes from './Chart.module.css';

/** Between two revised marks, in pixels. */
const MARK_GAP = 14;

/** Where things are in the chart, in pixels. */
export interface Geometry {
  readonly left: number;
  /** Left edge of the open window's slot. */
  readonly right: number;
  readonly slot: number;
  readonly top: number;
  readonly bottom: number;
  readonly width: number;
  x(ms: number): number;
  y(value: number): number;
}

interface OverlayProps {
  readonly geometry: Geometry;
  readonly metric: MetricInfo;
  readonly lines: readonly ChartLine[];
  readonly ghost: ChartLine | undefined;
  readonly off: boolean;
  readonly atMs: number | undefined;
  readonly toMs: number;
  readonly narrow: boolean;
  /** More than a day: times carry their date. */
  readonly long: boolean;
}

/** What Recharts has no word for: the open slot, end labels with leader lines, revised marks, the crosshair. */
export function ChartOverlay({
  geometry: g,
  metric,
  lines,
  ghost,
  off,
  atMs,
  toMs,
  narrow,
  long,
}: OverlayProps) {
  const words = useWords();
  const { figures } = useBusiness();
  const pill = atMs === undefined ? '' : long ? figures.dayTime(atMs) : figures.time(atMs);
  const pillWidth = long ? 84 : 40;
  return (
    <svg className={classes['overlay']} width={g.width} height={g.bottom + 32} aria-hidden="true">
      <rect
        x={g.right}
        y={g.top}
        width={g.slot}
        height={g.bottom - g.top}
        fill={off ? 'url(#hatch-gap)' : 'var(--slot)'}
      />
      {!off && (
        <text x={g.right + g.slot / 2} y={g.top - 8} textAnchor="middle" className={classes['small']}>
          {words.metric.open}
        </text>
      )}
      {lines.map((line) => (
        <End key={line.key} line={line} g={g} off={off} filling={startsAtNothing(metric)} />
      ))}
      {lines
        .filter((line) => line.role === 'total')
        .flatMap((line) =>
          revisedMarks(
            line.closed.filter((slice) => slice.endMs <= toMs && g.x(slice.endMs) >= g.left),
            g.x,
            MARK_GAP,
          ).map((slice) => (
            <path
              key={slice.endMs}
              d={`M${g.x(slice.endMs)} ${g.y(slice.value) - 5}l5 5-5 5-5-5Z`}
              fill="var(--surface)"
              stroke={off ? 'var(--off)' : line.colour}
              strokeWidth="1.5"
            />
          )),
        )}
      {!narrow && <EndLabels lines={lines} ghost={ghost} g={g} metric={metric} off={off} />}
      {atMs !== undefined && (
        <>
          <line x1={g.x(atMs)} x2={g.x(atMs)} y1={g.top} y2={g.bottom} stroke="var(--t1)" />
          {lines.map((line) => {
            const value = sliceAt(line, atMs)?.value;
            return value === null || value === undefined ? null : (
              <circle
                key={line.key}
                cx={g.x(atMs)}
                cy={g.y(value)}
                r="3.5"
                fill={line.colour}
                stroke="var(--surface)"
                strokeWidth="1.5"
              />
            );
          })}
          <rect
            x={g.x(atMs) - pillWidth / 2}
            y={g.bottom + 4}
            width={pillWidth}
            height="20"
            rx="4"
            fill="var(--t1)"
          />
          <text x={g.x(atMs)} y={g.bottom + 18} textAnchor="middle" className={classes['pill']}>
            {pill}
          </text>
        </>
      )}
    </svg>
  );
}

/** The line ends in a dot at the last closed window; dashes lead to what the open one holds so far, from the line or from the floor. */
function End({ line, g, off, filling }: { line: ChartLine; g: Geometry; off: boolean; filling: boolean }) {
  const last = line.closed.findLast((slice) => slice.value !== null);
  if (last?.value === null || last === undefined) return null;
  const colour = off ? 'var(--off)' : line.colour;
  const x = g.x(last.endMs);
  const y = g.y(last.value);
  const open = off ? null : (line.open?.value ?? null);
  const slotX = g.right + g.slot / 2;
  return (
    <g>
      {open !== null && (
        <line
          x1={filling ? slotX : x}
          y1={filling ? g.y(0) : y}
          x2={slotX}
          y2={g.y(open)}
          stroke={colour}
          strokeWidth="1.25"
          strokeDasharray="2 2"
        />
      )}
      {line.role === 'total' && <circle cx={x} cy={y} r="3" fill={colour} />}
      {open !== null && (
        <circle cx={slotX} cy={g.y(open)} r="2.75" fill="var(--surface)" stroke={colour} strokeWidth="1.5" />
      )}
    </g>
  );
}

/** Name and last closed value of each line beside its end, 18 px apart, with a leader to the line. */
function EndLabels({
  lines,
  ghost,
  g,
  metric,
  off,
}: {
  lines: readonly ChartLine[];
  ghost: ChartLine | undefined;
  g: Geometry;
  metric: MetricInfo;
  off: boolean;
}) {
  const { figures } = useBusiness();
  const labelled = [...lines, ...(ghost === undefined ? [] : [ghost])].flatMap((line) => {
    const last = line.closed.findLast((slice) => slice.value !== null);
    if (last === undefined || last.value === null) return [];
    const from = off || startsAtNothing(metric) ? last.value : (line.open?.value ?? last.value);
    return [{ line, value: last.value, from: g.y(from), place: g.y(last.value) }];
  });
  const places = spread(
    labelled.map(({ place }) => place),
    18,
    g.top,
    g.bottom - 4,
  );
  const x = g.right + g.slot;
  return labelled.map(({ line, value, from }, index) => {
    const y = places[index] ?? from;
    const colour = line.role === 'ghost' ? 'var(--t3)' : off ? 'var(--off)' : line.colour;
    return (
      <g
        key={line.key}
        fill={colour}
        fontWeight={line.role === 'total' ? 600 : 500}
        className={classes['endLabel']}
      >
        <path
          d={`M${x + 2} ${from.toFixed(1)}L${x + 14} ${y.toFixed(1)}h4`}
          stroke={colour}
          strokeWidth="1"
          fill="none"
          opacity="0.7"
        />
        <text x={x + 22} y={y + 4}>
          {line.name.length > 13 ? `${line.name.slice(0, 12)}…` : line.name}
        </text>
        <text
          x={g.width - 20}
          y={y + 4}
          textAnchor="end"
          fill={line.role === 'ghost' ? 'var(--t3)' : 'var(--t1)'}
        >
          {figures.value(metric.unit, value, line.currency)}
        </text>
      </g>
    );
  });
}
