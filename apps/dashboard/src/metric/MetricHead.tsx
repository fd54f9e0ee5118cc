import { type MetricInfo } from '@freshet/live-protocol';
import { Link } from '@tanstack/react-router';
import { Clock, Download } from '../design/icons.js';
import { useBusiness } from '../live/business.js';
import { ExplainButton } from '../explain/ExplainButton.js';
import { inCurrency } from '../explain/number.js';
import { useExplain } from '../explain/use-explain.js';
import { Change } from '../pulse/Comparisons.js';
import { TileBadge } from '../pulse/TileBadge.js';
import { isOff } from '../pulse/tile-state.js';
import { useTile } from '../pulse/use-tile.js';
import { useWords } from '../words/words.js';
import { toCsv } from './csv.js';
import { type MetricData } from './use-metric-data.js';
import { type View } from './view.js';
import classes from './Metric.module.css';

/** The same value and comparisons as on Pulse, of the metric as a whole. */
export function MetricHead({ metric, data, view }: { metric: MetricInfo; data: MetricData; view: View }) {
  const words = useWords();
  const { figures, business } = useBusiness();
  const tile = useTile(metric);
  const { last, line } = tile;
  const off = isOff(tile.state);
  const figure =
    last === undefined || last.value === null
      ? undefined
      : figures.figure(metric.unit, last.value, line?.currency);
  const asOfMs = tile.freshness?.asOfMs ?? null;
  const explain = useExplain();
  const number =
    last === undefined
      ? undefined
      : {
          metric: metric.name,
          endMs: last.endMs,
          everyMs: undefined,
          filter: inCurrency(metric, line?.currency),
        };
  const picture = async () => {
    const plot = document.querySelector('[data-plot]');
    if (plot === null) return;
    const range = words.metric.windowTo(figures.dayTime(data.fromMs), figures.dayTime(data.toMs));
    const { chartPng } = await import('./png.js');
    download(`${metric.name}.png`, await chartPng(plot, metric.title, `${range} · ${business.timeZone}`));
  };
  return (
    <header className={classes['head']}>
      <p className={classes['crumbs']}>
        <Link to="/">{words.frame.pulse}</Link> / {metric.team}
      </p>
      <h1 className={classes['title']}>
        {metric.title}
        <TileBadge model={tile} waiting={undefined} />
      </h1>
      <div className={classes['figures']}>
        <p
          className={classes['value']}
          data-off={off || undefined}
          data-value={last?.value ?? undefined}
          data-window-end={last?.endMs}
        >
          {tile.state.kind === 'loading' ? (
            '\u2007'
          ) : number === undefined || figure === undefined ? (
            words.tile.noValueYet
          ) : (
            <ExplainButton address={number}>
              {figure.text}
              {figure.unit !== '' && <span>{figure.unit}</span>}
            </ExplainButton>
          )}
        </p>
        {last !== undefined && (
          <p className={classes['about']}>
            {metric.quantiles?.[0] !== undefined && <>{metric.quantiles[0]}, </>}
            {last.numerator !== undefined && last.denominator !== undefined && (
              <>
                {words.metric.of(figures.decimals(last.numerator, 0), figures.decimals(last.denominator, 0))}
                ,{' '}
              </>
            )}
            {words.metric.windowTo(figures.time(last.startMs), figures.time(last.endMs))}
          </p>
        )}
        {off && asOfMs !== null ? (
          <p className={classes['about']}>
            <Clock colour="var(--warn)" /> {words.tile.asOf} <b>{figures.seconds(asOfMs)}</b>
          </p>
        ) : (
          <>
            {tile.yesterday !== undefined && (
              <Change change={tile.yesterday} than={words.compare.yesterday} />
            )}
            {tile.lastWeek !== undefined && last !== undefined && (
              <Change change={tile.lastWeek} than={words.compare.lastWeek(figures.weekday(last.endMs))} />
            )}
          </>
        )}
        <p className={classes['actions']}>
          {number !== undefined && (
            <button type="button" className={classes['button']} onClick={() => explain.open(number)}>
              {words.explain.open}
            </button>
          )}
          <button
            type="button"
            className={classes['button']}
            onClick={() =>
              download(`${metric.name}.csv`, csvBlob(toCsv(metric, data.lines, data.ghost, view.everyMs)))
            }
          >
            <Download /> {words.metric.csv}
          </button>
          <button type="button" className={classes['button']} onClick={() => void picture()}>
            <Download /> {words.metric.png}
          </button>
        </p>
      </div>
    </header>
  );
}

function csvBlob(text: string): Blob {
  return new Blob([text], { type: 'text/csv;charset=utf-8' });
}

function download(name: string, file: Blob): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
