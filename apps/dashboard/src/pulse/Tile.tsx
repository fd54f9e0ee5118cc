import { type MetricInfo } from '@freshet/live-protocol';
import { useElementSize } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState, type PointerEvent } from 'react';
import { ExplainButton } from '../explain/ExplainButton.js';
import { inCurrency } from '../explain/number.js';
import { sliceAt, startsAtNothing } from '../figures/series.js';
import { lineSpanMs, stepOf } from '../figures/steps.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { pointAt, useCrosshair } from '../live/crosshair.js';
import { useHold } from '../live/hold.js';
import { useWords } from '../words/words.js';
import { publishChange } from './changes.js';
import { Sparkline, timeAt } from './Sparkline.js';
import { Split } from './Split.js';
import { isOff } from './tile-state.js';
import { TileBadge } from './TileBadge.js';
import { TileReason } from './TileReason.js';
import { useTile, type TileModel } from './use-tile.js';
import classes from './Tile.module.css';

/** One metric on Pulse: its last closed window, what it is against yesterday, an hour of line, its state. */
export function Tile({ metric, lead }: { metric: MetricInfo; lead: boolean }) {
  const words = useWords();
  const newest = useTile(metric);
  const hold = useHold(newest.data);
  const pointedMs = useCrosshair();
  const [heldModel, setHeldModel] = useState<TileModel | undefined>(undefined);
  if (pointedMs === undefined && heldModel !== undefined) setHeldModel(undefined);
  if (pointedMs !== undefined && heldModel === undefined) setHeldModel(newest);
  const heldMs = pointedMs === undefined ? undefined : windowAt(heldModel ?? newest, pointedMs);
  const svg = useRef<SVGSVGElement>(null);
  const model = heldModel ?? newest;
  const times = useLineTimes(model);
  useEffect(
    () =>
      publishChange(
        metric,
        newest.state.kind === 'fresh' ? newest.yesterday : undefined,
        newest.last,
        newest.compared,
      ),
    [metric, newest.state.kind, newest.yesterday, newest.last, newest.compared],
  );

  const follow = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    const inside = box !== undefined && event.clientY >= box.top && event.clientY <= box.bottom;
    const at = inside
      ? timeAt(event.clientX - box.left, box.width, times.fromMs, times.toMs, metric.window.everyMs)
      : undefined;
    if (at === undefined || event.pointerType === 'touch') return letGo();
    pointAt(at);
  };
  const letGo = () => pointAt(undefined);
  const { hold: holdStill, release } = hold;
  const isHeld = pointedMs !== undefined;
  useEffect(() => {
    if (isHeld) holdStill();
    else release();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only when it is held or let go
  }, [isHeld]);

  return (
    <article
      className={classes['tile']}
      data-lead={lead || undefined}
      data-state={model.state.kind}
      data-metric={metric.name}
      onPointerMove={follow}
      onPointerLeave={letGo}
    >
      <header className={classes['head']}>
        <h3>
          <Link to="/metrics/$name" params={{ name: metric.name }} className={classes['link']}>
            {metric.title}
          </Link>
          {metric.subtitle !== '' && <span className={classes['subtitle']}>{metric.subtitle}</span>}
        </h3>
        <TileBadge model={model} waiting={heldMs === undefined ? undefined : hold.waiting} />
      </header>
      <Value model={model} heldMs={heldMs} />
      <div className={classes['reason']}>
        <TileReason model={model} heldMs={heldMs} />
      </div>
      <TileChart model={model} lead={lead} times={times} svg={svg} crosshairMs={heldMs} />
      {lead && (
        <div className={classes['splitBox']}>
          {metric.splitBy !== undefined && model.state.kind !== 'forbidden' && (
            <Split
              metric={metric}
              endMs={heldMs ?? model.last?.endMs}
              currency={model.line?.currency ?? ''}
              off={isOff(model.state)}
              wanted={newest.data !== undefined}
            />
          )}
        </div>
      )}
      {model.state.kind === 'forbidden' && <span className="visually-hidden">{words.tile.needsRole}</span>}
    </article>
  );
}

/** End of the tile's own window at a time that is pointed at on any tile; undefined: it has none there. */
function windowAt({ metric, line }: TileModel, ms: number): number | undefined {
  const end = Math.round(ms / stepOf(metric)) * stepOf(metric);
  return sliceAt(line, end) === undefined ? undefined : end;
}

/** The line spans an hour: to the last closed window, or, when that is late, to where it should be by now. */
function useLineTimes(model: TileModel): { fromMs: number; toMs: number } {
  const spanMs = lineSpanMs(model.metric);
  const nowMs = useServerTime(model.metric.window.everyMs);
  const last = model.last?.endMs ?? nowMs;
  const late = isOff(model.state) && nowMs > last && nowMs - last < spanMs;
  const toMs = late ? nowMs : last;
  return { fromMs: toMs - spanMs, toMs };
}

function Value({ model, heldMs }: { model: TileModel; heldMs: number | undefined }) {
  const words = useWords();
  const { figures } = useBusiness();
  const { state, metric, last, line } = model;
  if (state.kind === 'loading') {
    return (
      <p className={classes['value']}>
        <span className={classes['block']} style={{ width: 88, height: 24 }} />
        <span className="visually-hidden">{words.frame.loading}</span>
      </p>
    );
  }
  if (state.kind === 'forbidden')
    return (
      <p className={classes['value']} data-off>
        {words.tile.hidden}
      </p>
    );
  const slice = heldMs === undefined ? last : sliceAt(line, heldMs);
  if (slice === undefined || (slice.value === null && state.kind !== 'error')) {
    return (
      <p className={classes['value']} data-off>
        {slice === undefined && state.kind !== 'error' ? words.tile.noValueYet : words.tile.noValue}
      </p>
    );
  }
  if (slice.value === null)
    return (
      <p className={classes['value']} data-off>
        {words.tile.noValue}
      </p>
    );
  const { text, unit } = figures.figure(metric.unit, slice.value, line?.currency);
  return (
    <p
      className={classes['value']}
      data-off={isOff(state) || undefined}
      data-value={slice.value}
      data-window-end={slice.endMs}
    >
      <ExplainButton
        address={{
          metric: metric.name,
          endMs: slice.endMs,
          everyMs: undefined,
          filter: inCurrency(metric, line?.currency),
        }}
      >
        {text}
        {unit !== '' && <span className={classes['unit']}>{unit}</span>}
      </ExplainButton>
    </p>
  );
}

interface TileChartProps {
  readonly model: TileModel;
  readonly lead: boolean;
  readonly times: { fromMs: number; toMs: number };
  readonly svg: React.RefObject<SVGSVGElement | null>;
  readonly crosshairMs: number | undefined;
}

function TileChart({ model, lead, times, svg, crosshairMs }: TileChartProps) {
  const words = useWords();
  const { figures } = useBusiness();
  const { ref, width } = useElementSize();
  const { state, metric, line, last } = model;
  const height = lead ? 72 : 64;
  const empty = state.kind === 'error' || state.kind === 'forbidden';
  const first = line?.closed.find((slice) => slice.endMs >= times.fromMs);
  const show = (value: number | null | undefined) =>
    figures.value(metric.unit, value ?? null, line?.currency);
  const soFar = line?.open?.value;
  const label = words.tile.chart(
    metric.title,
    figures.time(times.fromMs),
    figures.time(times.toMs),
    show(first?.value),
    show(last?.value),
  );
  return (
    <div className={classes['chart']}>
      <div
        ref={ref}
        style={{ height }}
        className={empty ? classes['noChart'] : undefined}
        data-loading={state.kind === 'loading' || undefined}
      >
        {!empty && state.kind !== 'loading' && width > 0 && (
          <Sparkline
            svgRef={svg}
            width={width}
            height={height}
            line={line}
            ghost={model.ghost}
            fromMs={times.fromMs}
            toMs={times.toMs}
            off={isOff(state)}
            strokeWidth={lead ? 1.75 : 1.5}
            filling={startsAtNothing(metric)}
            ghostLabel={lead ? words.compare.yesterday : undefined}
            crosshairMs={crosshairMs}
            label={
              soFar === null || soFar === undefined ? label : `${label}, ${words.tile.soFar(show(soFar))}`
            }
            nowMs={model.data?.servedAtMs ?? times.toMs}
          />
        )}
      </div>
      {lead && (
        <div className={classes['axis']} aria-hidden="true">
          <span>{figures.time(times.fromMs)}</span>
          <span>{figures.time((times.fromMs + times.toMs) / 2)}</span>
          <span>{figures.time(times.toMs)}</span>
        </div>
      )}
    </div>
  );
}
