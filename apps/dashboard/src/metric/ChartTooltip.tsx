import { type MetricInfo } from '@freshet/live-protocol';
import { sliceAt } from '../figures/series.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { type Geometry } from './ChartOverlay.js';
import { type ChartLine } from './chart-model.js';
import classes from './Chart.module.css';

const WIDTH = 176;

/** All values at the crosshair; opens to the side with more room. */
export function ChartTooltip({
  geometry: g,
  metric,
  lines,
  ghost,
  atMs,
}: {
  geometry: Geometry;
  metric: MetricInfo;
  lines: readonly ChartLine[];
  ghost: ChartLine | undefined;
  atMs: number;
}) {
  const words = useWords();
  const { figures } = useBusiness();
  const total = lines.find((line) => line.role === 'total');
  const slice = sliceAt(total, atMs);
  const x = g.x(atMs);
  const toLeft = x - WIDTH - 12 > 0 && x > (g.left + g.right) / 2;
  const show = (line: ChartLine | undefined) =>
    figures.value(metric.unit, sliceAt(line, atMs)?.value ?? null, line?.currency);
  return (
    <div
      className={classes['tooltip']}
      style={{ width: WIDTH, left: toLeft ? x - WIDTH - 10 : x + 10, top: 20 }}
      role="status"
    >
      <p className={classes['tooltipHead']}>
        <span>
          {slice === undefined
            ? figures.time(atMs)
            : words.metric.windowTo(figures.time(slice.startMs), figures.time(slice.endMs))}
        </span>
        <span>{slice === undefined ? '' : words.metric.states[slice.state]}</span>
      </p>
      {lines
        .filter((line) => line.role === 'part')
        .map((line) => (
          <p key={line.key}>
            <i style={{ background: line.colour }} />
            {line.name}
            <b>{show(line)}</b>
          </p>
        ))}
      <p className={lines.length > 1 ? classes['tooltipTotal'] : undefined}>
        {total?.name ?? words.metric.all}
        <b>{show(total)}</b>
      </p>
      {ghost !== undefined && (
        <p className={classes['tooltipGhost']}>
          {ghost.name}
          <b>{show(ghost)}</b>
        </p>
      )}
      {slice !== undefined && slice.lateEvents > 0 && (
        <p className={classes['tooltipGhost']}>{words.metric.late(figures.decimals(slice.lateEvents, 0))}</p>
      )}
    </div>
  );
}
