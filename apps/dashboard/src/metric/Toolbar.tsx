import { type MetricInfo } from '@freshet/live-protocol';
import { Menu } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode } from 'react';
import { Chevron, Cross } from '../design/icons.js';
import { useBusiness } from '../live/business.js';
import { nameOf } from '../pulse/Split.js';
import { useWords } from '../words/words.js';
import { AddFilter } from './AddFilter.js';
import { CustomRange } from './CustomRange.js';
import { type MetricData } from './use-metric-data.js';
import { COMPARISONS, grains, RANGES, type View, type ViewSearch } from './view.js';
import classes from './Toolbar.module.css';

/** Range, grain, comparison, split and filters; each change is a place in the browser's history. */
export function Toolbar({ metric, view, data }: { metric: MetricInfo; view: View; data: MetricData }) {
  const { metric: words, tile } = useWords();
  const all = useWords();
  const { figures } = useBusiness();
  const search = useSearch({ from: '/metrics/$name' });
  const navigate = useNavigate({ from: '/metrics/$name' });
  const change = (next: ViewSearch) => void navigate({ search: next, replace: false });
  const without = (...keys: (keyof ViewSearch)[]) =>
    Object.fromEntries(
      Object.entries(search).filter(([key]) => !keys.includes(key as keyof ViewSearch)),
    ) as ViewSearch;
  const comparison = (one: (typeof COMPARISONS)[number]) =>
    one === 'none'
      ? words.nothing
      : one === 'week'
        ? words.lastWeek
        : one === 'previous'
          ? words.previous
          : words.yesterday;
  const filters = Object.entries(view.filter);
  const withFilter = (dimension: string, values: readonly string[]) => {
    const filter = { ...search.filter };
    if (values.length === 0) delete filter[dimension];
    else filter[dimension] = values;
    change(Object.keys(filter).length === 0 ? without('filter') : { ...search, filter });
  };

  return (
    <div className={classes['bar']} role="toolbar" aria-label={words.range}>
      <div className={classes['ranges']} role="group" aria-label={words.range}>
        {Object.keys(RANGES).map((range) => (
          <button
            key={range}
            type="button"
            aria-pressed={view.range === range}
            onClick={() => change({ ...without('from', 'to', 'every'), range })}
          >
            {words.ranges[range]}
          </button>
        ))}
        <CustomRange
          active={view.range === undefined}
          fromMs={data.fromMs}
          toMs={data.toMs}
          apply={(from, to) => change({ ...without('range', 'every'), from, to })}
        />
      </div>

      <Choice label={words.every} value={figures.span(view.everyMs)}>
        {grains(metric.window.everyMs, view.rangeMs).map((ms) => (
          <Menu.Item key={ms} onClick={() => change({ ...search, every: ms })}>
            {figures.span(ms)}
          </Menu.Item>
        ))}
      </Choice>

      <Choice
        label={words.compare}
        value={comparison(view.compare)}
        clear={view.compare === 'none' ? undefined : () => change({ ...search, compare: 'none' })}
      >
        {COMPARISONS.map((one) => (
          <Menu.Item
            key={one}
            onClick={() => change(one === 'yesterday' ? without('compare') : { ...search, compare: one })}
          >
            {comparison(one)}
          </Menu.Item>
        ))}
      </Choice>

      <Choice
        label={words.splitBy}
        value={view.split ?? words.nothing}
        clear={view.split === undefined ? undefined : () => change({ ...search, split: '-' })}
      >
        {metric.dimensions
          .filter((dimension) => dimension !== metric.currencyDimension)
          .map((dimension) => (
            <Menu.Item key={dimension} onClick={() => change({ ...search, split: dimension })}>
              {dimension}
            </Menu.Item>
          ))}
        <Menu.Item onClick={() => change({ ...search, split: '-' })}>{words.nothing}</Menu.Item>
      </Choice>

      {filters.map(([dimension, values]) => (
        <span key={dimension} className={classes['chip']}>
          {dimension} {words.is} <b>{values.map((value) => nameOf(value, all)).join(` ${words.anyOf} `)}</b>
          <button
            type="button"
            aria-label={words.remove(dimension)}
            onClick={() => withFilter(dimension, [])}
          >
            <Cross size={10} />
          </button>
        </span>
      ))}
      <AddFilter
        metric={metric}
        filter={view.filter}
        set={withFilter}
        name={words.filter}
        other={tile.other}
      />
    </div>
  );
}

function Choice({
  label,
  value,
  clear,
  children,
}: {
  label: string;
  value: string;
  clear?: (() => void) | undefined;
  children: ReactNode;
}) {
  const { metric: words } = useWords();
  return (
    <span className={classes['chip']}>
      <Menu position="bottom-start" transitionProps={{ duration: 0 }} width={160}>
        <Menu.Target>
          <button type="button" className={classes['choice']}>
            {label} <b>{value}</b>
            {clear === undefined && <Chevron size={12} />}
          </button>
        </Menu.Target>
        <Menu.Dropdown>{children}</Menu.Dropdown>
      </Menu>
      {clear !== undefined && (
        <button type="button" aria-label={words.remove(label)} onClick={clear}>
          <Cross size={10} />
        </button>
      )}
    </span>
  );
}
