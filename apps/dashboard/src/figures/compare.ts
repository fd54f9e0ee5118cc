import { type MetricInfo } from '@freshet/live-protocol';
import { type Figures } from './figures.js';

/** What a change is, before it is put in words. */
export interface Comparison {
  readonly direction: 'up' | 'down' | 'same';
  /** By `goodDirection`; `neutral` where there is none or nothing changed. */
  readonly judgement: 'good' | 'bad' | 'neutral';
  /** `8.0 %`, or points for shares: `0.20 pt`. */
  readonly amount: string;
  /** Change as a share of what was before, for ranking; 0.08 is 8 %. */
  readonly weight: number;
}

/**
 * Compares a value with an earlier one. Shares differ in points, all else in per cent of the earlier value.
 * Undefined where there is nothing to compare with (no value, or nothing to take a per cent of).
 */
export function compare(
  metric: Pick<MetricInfo, 'unit' | 'goodDirection'>,
  now: number | null | undefined,
  before: number | null | undefined,
  figures: Figures,
): Comparison | undefined {
  if (now === null || now === undefined || before === null || before === undefined) return undefined;
  if (before === 0 && now !== 0 && metric.unit !== 'percent') return undefined;
  const difference = now - before;
  const weight = before === 0 ? difference : difference / Math.abs(before);
  const amount =
    metric.unit === 'percent'
      ? `${figures.decimals(Math.abs(difference) * 100, 2)}\u00a0${figures.points}`
      : `${figures.decimals(Math.abs(weight) * 100, 1)}\u00a0%`;
  const shown = metric.unit === 'percent' ? Math.abs(difference) * 1e4 : Math.abs(weight) * 1e3;
  if (shown < 0.5) return { direction: 'same', judgement: 'neutral', amount, weight: 0 };
  const direction = difference > 0 ? 'up' : 'down';
  const judgement =
    metric.goodDirection === 'none' ? 'neutral' : metric.goodDirection === direction ? 'good' : 'bad';
  return { direction, judgement, amount, weight };
}
