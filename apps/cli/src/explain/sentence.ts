import type { MetricDefinition, SessionRule } from '@freshet/metrics';

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
] as const;

/** A whole number of the largest unit that divides it: `5 minutes`, `90 seconds`. */
export function spanInWords(ms: number): string {
  if (ms === 0) return '0 seconds';
  const [unitMs, unit] = UNITS.find(([each]) => ms % each === 0) ?? [1, 'millisecond'];
  return `${ms / unitMs} ${unit}${ms === unitMs ? '' : 's'}`;
}

/** What a metric is, in one sentence that a person can check. */
export function sentenceOf(metric: MetricDefinition): string {
  const { title, meaning, dimensions, window, lateness, freshness, maxSeries, owner } = metric;
  const folded =
    window.session === undefined ? ` (at most ${maxSeries} series a pane, the rest as "(other)")` : '';
  const by =
    dimensions.length === 0 ? '' : `, for each ${dimensions.map(({ name }) => name).join(' and ')}${folded}`;
  const every =
    window.session !== undefined
      ? inSessions(window.everyMs, window.session)
      : window.calendar !== undefined
        ? `by the ${window.calendar.unit}s of ${window.calendar.timeZone}`
        : window.sizeMs === window.everyMs
          ? `in windows of ${spanInWords(window.sizeMs)}`
          : `over the last ${spanInWords(window.sizeMs)}, every ${spanInWords(window.everyMs)}`;
  return (
    `${title}: ${meaning}${by}, ${every} by the time of the event; a window is final ` +
    `${spanInWords(lateness.watermarkDelayMs + lateness.allowedMs)} after its end, what comes later still counts and ` +
    `makes it revised; ${owner} promises it within ${spanInWords(freshness.targetMs)}, ` +
    `${Number((freshness.objective * 100).toFixed(4))} % of the time.`
  );
}

function inSessions(everyMs: number, { gapMs, by, longestMs }: SessionRule): string {
  return (
    `in steps of ${spanInWords(everyMs)}, where a session ends ${spanInWords(gapMs)} after its last event ` +
    `(or with a whole ${spanInWords(longestMs)} from whose first gap it has reached into the last; the view tells each session, its ${by} as "session")`
  );
}
