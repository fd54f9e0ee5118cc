import { useLive } from '@freshet/live-client/react';
import { type MetricInfo, type Point } from '@freshet/live-protocol';
import { coloursOf } from '../design/colours.js';
import { type Figures } from '../figures/figures.js';
import { silentValue } from '../figures/series.js';
import { stepOf } from '../figures/steps.js';
import { useBusiness } from '../live/business.js';
import { useWords, type Words } from '../words/words.js';
import classes from './Tile.module.css';

export interface SplitRow {
  readonly name: string;
  readonly raw: string;
  readonly value: number | null;
}

const NO_ROWS: readonly SplitRow[] = [];

/** A dimension value as a person reads it: `web` → `Web`. Empty ones have a name, too. */
export function nameOf(value: string, words: Words): string {
  if (value === '') return words.tile.none;
  if (value === '(other)') return words.tile.other;
  return value.charAt(0).toUpperCase() + value.slice(1);
}

/** Rows of the leading tile. */
const MOST_ROWS = 4;

/**
 * The values of one window by the first dimension, largest first and "(other)" last; one currency only. Values of
 * `known` in which nothing happened fill up the rows, unless they may hide in "(other)".
 */
function splitRows(
  metric: Pick<MetricInfo, 'currencyDimension' | 'measure'>,
  points: readonly Point[],
  endMs: number | undefined,
  currency: string,
  words: Words,
  known: readonly string[],
): readonly SplitRow[] {
  const rows = points
    .filter((point) => point.end === endMs)
    .filter((point) => metric.currencyDimension === undefined || point.series.at(-1) === currency)
    .map((point) => ({
      raw: point.series[0] ?? '',
      name: nameOf(point.series[0] ?? '', words),
      value: point.value,
    }))
    .sort((a, b) =>
      a.raw === '(other)' ? 1 : b.raw === '(other)' ? -1 : (b.value ?? -Infinity) - (a.value ?? -Infinity),
    );
  if (points.some(({ series }) => series[0] === '(other)')) return rows.slice(0, MOST_ROWS);
  const there = new Set(rows.map(({ raw }) => raw));
  const lately = points.map(({ series }) => series[0] ?? '');
  const silent = [...new Set([...lately, ...known])].filter((raw) => !there.has(raw));
  const nothing = silent.map((raw) => ({ raw, name: nameOf(raw, words), value: silentValue(metric) }));
  return [...rows, ...nothing].slice(0, MOST_ROWS);
}

const MOST_SEEN = 64;
/** Values that a metric itself has shown since the page was opened: another metric's mean nothing here. */
const seen = new Map<string, Set<string>>();

function seenOf(metric: string, dimension: string, points: readonly Point[]): readonly string[] {
  const key = `${metric} ${dimension}`;
  const values = seen.get(key) ?? new Set<string>();
  for (const { series } of points) if (values.size < MOST_SEEN) values.add(series[0] ?? '');
  seen.set(key, values);
  return [...values];
}

/** Four rows of the leading tile: name, bar, value. */
export function Split({
  metric,
  endMs,
  currency,
  off,
  wanted,
}: {
  metric: MetricInfo;
  endMs: number | undefined;
  currency: string;
  off: boolean;
  /** The tile's own number comes first. */
  wanted: boolean;
}) {
  const words = useWords();
  const { figures } = useBusiness();
  const dimension = metric.splitBy ?? '';
  const live = useLive(
    wanted
      ? {
          metric: metric.name,
          groupBy: [dimension],
          range: { kind: 'last', ms: 15 * 60_000 + Math.max(stepOf(metric), metric.window.sizeMs) },
          top: MOST_ROWS,
        }
      : undefined,
  );
  const data = live.kind === 'loading' ? undefined : live.data;
  const rows =
    data === undefined
      ? NO_ROWS
      : splitRows(metric, data.points, endMs, currency, words, seenOf(metric.name, dimension, data.points));
  const colours = coloursOf(
    dimension,
    rows.map((row) => row.raw),
  );
  const most = Math.max(...rows.map((row) => Math.abs(row.value ?? 0)), 0);
  return (
    <ul className={classes['split']} aria-label={words.tile.splitBy(dimension)}>
      {rows.map((row) => (
        <Row
          key={row.raw}
          row={row}
          most={most}
          metric={metric}
          figures={figures}
          currency={currency}
          colour={off ? 'var(--ghost)' : (colours.get(row.raw) ?? 'var(--c-other)')}
        />
      ))}
    </ul>
  );
}

function Row({
  row,
  most,
  metric,
  figures,
  currency,
  colour,
}: {
  row: SplitRow;
  most: number;
  metric: MetricInfo;
  figures: Figures;
  currency: string;
  colour: string;
}) {
  const share = most === 0 ? 0 : Math.abs(row.value ?? 0) / most;
  return (
    <li>
      <span className={classes['splitName']}>{row.name}</span>
      <span className={classes['bar']}>
        <span style={{ width: `${Math.max(share * 100, share > 0 ? 2 : 0)}%`, background: colour }} />
      </span>
      <span className={classes['splitValue']}>{figures.value(metric.unit, row.value, currency)}</span>
    </li>
  );
}
