import { useState, type Ref } from 'react';
import { calm, type CalmDomain } from '../figures/calm.js';
import { extent, revisedMarks, type Line, type Slice } from '../figures/series.js';
import classes from './Sparkline.module.css';

/** The open window has its own slot at the right. */
const SLOT = 12;
const GAP = 3;
const PAD = 5;
/** Between two revised marks. */
const MARK_GAP = 12;

interface SparklineProps {
  readonly width: number;
  readonly height: number;
  readonly line: Line | undefined;
  readonly ghost: readonly Slice[];
  /** Times at the left and right end of the line. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Grey, and hatched from the end of the line on. */
  readonly off: boolean;
  readonly strokeWidth: number;
  /** The open window fills its slot from the floor: 0 there, the last closed value at the line's height. */
  readonly filling: boolean;
  /** Name of the ghost, drawn on it. */
  readonly ghostLabel?: string | undefined;
  /** Window under the pointer. */
  readonly crosshairMs?: number | undefined;
  readonly label: string;
  readonly nowMs: number;
  readonly svgRef?: Ref<SVGSVGElement>;
}

interface Scale {
  x(ms: number): number;
  y(value: number): number;
}

/** Path of a line with holes where there is no value; in the plot's own coordinates. */
function pathOf(slices: readonly Slice[], scale: Scale, fromMs: number, toMs: number): string {
  let path = '';
  let pen = 'M';
  for (const { endMs, value } of slices) {
    if (endMs < fromMs || endMs > toMs) continue;
    if (value === null) {
      pen = 'M';
      continue;
    }
    path += `${pen}${scale.x(endMs).toFixed(1)} ${scale.y(value).toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

/** Where the ghost's name has most room: below it or above it, away from the live line. */
function placeLabel(
  ghost: readonly Slice[],
  line: Line | undefined,
  scale: Scale,
  width: number,
  height: number,
) {
  const near = (slices: readonly Slice[], x: number) => {
    const ys = slices.flatMap((slice) =>
      slice.value !== null && Math.abs(scale.x(slice.endMs) - x) < 30 ? [scale.y(slice.value)] : [],
    );
    return ys.length === 0 ? undefined : { top: Math.min(...ys), bottom: Math.max(...ys) };
  };
  let best = { room: -1, x: 0, y: 0 };
  for (const share of [0.78, 0.6, 0.4, 0.22]) {
    const x = width * share;
    const own = near(ghost, x);
    if (own === undefined) continue;
    const other = near(line?.closed ?? [], x);
    const floor = other !== undefined && other.bottom > own.bottom ? other.top : height;
    const ceiling = other !== undefined && other.top < own.top ? other.bottom : 0;
    const below = floor - own.bottom;
    const above = own.top - ceiling;
    if (below > best.room) best = { room: below, x, y: own.bottom + 12 };
    if (above > best.room) best = { room: above, x, y: own.top - 5 };
  }
  return best.room < 14 ? undefined : { x: best.x, y: Math.min(height - 2, Math.max(10, best.y)) };
}

export function Sparkline(props: SparklineProps) {
  const { width, height, line, ghost, fromMs, toMs, off, strokeWidth, crosshairMs, nowMs } = props;
  const { svgRef, label, ghostLabel, filling } = props;
  const plot = width - SLOT - GAP;
  const shown = (line?.closed ?? []).filter((slice) => slice.endMs >= fromMs && slice.endMs <= toMs);
  const ghosts = ghost.filter((slice) => slice.endMs >= fromMs && slice.endMs <= toMs);
  const wanted = extent([...shown, ...ghosts].map((slice) => slice.value)) ?? { min: 0, max: 1 };
  const [domain, setDomain] = useState<CalmDomain | undefined>(undefined);
  const now = shown.length === 0 && ghosts.length === 0 ? undefined : calm(domain, wanted, nowMs);
  if (now !== domain) setDomain(now);
  const { min, max } = now ?? wanted;
  const spread = max - min || Math.abs(max) || 1;
  const scale: Scale = {
    x: (ms) => ((ms - fromMs) / (toMs - fromMs)) * plot,
    y: (value) => {
      const share = max === min ? 0.5 : (value - min) / spread;
      return height - PAD - Math.max(-0.05, Math.min(1.05, share)) * (height - 2 * PAD);
    },
  };
  const last = shown.findLast((slice) => slice.value !== null);
  const open = off ? undefined : line?.open;
  const colour = off ? 'var(--off)' : 'var(--accent)';
  const gapStart = last === undefined ? width : Math.min(scale.x(last.endMs) + 4, width - SLOT);
  const ghostName = ghostLabel === undefined ? undefined : placeLabel(ghosts, line, scale, plot, height);
  const floor = height - PAD;
  const lastY = last === undefined || last.value === null ? undefined : scale.y(last.value);
  const soFar = open?.value ?? undefined;
  const openY =
    soFar === undefined
      ? undefined
      : filling && lastY !== undefined && last?.value
        ? Math.max(PAD, floor - (soFar / last.value) * (floor - lastY))
        : scale.y(soFar);
  return (
    <svg
      ref={svgRef}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
      className={classes['sparkline']}
    >
      {off ? (
        <rect x={gapStart} y="0" width={width - gapStart} height={height} fill="url(#hatch-gap)" />
      ) : (
        <rect x={width - SLOT} y="0" width={SLOT} height={height} fill="var(--slot)" />
      )}
      {shown.map((slice) =>
        slice.incomplete ? (
          <rect
            key={slice.endMs}
            x={scale.x(slice.startMs)}
            y="0.5"
            width={Math.max(2, scale.x(slice.endMs) - scale.x(slice.startMs))}
            height={height - 1}
            className={classes['incomplete']}
          />
        ) : null,
      )}
      <path
        d={pathOf(ghosts, scale, fromMs, toMs)}
        className={classes['ghost']}
        data-off={off || undefined}
      />
      {ghostName !== undefined && (
        <text x={ghostName.x} y={ghostName.y} textAnchor="middle" className={classes['name']}>
          {ghostLabel}
        </text>
      )}
      <path
        d={pathOf(shown, scale, fromMs, toMs)}
        stroke={colour}
        strokeWidth={strokeWidth}
        className={classes['line']}
      />
      {revisedMarks(shown, scale.x, MARK_GAP).map((slice) => (
        <path
          key={slice.endMs}
          d={`M${scale.x(slice.endMs)} ${scale.y(slice.value) - 4}l4 4-4 4-4-4Z`}
          fill="var(--surface)"
          stroke={colour}
          strokeWidth="1.25"
        />
      ))}
      {last !== undefined && lastY !== undefined && openY !== undefined && (
        <line
          x1={filling ? width - SLOT / 2 : scale.x(last.endMs)}
          y1={filling ? height : lastY}
          x2={width - SLOT / 2}
          y2={openY}
          stroke={colour}
          strokeWidth="1.25"
          strokeDasharray="2 2"
        />
      )}
      {last?.value !== undefined && last.value !== null && (
        <circle
          cx={scale.x(last.endMs)}
          cy={scale.y(last.value)}
          r={strokeWidth > 1.6 ? 3 : 2.5}
          fill={colour}
        />
      )}
      {openY !== undefined && (
        <circle
          cx={width - SLOT / 2}
          cy={openY}
          r="3"
          fill="var(--surface)"
          stroke={colour}
          strokeWidth="1.5"
        />
      )}
      {crosshairMs !== undefined && (
        <line
          x1={scale.x(crosshairMs)}
          x2={scale.x(crosshairMs)}
          y1="0"
          y2={height}
          stroke="var(--t1)"
          strokeWidth="1"
        />
      )}
    </svg>
  );
}

/** Time under a pointer that is `x` pixels from the left of a sparkline of `width`; undefined outside. */
export function timeAt(
  x: number,
  width: number,
  fromMs: number,
  toMs: number,
  everyMs: number,
): number | undefined {
  const plot = width - SLOT - GAP;
  if (x < -4 || x > plot + 4) return undefined;
  const ms = fromMs + (x / plot) * (toMs - fromMs);
  return Math.max(fromMs, Math.min(toMs, Math.round(ms / everyMs) * everyMs));
}
