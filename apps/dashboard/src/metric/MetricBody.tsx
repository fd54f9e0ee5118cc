import { type MetricInfo } from '@freshet/live-protocol';
import { useSearch } from '@tanstack/react-router';
import { useWindowEvent } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { numberAt } from '../explain/number.js';
import { useExplain } from '../explain/use-explain.js';
import { isTyping } from '../frame/keys.js';
import { useBusiness } from '../live/business.js';
import { useHold } from '../live/hold.js';
import { ChartCard } from './ChartCard.js';
import { MetricHead } from './MetricHead.js';
import { NumbersTable } from './NumbersTable.js';
import { SideColumn } from './SideColumn.js';
import { Toolbar } from './Toolbar.js';
import { useMetricData } from './use-metric-data.js';
import { toView } from './view.js';
import classes from './Metric.module.css';

export function MetricBody({ metric }: { metric: MetricInfo }) {
  const { business } = useBusiness();
  const search = useSearch({ from: '/metrics/$name' });
  const view = useMemo(() => toView(search, metric, business.timeZone), [search, metric, business.timeZone]);
  const newest = useMetricData(metric, view);
  const hold = useHold(newest.live.kind === 'loading' ? undefined : newest.live.data);
  const [look, setLook] = useState<{ atMs: number; data: typeof newest } | undefined>(undefined);
  const data = look?.data ?? newest;
  const number = numberAt(metric, view, newest, newest.total?.closed.at(-1)?.endMs);
  const looked = look === undefined ? number : numberAt(metric, view, data, look.atMs);
  const explain = useExplain();
  useWindowEvent('keydown', (event) => {
    const isCommand = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key === 'e' && !isCommand && !isTyping(event.target) && looked !== undefined)
      explain.open(looked);
  });
  const setAtMs = (atMs: number | undefined) => {
    if (atMs === undefined) {
      setLook(undefined);
      hold.release();
    } else {
      setLook((before) => ({ atMs, data: before?.data ?? newest }));
      hold.hold();
    }
  };
  return (
    <>
      <MetricHead metric={metric} data={newest} view={view} />
      <Toolbar metric={metric} view={view} data={newest} />
      <div className={classes['columns']}>
        <div className={classes['main']}>
          <ChartCard
            metric={metric}
            view={view}
            data={data}
            atMs={look?.atMs}
            setAtMs={setAtMs}
            waiting={hold.held ? hold.waiting : undefined}
          />
          <NumbersTable metric={metric} view={view} data={data} atMs={look?.atMs} />
        </div>
        <SideColumn metric={metric} freshness={newest.freshness} number={number} />
      </div>
    </>
  );
}
