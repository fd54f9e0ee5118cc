import { type Freshness, type MetricInfo, type Objective, type SourceState } from '@freshet/live-protocol';
import { Link } from '@tanstack/react-router';
import { Diamond, QuietRing, Triangle } from '../design/icons.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { Budget } from './Budget.js';
import { DayStrip } from './DayStrip.js';
import { StageBar, TARGET_AT } from './StageBar.js';
import { type Way } from './stages.js';
import classes from './Freshness.module.css';

const BAR_WIDTH = 304;
const STRIP_WIDTH = 270;
/** The burn rate of an hour is what pages. */
const HOUR_MS = 3_600_000;

interface TargetTableProps {
  readonly targetMs: number;
  readonly metrics: readonly MetricInfo[];
  readonly all: ReadonlyMap<string, Freshness>;
  readonly objectives: ReadonlyMap<string, Objective>;
  readonly sources: ReadonlyMap<string, SourceState>;
  readonly ways: Readonly<Record<string, Way>>;
}

/** The metrics of one target, the slowest first, on one scale. */
export function TargetTable({ targetMs, metrics, all, objectives, sources, ways }: TargetTableProps) {
  const { freshness: words, frame } = useWords();
  const { figures } = useBusiness();
  const objective = metrics[0]?.freshness.objective ?? 0;
  const kept = [...objectives.values()].some(({ beganAtMs }) => beganAtMs !== null);
  return (
    <div className={classes['scroll']}>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">
              <b>{words.group(figures.span(targetMs))}</b>{' '}
              {words.at(`${figures.decimals(objective * 100, 1)}\u00a0%`)}
            </th>
            <th scope="col" className={classes['left']}>
              <span className="visually-hidden">{frame.freshness}</span>
              <Scale targetMs={targetMs} />
            </th>
            <th scope="col">{words.behind}</th>
            {kept ? (
              <>
                <th scope="col" className={classes['left']}>
                  {words.budgetLeft}
                </th>
                <th scope="col">{words.burn}</th>
                <th scope="col" className={classes['strip']}>
                  <span>{words.badADay}</span>
                  <span>{words.today}</span>
                </th>
              </>
            ) : (
              <>
                <th scope="col">{words.asOf}</th>
                <th scope="col">{words.toRead}</th>
              </>
            )}
            <th scope="col">{words.slowest}</th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => (
            <MetricRow
              key={metric.name}
              metric={metric}
              freshness={all.get(metric.name)}
              objective={kept ? (objectives.get(metric.name) ?? 'none') : undefined}
              source={sources.get(metric.topic)}
              way={ways[metric.name]}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Figures over the bars, from nothing to the target. */
function Scale({ targetMs }: { targetMs: number }) {
  const { figures } = useBusiness();
  return (
    <span className={classes['scale']} style={{ width: BAR_WIDTH }} aria-hidden="true">
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <span
          key={share}
          style={{ left: share * TARGET_AT * BAR_WIDTH }}
          data-target={share === 1 || undefined}
        >
          {share === 1 ? figures.span(targetMs) : figures.short((share * targetMs) / 1000)}
        </span>
      ))}
    </span>
  );
}

interface MetricRowProps {
  readonly metric: MetricInfo;
  readonly freshness: Freshness | undefined;
  /** `none`: the account has nothing of this metric. Undefined: there is no account. */
  readonly objective: Objective | 'none' | undefined;
  readonly source: SourceState | undefined;
  readonly way: Way | undefined;
}

function MetricRow({ metric, freshness, objective, source, way }: MetricRowProps) {
  const { freshness: words } = useWords();
  const { figures, alerts } = useBusiness();
  const status = freshness?.status ?? 'unknown';
  const asOfMs = freshness?.asOfMs ?? null;
  const behindMs = freshness?.behindMs ?? null;
  const lag = freshness?.lagMessages ?? null;
  const isAlert = status === 'fresh' && alerts.has(metric.name);
  const slowest = source?.slowestPartition ?? null;
  return (
    <tr data-status={isAlert ? 'alert' : status} title={freshness?.reason}>
      <th scope="row">
        <Link to="/metrics/$name" params={{ name: metric.name }}>
          {(status === 'stale' || status === 'catching_up') && <Diamond />}
          {isAlert && <Triangle />}
          {status === 'unknown' && <QuietRing />}
          {metric.title}
        </Link>
        <small>{metric.owner}</small>
      </th>
      <td className={classes['bar']}>
        <StageBar metric={metric} freshness={freshness} way={way} width={BAR_WIDTH} named />
      </td>
      <td className={classes['behind']}>{behindMs === null ? '–' : figures.duration(behindMs)}</td>
      {objective === undefined ? (
        <>
          <td className={classes['detail']}>
            {asOfMs === null ? words.noEvidence : figures.seconds(asOfMs)}
          </td>
          <td className={classes['detail']}>{lag === null ? '–' : figures.decimals(lag, 0)}</td>
        </>
      ) : objective === 'none' || objective.beganAtMs === null ? (
        <td colSpan={3} className={`${classes['left']} ${classes['wide']}`}>
          {words.notBegun}
        </td>
      ) : (
        <>
          <td className={`${classes['left']} ${classes['fact']}`} data-label={words.budgetLeft}>
            <Budget objective={objective} />
          </td>
          <Burn objective={objective} label={words.burn} />
          <td className={`${classes['strip']} ${classes['detail']}`}>
            <DayStrip objective={objective} title={metric.title} width={STRIP_WIDTH} />
          </td>
        </>
      )}
      <td className={classes['detail']}>{slowest === null ? metric.topic : `${metric.topic}-${slowest}`}</td>
    </tr>
  );
}

function Burn({ objective, label }: { objective: Objective; label: string }) {
  const { figures } = useBusiness();
  const hour = objective.burn.find(({ longMs }) => longMs === HOUR_MS);
  const rate = hour?.longRate;
  const tone = rate === undefined || rate <= 1 ? undefined : rate >= (hour?.threshold ?? 14) ? 'bad' : 'warn';
  return (
    <td className={`${classes['burn']} ${classes['fact']}`} data-tone={tone} data-label={label}>
      {rate === undefined ? '–' : `${figures.decimals(rate, 1)}\u00a0×`}
    </td>
  );
}
