import { type MetricInfo } from '@freshet/live-protocol';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Pause } from '../design/icons.js';
import { Badge, Card, Notice } from '../design/primitives.js';
import { useBusiness } from '../live/business.js';
import { useWords } from '../words/words.js';
import { Marks } from './Marks.js';
import { type MetricData } from './use-metric-data.js';
import { type View } from './view.js';
import classes from './Metric.module.css';

const Chart = lazy(() => import('./Chart.js'));

interface ChartCardProps {
  readonly metric: MetricInfo;
  readonly view: View;
  readonly data: MetricData;
  readonly atMs: number | undefined;
  readonly setAtMs: (ms: number | undefined) => void;
  readonly waiting: number | undefined;
}

export function ChartCard({ metric, view, data, atMs, setAtMs, waiting }: ChartCardProps) {
  const words = useWords();
  const { figures } = useBusiness();
  const { live } = data;
  const off = live.kind === 'stale';
  return (
    <Card label={metric.title}>
      <header className={classes['cardHead']}>
        <h2>{metric.title}</h2>
        <span>
          {words.metric.endingAt(figures.span(Math.max(metric.window.sizeMs, view.everyMs)))}
          {data.total?.currency === undefined ? '' : `, ${data.total.currency}`}
        </span>
        {waiting !== undefined && (
          <Badge tone="plain" icon={<Pause />}>
            {words.metric.paused(String(waiting))}
          </Badge>
        )}
      </header>
      {live.kind === 'error' ? (
        <Failure message={live.message} />
      ) : live.kind !== 'loading' &&
        data.lines.every((line) => line.closed.length === 0 && line.open === undefined) ? (
        <div className={classes['hollow']}>
          <Notice title={words.metric.noPoints} hint={words.metric.noPointsHint} />
        </div>
      ) : (
        <Suspense fallback={<div className={classes['hollow']} />}>
          {live.kind === 'loading' ? (
            <div className={classes['hollow']} />
          ) : (
            <Chart
              metric={metric}
              lines={data.lines}
              ghost={data.ghost}
              fromMs={data.fromMs}
              toMs={data.toMs}
              everyMs={view.everyMs}
              off={off}
              atMs={atMs}
              setAtMs={setAtMs}
              nowMs={live.data?.servedAtMs ?? 0}
            />
          )}
        </Suspense>
      )}
      <Marks metric={metric} data={data} />
    </Card>
  );
}

function Failure({ message }: { message: string }) {
  const words = useWords();
  const queries = useQueryClient();
  return (
    <div className={classes['hollow']}>
      <Notice
        title={words.metric.failed}
        hint={message}
        action={
          <button
            type="button"
            className={classes['button']}
            onClick={() => void queries.invalidateQueries()}
          >
            {words.metric.retry}
          </button>
        }
      />
    </div>
  );
}
