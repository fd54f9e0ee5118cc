/** Steps by the clock on the wall: hours and days of a time zone. */
export interface Calendar {
  readonly unit: 'hour' | 'day';
  /** IANA. */
  readonly timeZone: string;
}

/** A step [startMs, endMs), epoch ms. */
export interface CalendarStep {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Panes of calendar windows are so long: since 1972 clocks differ from UTC, and are changed, by whole quarters of
 * an hour in every time zone, so that no day begins inside a pane.
 */
export const CALENDAR_PANE_MS = 900_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that a time zone is ahead of UTC at an instant. Throws a `RangeError` on an unknown zone. */
export function zoneOffsetMs(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const fields = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
    const numeric = Object.fromEntries(fields.map((field) => [field, 'numeric']));
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...numeric });
    formats.set(timeZone, format);
  }
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const second0 = Math.floor(atMs / 1000) * 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) - second0;
}

/**
 * The step that holds an instant. A day begins with the first instant that has its date, so it is 23 or 25 hours
 * long where clocks are changed. An hour is always 3,600 s long and begins when the clock shows :00.
 */
export function calendarStep(calendar: Calendar, atMs: number): CalendarStep {
  if (calendar.unit === 'hour') {
    const phaseMs = hourPhaseMs(calendar.timeZone);
    const startMs = Math.floor((atMs + phaseMs) / HOUR_MS) * HOUR_MS - phaseMs;
    return { startMs, endMs: startMs + HOUR_MS };
  }
  const date = Math.floor((atMs + zoneOffsetMs(calendar.timeZone, atMs)) / DAY_MS);
  return { startMs: dateStartMs(calendar.timeZone, date), endMs: dateStartMs(calendar.timeZone, date + 1) };
}

/** Steps that meet [fromMs, toMs), oldest first. */
export function calendarSteps(calendar: Calendar, fromMs: number, toMs: number): CalendarStep[] {
  const steps: CalendarStep[] = [];
  for (let at = fromMs; at < toMs;) {
    const step = calendarStep(calendar, at);
    steps.push(step);
    at = step.endMs;
  }
  return steps;
}

/**
 * How far hours of a time zone begin before those of UTC, 0 to 45 minutes. Throws a `RangeError` where it differs
 * over the year, see `hasEvenHours`.
 */
export function hourPhaseMs(timeZone: string): number {
  if (!hasEvenHours(timeZone)) throw new RangeError(`Hours of ${timeZone} are not all an hour long.`);
  return positiveModulo(zoneOffsetMs(timeZone, PROBES[0]!), HOUR_MS);
}

const PROBES = Array.from({ length: 24 }, (_, month) => Date.UTC(2026, month, 15));
const evenHours = new Map<string, boolean>();

/** False where clocks are moved by less than an hour (Lord Howe Island): an hour is then cut short or goes on. */
export function hasEvenHours(timeZone: string): boolean {
  let isEven = evenHours.get(timeZone);
  if (isEven === undefined) {
    const phases = PROBES.map((atMs) => positiveModulo(zoneOffsetMs(timeZone, atMs), HOUR_MS));
    evenHours.set(timeZone, (isEven = phases.every((phase) => phase === phases[0])));
  }
  return isEven;
}

/** First instant with the date, given as days since 1970-01-01. */
function dateStartMs(timeZone: string, date: number): number {
  const midnight = date * DAY_MS;
  // Of a midnight that comes twice, the first; where it is skipped, the instant at which it would have come.
  const before = midnight - zoneOffsetMs(timeZone, midnight - DAY_MS);
  if (before + zoneOffsetMs(timeZone, before) === midnight) return before;
  const after = midnight - zoneOffsetMs(timeZone, midnight + DAY_MS);
  return after + zoneOffsetMs(timeZone, after) === midnight ? after : before;
}

function positiveModulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
