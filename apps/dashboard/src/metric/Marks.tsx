import { type MetricInfo } from '@freshet/live-protocol';
import { Triangle } from '../design/icons.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { type MetricData } from './use-metric-data.js';
import classes from './Metric.module.css';

const MOST = 4;
/** Beyond this a time of day alone would mislead. */
const DAY_AND_HALF_MS = 36 * 3_600_000;

/** The lane under the axis: what happened to the numbers in this range, in words. */
export function Marks({ metric, data }: { metric: MetricInfo; data: MetricData }) {
  const words = useWords();
  const { figures, alerts } = useBusiness();
  const revised = (data.total?.closed ?? [])
    .filter((slice) => slice.state === 'revised' && slice.endMs >= data.fromMs && slice.endMs <= data.toMs)
    .slice(-MOST);
  const time = (ms: number) =>
    data.toMs - data.fromMs > DAY_AND_HALF_MS ? figures.dayTime(ms) : figures.time(ms);
  const alert = alerts.get(metric.name);
  const changed = metric.promotions
    .filter(({ atMs, isFirst }) => !isFirst && atMs >= data.fromMs && atMs <= data.toMs)
    .slice(-MOST);
  const nothing = revised.length === 0 && alert === undefined && changed.length === 0;
  return (
    <div className={classes['marks']}>
      <span className={classes['marksName']}>{words.metric.marks}</span>
      {nothing && <span>{words.metric.noMarks}</span>}
      {changed.map(({ revision, atMs }) => (
        <span key={atMs}>
          <svg width="11" height="11" viewBox="0 0 11 11" aria-hidden="true">
            <rect x="1" y="1" width="9" height="9" fill="none" stroke="var(--t1)" strokeWidth="1.25" />
          </svg>
          {words.metric.definitionMark(time(atMs), revision.slice(0, 7))}
        </span>
      ))}
      {revised.map((slice) => (
        <span key={slice.endMs}>
          <svg width="11" height="11" viewBox="0 0 11 11" aria-hidden="true">
            <path d="M5.5 1 10 5.5 5.5 10 1 5.5Z" fill="none" stroke="var(--t1)" strokeWidth="1.25" />
          </svg>
          {words.metric.revisedMark(time(slice.endMs), figures.decimals(slice.lateEvents, 0))}
        </span>
      ))}
      {alert !== undefined && (
        <span>
          <Triangle colour="var(--bad)" size={11} />
          {words.metric.alertMark(time(alert.sinceMs), alert.summary)}
        </span>
      )}
    </div>
  );
}
