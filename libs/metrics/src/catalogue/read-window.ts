import { isTimeZone, type Contract, type Section } from '@freshet/contracts';
import { CALENDAR_PANE_MS, DAY_MS, hasEvenHours } from '@freshet/windowing';
import type { MetricDefinition, Window } from '../metric.js';
import { readField } from './field-reference.js';

const MAX_PANES_PER_WINDOW = 1440;
/** Reading sessions reads up to two of them. */
const MAX_LONGEST_MS = 7 * DAY_MS;

const KINDS = ['tumbling', 'hopping', 'calendar', 'session'] as const;

/**
 * Reads `window`.
 * @param timeZone of the business: that of calendar windows that name none; absent: they have to
 * @param contract whose fields sessions may be of; absent: it is not known, and they are not read
 */
export function readWindow(
  section: Section,
  timeZone: string | undefined,
  contract: Contract | undefined,
): Window | undefined {
  const window = section.section('window', [...KINDS, 'every', 'timeZone']);
  if (window === undefined) return undefined;
  const kinds = KINDS.filter((kind) => window.has(kind));
  if (kinds.length !== 1) {
    return section.report(
      'window',
      `is one of ${KINDS.join(', ')}; found ${kinds.join(' and ') || 'none'}`,
      'Write { tumbling: 1m }, { hopping: 5m, every: 1m }, { calendar: day } or { session: { gap: 30m, by: sessionId } }.',
    );
  }
  if (window.has('session')) return contract && readSession(window, contract);
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

function readSession(window: Section, contract: Contract): Window | undefined {
  if (window.has('timeZone')) {
    return window.report('timeZone', 'belongs to calendar windows', 'Remove it.');
  }
  const session = window.section('session', ['gap', 'by', 'longest']);
  if (session === undefined) return undefined;
  const gapMs = session.durationMs('gap');
  const longestMs = session.durationMs('longest', DAY_MS);
  const everyMs = window.durationMs('every', 60_000);
  const by = readField(session, 'by', contract);
  if (gapMs === undefined || longestMs === undefined || everyMs === undefined || by === undefined)
    return undefined;
  if (gapMs < 1000) return session.report('gap', 'is shorter than 1s', 'Choose at least 1s, such as 30m.');
  if (gapMs > DAY_MS) return session.report('gap', 'is longer than a day', 'Choose at most 24h.');
  if (everyMs < 1000) return window.report('every', 'is shorter than 1s', 'Choose at least 1s.');
  const ofLongest = session.has('longest') ? 'longest' : 'gap';
  if (longestMs > MAX_LONGEST_MS) return session.report('longest', 'is more than 7d', 'Choose at most 7d.');
  if (longestMs < 2 * gapMs) {
    return session.report(ofLongest, 'leaves no room for two gaps', 'Let longest be several gaps.');
  }
  if (longestMs % gapMs !== 0) {
    const remedy = 'Choose a gap that divides it, such as 20m or 30m, or write longest.';
    return session.report(ofLongest, `does not fit: ${longestMs} ms are no multiple of the gap`, remedy);
  }
  if (by.type !== 'string' && by.type !== 'integer') {
    return session.report('by', `${by.name} is a ${by.type}, which is no key`, 'Name a text or an integer.');
  }
  if (!by.required) {
    const remedy = 'Name a required field: all events without a key would be one session.';
    return session.report('by', `${by.name} may be absent`, remedy);
  }
  return { kind: 'session', sizeMs: everyMs, everyMs, session: { gapMs, by: by.name, longestMs } };
}

/** Reads `lateness`. */
export function readLateness(section: Section): MetricDefinition['lateness'] | undefined {
  const lateness = section.section('lateness', ['watermarkDelay', 'allowed']);
  const watermarkDelayMs = lateness?.durationMs('watermarkDelay');
  const allowedMs = lateness?.durationMs('allowed');
  if (watermarkDelayMs === undefined || allowedMs === undefined) return undefined;
  return { watermarkDelayMs, allowedMs };
}
