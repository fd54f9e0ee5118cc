import type { Section } from '@freshet/contracts';
import type { MetricDefinition, Window } from '../metric.js';

const MAX_PANES_PER_WINDOW = 1440;

/** Reads `window`. */
export function readWindow(section: Section): Window | undefined {
  const window = section.section('window', ['tumbling', 'hopping', 'every']);
  if (window === undefined) return undefined;
  if (window.has('tumbling') === window.has('hopping')) {
    return section.report(
      'window',
      'is either tumbling or hopping',
      'Write { tumbling: 1m } or { hopping: 5m, every: 1m }.',
    );
  }
  const kind = window.has('tumbling') ? 'tumbling' : 'hopping';
  const sizeMs = window.durationMs(kind);
  if (kind === 'tumbling' && window.has('every')) {
    return window.report(
      'every',
      'does not belong to a tumbling window',
      'Remove it, or make the window hopping.',
    );
  }
  const everyMs = kind === 'tumbling' ? sizeMs : window.durationMs('every');
  if (sizeMs === undefined || everyMs === undefined) return undefined;
  if (everyMs < 1000)
    return window.report(kind === 'tumbling' ? kind : 'every', 'is shorter than 1s', 'Choose at least 1s.');
  if (sizeMs < everyMs) {
    return window.report(kind, 'is shorter than its step', 'Choose at least the step, such as 5m every 1m.');
  }
  if (sizeMs % everyMs !== 0) {
    return window.report(
      kind,
      'is not a multiple of every',
      'Choose a length that every divides, such as 5m every 1m.',
    );
  }
  if (sizeMs / everyMs > MAX_PANES_PER_WINDOW) {
    return window.report(
      'every',
      `makes more than ${MAX_PANES_PER_WINDOW} panes a window`,
      'Choose a longer step.',
    );
  }
  return { kind, sizeMs, everyMs };
}

/** Reads `lateness`. */
export function readLateness(section: Section): MetricDefinition['lateness'] | undefined {
  const lateness = section.section('lateness', ['watermarkDelay', 'allowed']);
  const watermarkDelayMs = lateness?.durationMs('watermarkDelay');
  const allowedMs = lateness?.durationMs('allowed');
  if (watermarkDelayMs === undefined || allowedMs === undefined) return undefined;
  return { watermarkDelayMs, allowedMs };
}
