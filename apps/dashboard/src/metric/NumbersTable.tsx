import { type MetricInfo } from '@freshet/live-protocol';
import { useState, type ReactNode } from 'react';
import { Card } from '../design/primitives.js';
import { type ExplainAddress } from '../explain/address.js';
import { ExplainButton } from '../explain/ExplainButton.js';
import { numberAt } from '../explain/number.js';
import { sliceAt, type Slice } from '../figures/series.js';
import { useBusiness } from '../live/business.js';
import { useServerTime } from '../live/clock.js';
import { useWords } from '../words/words.js';
import { type ChartLine } from './chart-model.js';
import { type MetricData } from './use-metric-data.js';
import { type View } from './view.js';
import classes from './Metric.module.css';

/** As many as are looked at; the rest by one click, so that what follows the table is not far away. */
const FIRST_ROWS = 15;

interface NumbersTableProps {
  readonly metric: MetricInfo;
  readonly view: View;
  readonly data: MetricData;
  readonly atMs: number | undefined;
}

/** The chart's own numbers, newest first, open windows on top: one that is over and waits for stragglers is open, too. */
export function NumbersTable({ metric, view, data, atMs }: NumbersTableProps) {
  const words = useWords();
  const { figures } = useBusiness();
  const [all, setAll] = useState(false);
  const total = data.lines.find((line) => line.role === 'total');
  const parts = data.lines.filter((line) => line.role === 'part');
  const closed = (total?.closed ?? [])
    .filter(({ endMs }) => endMs >= data.fromMs && endMs <= data.toMs)
    .toReversed();
  const shown = all ? closed : closed.slice(0, FIRST_ROWS);
  const ratio = metric.measure === 'ratio';
  const sizeMs = Math.max(metric.window.sizeMs, view.everyMs);
  const columns = {
    metric,
    split: view.split,
    address: (endMs: number) => numberAt(metric, view, data, endMs),
    parts,
    ghost: data.ghost,
    ratio,
    everyMs: view.everyMs,
    days: view.rangeMs > 36 * 3_600_000,
  };
  return (
    <Card label={words.metric.table}>
      <header className={classes['cardHead']}>
        <h2>{words.metric.table}</h2>
        <span>{words.metric.newestFirst}</span>
        <span className={classes['count']}>{words.metric.rows(figures.decimals(closed.length, 0))}</span>
      </header>
      <div className={classes['scroll']}>
        <table className={classes['table']}>
          <thead>
            <tr>
              <th scope="col">{words.metric.windowEnd(figures.span(sizeMs))}</th>
              <th scope="col">{total?.name ?? words.metric.all}</th>
              {parts.map((line) => (
                <th key={line.key} scope="col">
                  <i style={{ background: line.colour }} /> {line.name}
                </th>
              ))}
              {ratio && <th scope="col">{words.metric.numerator}</th>}
              {ratio && <th scope="col">{words.metric.denominator}</th>}
              {data.ghost !== undefined && <th scope="col">{capital(data.ghost.name)}</th>}
              <th scope="col">{words.metric.state}</th>
            </tr>
          </thead>
          <tbody>
            {total !== undefined &&
              data.live.kind === 'value' &&
              [total.next, total.open]
                .filter((slice) => slice !== undefined)
                .map((slice) => (
                  <Row key={slice.endMs} slice={slice} total={total} open {...columns} lit={false} />
                ))}
            {total !== undefined &&
              shown.map((slice) => (
                <Row
                  key={slice.endMs}
                  slice={slice}
                  total={total}
                  open={false}
                  {...columns}
                  lit={slice.endMs === atMs}
                />
              ))}
          </tbody>
        </table>
      </div>
      {shown.length < closed.length && (
        <button type="button" className={classes['more']} onClick={() => setAll(true)}>
          {words.metric.moreRows(figures.decimals(closed.length - shown.length, 0))}
        </button>
      )}
    </Card>
  );
}

interface RowProps {
  readonly metric: MetricInfo;
  readonly split: string | undefined;
  readonly address: (endMs: number) => ExplainAddress | undefined;
  readonly slice: Slice;
  readonly total: ChartLine;
  readonly parts: readonly ChartLine[];
  readonly ghost: ChartLine | undefined;
  readonly everyMs: number;
  readonly ratio: boolean;
  readonly days: boolean;
  readonly open: boolean;
  readonly lit: boolean;
}

function Row({
  metric,
  split,
  address,
  slice,
  total,
  parts,
  ghost,
  ratio,
  days,
  open,
  lit,
  everyMs,
}: RowProps) {
  const words = useWords();
  const { figures } = useBusiness();
  const show = (value: number | null | undefined) =>
    figures.value(metric.unit, value ?? null, total.currency);
  const whole = (value: number | undefined) => (value === undefined ? '–' : figures.decimals(value, 0));
  const time = days ? figures.dayTime(slice.endMs) : figures.time(slice.endMs);
  const number = address(slice.endMs);
  // What was folded into "(other)" is told apart by the other lines only.
  const part = (line: ChartLine) =>
    number === undefined || split === undefined || line.value === undefined || line.value === '(other)'
      ? undefined
      : { ...number, filter: { ...number.filter, [split]: [line.value] } };
  return (
    <tr
      data-open={open || undefined}
      data-lit={lit || undefined}
      data-window-end={slice.endMs}
      data-value={slice.value ?? undefined}
    >
      <th scope="row">{open ? words.metric.to2(time) : time}</th>
      <td className={classes['strong']}>{explained(number, show(slice.value))}</td>
      {parts.map((line) => (
        <td key={line.key}>{explained(part(line), show(sliceAt(line, slice.endMs)?.value))}</td>
      ))}
      {ratio && <td>{whole(slice.numerator)}</td>}
      {ratio && <td>{whole(slice.denominator)}</td>}
      {ghost !== undefined && <td className={classes['weak']}>{show(sliceAt(ghost, slice.endMs)?.value)}</td>}
      <td className={classes['weak']}>
        {open ? <OpenFor slice={slice} everyMs={everyMs} /> : <State slice={slice} />}
      </td>
    </tr>
  );
}

function explained(number: ExplainAddress | undefined, text: string): ReactNode {
  return number === undefined || text === '–' ? text : <ExplainButton address={number}>{text}</ExplainButton>;
}

function State({ slice }: { slice: Slice }) {
  const { metric: words } = useWords();
  const { figures } = useBusiness();
  const notes = [
    words.states[slice.state],
    ...(slice.lateEvents > 0 ? [words.late(figures.decimals(slice.lateEvents, 0))] : []),
    ...(slice.incomplete ? [words.incomplete] : []),
    ...(slice.partial ? [words.partial] : []),
  ];
  return <span title={words.statesMeaning[slice.state]}>{notes.join(', ')}</span>;
}

function OpenFor({ slice, everyMs }: { slice: Slice; everyMs: number }) {
  const { metric: words } = useWords();
  const { figures } = useBusiness();
  const nowMs = useServerTime(1000);
  return words.openIn(figures.duration(Math.max(0, Math.min(everyMs, nowMs - (slice.endMs - everyMs)))));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
