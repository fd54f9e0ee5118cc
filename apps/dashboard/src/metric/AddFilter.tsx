import { type MetricInfo, type Selection } from '@freshet/live-protocol';
import { Popover } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Plus } from '../design/icons.js';
import { useServerTime } from '../live/clock.js';
import { valuesQuery } from '../live/rest.js';
import { nameOf } from '../pulse/Split.js';
import { useWords } from '../words/words.js';
import classes from './Toolbar.module.css';

interface AddFilterProps {
  readonly metric: MetricInfo;
  readonly filter: Selection['filter'];
  readonly set: (dimension: string, values: readonly string[]) => void;
  readonly name: string;
  readonly other: string;
}

/** Dimension by dimension, the values seen in the last hour. */
export function AddFilter({ metric, filter, set, name }: AddFilterProps) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-start"
      trapFocus
      width={224}
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <button type="button" className={classes['add']} onClick={() => setOpen(!open)}>
          <Plus size={10} /> {name}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes['filters']}>
          {metric.dimensions
            .filter((dimension) => dimension !== metric.currencyDimension)
            .map((dimension) => (
              <Values
                key={dimension}
                metric={metric}
                dimension={dimension}
                chosen={filter[dimension] ?? []}
                set={set}
              />
            ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Values({
  metric,
  dimension,
  chosen,
  set,
}: {
  metric: MetricInfo;
  dimension: string;
  chosen: readonly string[];
  set: AddFilterProps['set'];
}) {
  const words = useWords();
  const hour = useServerTime(15 * 60_000);
  const { data } = useQuery(
    valuesQuery({
      metric: metric.name,
      fromMs: hour - 3_600_000,
      toMs: hour + 15 * 60_000,
      everyMs: undefined,
      groupBy: [dimension],
      filter: {},
    }),
  );
  const seen = new Set([...chosen, ...(data?.points ?? []).map((point) => point.series[0] ?? '')]);
  seen.delete('(other)');
  return (
    <fieldset>
      <legend>{dimension}</legend>
      {[...seen].sort().map((value) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={(event) =>
              set(
                dimension,
                event.currentTarget.checked ? [...chosen, value] : chosen.filter((one) => one !== value),
              )
            }
          />
          {nameOf(value, words)}
        </label>
      ))}
    </fieldset>
  );
}
