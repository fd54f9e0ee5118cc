import { isTimeZone, type Section } from '@freshet/contracts';
import { CALENDAR_PANE_MS, hasEvenHours } from '@freshet/windowing';
import type { MetricDefinition, Window } from '../metric.js';

const MAX_PANES_PER_WINDOW = 1440;

const KINDS = ['tumbling', 'hopping', 'calendar'] as const;

/**
 * Reads `window`.
 * @param timeZone of the business: that of calendar windows that name none; absent: they have to
 */
export function readWindow(section: Section, timeZone: string | undefined): Window | undefined {
  const window = section.section('window', [...KINDS, 'every', 'timeZone']);
  if (window === undefined) return undefined;
  const kinds = KINDS.filter((kind) => window.has(kind));
  if (kinds.length !== 1) {
    return section.report(
      'window',
      `is one of ${KINDS.join(', ')}; found ${kinds.join(' and ') || 'none'}`,
      'Write { tumbling: 1m }, { hopping: 5m, every: 1m } or { calendar: day }.',
    );
  }
  if (window.has('calendar')) return readCalendar(window, timeZone);
  if (window.has('timeZone')) {
    const remedy = 'Remove it, or make the window { calendar: day }.';
    return window.report('timeZone', 'belongs to calendar windows', remedy);
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

function readCalendar(window: Section, businessZone: string | undefined): Window | undefined {
  const unit = window.oneOf('calendar', ['hour', 'day'] as const);
  if (window.has('every')) {
    window.report('every', 'does not belong to a calendar window', 'Remove it: the calendar says how often.');
  }
  const own = window.optionalText('timeZone');
  const timeZone = own ?? businessZone;
  if (unit === undefined) return undefined;
  if (timeZone === undefined) {
    return window.report('calendar', 'needs a time zone', 'Add timeZone, such as Europe/London.');
  }
  if (!isTimeZone(timeZone)) {
    return window.report('timeZone', `"${timeZone}" is not a time zone`, 'Use an IANA name.', {
      found: timeZone,
      candidates: Intl.supportedValuesOf('timeZone'),
    });
  }
  if (unit === 'hour' && !hasEvenHours(timeZone)) {
    return window.report('calendar', `hours of ${timeZone} are not all an hour long`, 'Choose day.');
  }
  return {
    kind: 'calendar',
    sizeMs: CALENDAR_PANE_MS,
    everyMs: CALENDAR_PANE_MS,
    calendar: { unit, timeZone },
  };
}

/** Reads `lateness`. */
export function readLateness(section: Section): MetricDefinition['lateness'] | undefined {
  const lateness = section.section('lateness', ['watermarkDelay', 'allowed']);
  const watermarkDelayMs = lateness?.durationMs('watermarkDelay');
  const allowedMs = lateness?.durationMs('allowed');
  if (watermarkDelayMs === undefined || allowedMs === undefined) return undefined;
  return { watermarkDelayMs, allowedMs };
}
