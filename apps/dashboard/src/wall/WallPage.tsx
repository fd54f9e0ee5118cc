import { type MetricInfo } from '@freshet/live-protocol';
import { useElementSize } from '@mantine/hooks';
import { useSearch } from '@tanstack/react-router';
import { Patterns } from '../design/patterns.js';
import { Diamond, Triangle } from '../design/icons.js';
import { startsAtNothing } from '../figures/series.js';
import { lineSpanMs } from '../figures/steps.js';
import { toTeams, useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { Change } from '../pulse/Comparisons.js';
import { SentenceLine, useSentence } from '../pulse/PulseHead.js';
import { Sparkline } from '../pulse/Sparkline.js';
import { isOff } from '../pulse/tile-state.js';
import { TileReason } from '../pulse/TileReason.js';
import { useTile } from '../pulse/use-tile.js';
import { useWords } from '../words/words.js';
import classes from './Wall.module.css';

/** For a screen on a wall: no chrome, dark, to be read from across the room; `cycle` walks through the teams. */
export default function WallPage() {
  const { metrics: all, business, figures } = useBusiness();
  const { cycle } = useSearch({ from: '__root__' });
  const page = useServerTime((cycle ?? 3_600) * 1_000) / ((cycle ?? 3_600) * 1_000);
  const teams = toTeams(all);
  // Everything, then one team after the other; by the clock, so that screens side by side show the same.
  const at = cycle === undefined ? 0 : page % (teams.length + 1);
  const team = at === 0 ? undefined : teams[at - 1];
  const metrics = team?.metrics ?? all;
  const said = useSentence();
  const nowMs = useServerTime(1000);
  const columns = columnsFor(metrics.length);
  const place = business.timeZone.split('/').at(-1)?.replaceAll('_', ' ');
  return (
    <main className={classes['wall']}>
      <Patterns />
      <header className={classes['head']}>
        <SentenceLine said={said} className={classes['sentence']} />
        <time>
          {team !== undefined && <span>{team.title}</span>}
          <b>{figures.time(nowMs)}</b> {place}
        </time>
      </header>
      <div className={classes['tiles']} style={{ '--columns': columns } as React.CSSProperties}>
        {metrics.map((metric) => (
          <WallTile key={metric.name} metric={metric} />
        ))}
      </div>
    </main>
  );
}

/** Few holes, and not more than four beside each other until there are many. */
function columnsFor(tiles: number): number {
  if (tiles <= 3) return Math.max(1, tiles);
  if (tiles === 4) return 2;
  if (tiles <= 6 || tiles === 9) return 3;
  return Math.max(4, Math.ceil(tiles / 4));
}

function WallTile({ metric }: { metric: MetricInfo }) {
  const words = useWords();
  const { figures } = useBusiness();
  const model = useTile(metric);
  const { ref, width, height } = useElementSize();
  const { state, last, line, freshness } = model;
  const nowMs = useServerTime(1000);
  const off = isOff(state);
  const figure =
    last === undefined || last.value === null
      ? undefined
      : figures.figure(metric.unit, last.value, line?.currency);
  const toMs = last?.endMs ?? nowMs;
  return (
    <article className={classes['tile']} data-state={state.kind}>
      <h2>{metric.title}</h2>
      <p className={classes['value']} data-off={off || undefined}>
        {figure?.text ?? (state.kind === 'loading' ? '\u2007' : words.tile.noValueYet)}
        {figure !== undefined && figure.unit !== '' && <span>{figure.unit}</span>}
      </p>
      <div className={classes['reason']}>
        {state.kind === 'stale' ? (
          <span className={classes['warn']}>
            <Diamond size={18} />
            {words.wall.asOf(
              freshness === undefined || freshness.asOfMs === null
                ? words.tile.noAsOf
                : figures.seconds(freshness.asOfMs),
              freshness?.stage === undefined ? metric.owner : words.stages[freshness.stage],
            )}
          </span>
        ) : state.kind === 'alert' ? (
          <span className={classes['bad']}>
            <Triangle size={18} />
            {words.wall.alert(figures.duration(nowMs - state.alert.sinceMs), state.alert.stage)}
          </span>
        ) : state.kind === 'fresh' && model.yesterday !== undefined ? (
          <Change change={model.yesterday} than={words.compare.yesterday} />
        ) : (
          <TileReason model={model} heldMs={undefined} />
        )}
      </div>
      <div ref={ref} className={classes['chart']}>
        {width > 0 && height > 0 && state.kind !== 'error' && state.kind !== 'forbidden' && (
          <Sparkline
            width={width}
            height={Math.round(height)}
            line={line}
            ghost={model.ghost}
            fromMs={toMs - lineSpanMs(metric)}
            toMs={toMs}
            off={off}
            strokeWidth={2.5}
            filling={startsAtNothing(metric)}
            label={metric.title}
            nowMs={nowMs}
          />
        )}
      </div>
    </article>
  );
}
