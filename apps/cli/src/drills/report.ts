import { textTable } from '../operations/text-table.js';
import type { DrillResult } from './drill.js';

const HEAD = [
  'drill',
  'result',
  'stage',
  'owner',
  'metrics',
  'visible',
  'fired',
  'window',
  'told',
  'cleared',
] as const;

/** A table of what was measured, what was wrong, and how many passed. */
export function reportOf(results: readonly DrillResult[]): string {
  const rows = results.map(({ name, problems, alert, ...times }) => [
    name,
    problems.length === 0 ? 'passed' : 'FAILED',
    alert?.stage ?? '-',
    alert?.owner ?? '-',
    alert === undefined ? '-' : String(alert.metrics.length),
    seconds(times.visibleAfterMs),
    seconds(times.firedAfterMs),
    seconds(times.actionWindowMs),
    seconds(times.toldAfterMs),
    seconds(times.clearedAfterMs),
  ]);
  const wrong = results.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
  const passed = results.filter(({ problems }) => problems.length === 0).length;
  return [
    textTable(HEAD, rows),
    ...(wrong.length === 0 ? [] : ['', ...wrong]),
    '',
    'visible, fired: from when it was true; window: what it had to fire within; told: until the owner’s webhook had it; cleared: from the end of the fault.',
    `${passed} of ${results.length} drills passed`,
  ].join('\n');
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`;
}
