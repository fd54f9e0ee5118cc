import { Attention, Clock, Dot } from '../design/icons.js';
import { sliceAt } from '../figures/series.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { useWords } from '../words/words.js';
import { Change } from './Comparisons.js';
import { type TileModel } from './use-tile.js';
import classes from './Tile.module.css';

/** The one or two short lines under the value: comparisons, or why there are none. Same box in every state. */
export function TileReason({ model, heldMs }: { model: TileModel; heldMs: number | undefined }) {
  const words = useWords();
  const { figures } = useBusiness();
  const { state, metric, freshness } = model;
  if (heldMs !== undefined) {
    const ghost = model.ghost.find((slice) => slice.endMs === heldMs);
    return (
      <>
        <span className={classes['change']}>
          <span>
            {words.tile.at} <b>{figures.time(heldMs)}</b>
          </span>
        </span>
        <span className={classes['change']}>
          {ghost === undefined
            ? ''
            : `${words.compare.yesterday} ${figures.value(metric.unit, ghost.value, model.line?.currency)}`}
        </span>
      </>
    );
  }
  switch (state.kind) {
    case 'loading':
      return (
        <>
          <span className={classes['block']} style={{ width: 132, height: 12 }} />
          <span className={classes['block']} style={{ width: 112, height: 12 }} />
        </>
      );
    case 'stale': {
      const stage = state.freshness.stage;
      const owner = state.freshness.owner ?? metric.owner;
      return (
        <>
          <AsOf ms={state.freshness.asOfMs} warn />
          <span className={classes['change']}>
            <span>
              {stage === undefined ? (
                owner
              ) : (
                <>
                  {words.tile.waitingAt} <b>{words.stages[stage]}</b> · {owner}
                </>
              )}
            </span>
          </span>
        </>
      );
    }
    case 'catching_up':
      return (
        <>
          <AsOf ms={state.asOfMs} warn />
          <span className={classes['change']}>
            {state.lagMessages === null ? '' : words.tile.left(figures.decimals(state.lagMessages, 0))}
          </span>
        </>
      );
    case 'reconnecting':
      return (
        <>
          <AsOf ms={state.asOfMs} />
          <NextTry atMs={state.nextAttemptAtMs} />
        </>
      );
    case 'filling':
      return (
        <>
          <span className={classes['change']}>
            <Clock colour="var(--t3)" /> {words.tile.filledTo(figures.time(state.untilMs))}
          </span>
          <span className={classes['change']}>{words.tile.fillingHint}</span>
        </>
      );
    case 'unknown':
      return <span className={classes['change']}>{words.tile.noAsOf}</span>;
    case 'quiet':
      return (
        <>
          <span className={classes['change']}>
            <Dot colour="var(--good)" /> {words.tile.readToEnd}
          </span>
          {model.yesterday !== undefined && (
            <Change change={model.yesterday} than={words.compare.yesterday} />
          )}
        </>
      );
    case 'error':
      return (
        <>
          <span className={classes['change']}>
            <Attention colour="var(--bad)" /> <span className={classes['clip']}>{state.message}</span>
          </span>
          <span className={classes['change']}>
            {state.retryAfterMs === undefined
              ? words.tile.retryingSoon
              : words.tile.retrying(figures.span(Math.round(state.retryAfterMs / 1000) * 1000))}
          </span>
        </>
      );
    case 'forbidden':
      return (
        <>
          <span className={classes['change']}>
            <span className={classes['clip']}>{state.message || words.tile.needsRole}</span>
          </span>
          <span className={classes['change']}>{words.tile.askOwner(metric.owner)}</span>
        </>
      );
    case 'empty':
      return (
        <span className={classes['change']}>
          {model.line?.open === undefined ? words.tile.nothingInRange : words.tile.firstSoon}
        </span>
      );
    case 'alert':
      return (
        <>
          {model.yesterday !== undefined && (
            <Change change={model.yesterday} than={words.compare.yesterday} />
          )}
          <span className={classes['change']} style={{ color: 'var(--bad)' }}>
            {words.tile.slowAt(figures.duration(freshness?.behindMs ?? 0), state.alert.stage)}
          </span>
        </>
      );
    case 'gap':
      return (
        <>
          {model.yesterday !== undefined && (
            <Change change={model.yesterday} than={words.compare.yesterday} />
          )}
          <span className={classes['change']}>
            {words.tile.notCounted(figures.time(state.fromMs), figures.time(state.toMs))}
          </span>
        </>
      );
    case 'fresh':
      return <Changes model={model} />;
  }
}

/** Comparisons with yesterday and last week; a fresh revision takes the second place. */
function Changes({ model }: { model: TileModel }) {
  const words = useWords();
  const { figures } = useBusiness();
  const { yesterday, lastWeek, last, line } = model;
  const revised = line?.closed.findLast((slice) => slice.state === 'revised');
  const first =
    yesterday === undefined ? undefined : <Change change={yesterday} than={words.compare.yesterday} />;
  let second = undefined;
  if (lastWeek !== undefined && last !== undefined) {
    second = <Change change={lastWeek} than={words.compare.lastWeek(figures.weekday(last.endMs))} />;
  } else if (revised !== undefined && sliceAt(line, revised.endMs) !== undefined) {
    second = (
      <span className={classes['change']}>
        <Clock colour="var(--t3)" />
        {words.tile.revised(figures.time(revised.endMs), figures.decimals(revised.lateEvents, 0))}
      </span>
    );
  }
  return (
    <>
      {first ??
        (model.compared ? (
          <span className={classes['change']}>
            <Clock colour="var(--t3)" /> {words.compare.noYesterday}
          </span>
        ) : (
          <span className={classes['block']} style={{ width: 132, height: 12 }} />
        ))}
      {second}
    </>
  );
}

/** Beyond this a time of day alone would mislead. */
const LONG_MS = 20 * 3_600_000;

function AsOf({ ms, warn = false }: { ms: number | null; warn?: boolean }) {
  const words = useWords();
  const { figures } = useBusiness();
  const nowMs = useServerTime(60_000);
  const time = (at: number) => (nowMs - at > LONG_MS ? figures.dayTime(at) : figures.seconds(at));
  return (
    <span className={classes['change']}>
      <Clock colour={warn ? 'var(--warn)' : 'var(--t3)'} />
      <span>
        {ms === null ? (
          words.tile.noAsOf
        ) : (
          <>
            {words.tile.asOf} <b>{time(ms)}</b>
          </>
        )}
      </span>
    </span>
  );
}

function NextTry({ atMs }: { atMs: number | undefined }) {
  const words = useWords();
  const { figures } = useBusiness();
  useServerTime(1000);
  if (atMs === undefined) return <span className={classes['change']}>{words.sentence.trying}</span>;
  // eslint-disable-next-line react-hooks/purity -- the next try is told by the browser's own clock
  const waitMs = atMs - Date.now();
  return (
    <span className={classes['change']}>
      {waitMs < 500
        ? words.sentence.trying
        : words.tile.nextTry(figures.span(Math.ceil(waitMs / 1000) * 1000))}
    </span>
  );
}
