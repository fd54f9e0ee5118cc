import { type MetricInfo } from '@freshet/live-protocol';
import { sliceAt } from '../figures/series.js';
import { type ChartLine } from './chart-model.js';

/** Quoted where it has to be; a leading formula sign is defused, so that no spreadsheet runs it. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The windows of the table as CSV (RFC 4180), oldest first: times in UTC, values as stored (money in minor
 * units, shares as 0..1), so that nothing is lost by rounding.
 */
export function toCsv(
  metric: Pick<MetricInfo, 'name' | 'unit'>,
  lines: readonly ChartLine[],
  ghost: ChartLine | undefined,
  everyMs: number,
): string {
  const total = lines.find((line) => line.role === 'total');
  const parts = lines.filter((line) => line.role === 'part');
  const unit = metric.unit === 'money' ? `_minor_${total?.currency ?? ''}` : '';
  const head = [
    'window_start',
    'window_end',
    `${metric.name}${unit}`,
    ...parts.map((line) => line.name),
    'numerator',
    'denominator',
    ...(ghost === undefined ? [] : [ghost.name]),
    'state',
    'late_events',
  ];
  const rows = [...(total?.closed ?? []), ...(total?.open === undefined ? [] : [total.open])].map((slice) => [
    new Date(slice.startMs).toISOString(),
    new Date(slice.endMs).toISOString(),
    slice.value,
    ...parts.map((line) => sliceAt(line, slice.endMs)?.value),
    slice.numerator,
    slice.denominator,
    ...(ghost === undefined ? [] : [sliceAt(ghost, slice.endMs)?.value]),
    slice === total?.open ? `open, every ${everyMs / 1000} s` : slice.state,
    slice.lateEvents,
  ]);
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
