import type { Dimension, MetricDefinition, Window } from './metric.js';

/** Dimension of pane rows, and column of the view, that holds the key of a session. */
export const SESSION = 'session';

/** Length of the panes that a metric is counted in, ms: events of one key in a pane of a gap are of one session. */
export function paneMsOf({ everyMs, session }: Window): number {
  return session?.gapMs ?? everyMs;
}

/**
 * Length of what an event has to come in time for, ms: its pane. A session may end right after any of its events, and
 * the next one joins it or not, so there it is the event's own moment.
 */
export function closingMsOf({ everyMs, session }: Window): number {
  return session === undefined ? everyMs : 1;
}

/** Dimensions as pane rows have them: those of the definition but for `quantile`, and the key of sessions last. */
export function storedDimensionsOf({
  dimensions,
  window: { session },
}: Pick<MetricDefinition, 'dimensions' | 'window'>): readonly Dimension[] {
  const stored = dimensions.filter(({ by }) => by?.kind !== 'quantile');
  return session === undefined ? stored : [...stored, { name: SESSION, field: session.by }];
}

/** The metric with each of its panes as a window, as it is stored: what the audit compares with facts. */
export function paneMetric(metric: MetricDefinition): MetricDefinition {
  const paneMs = paneMsOf(metric.window);
  const { session } = metric.window;
  const window: Window =
    session === undefined
      ? { kind: 'tumbling', sizeMs: paneMs, everyMs: paneMs }
      : { kind: 'session', sizeMs: paneMs, everyMs: paneMs, session };
  return session === undefined
    ? { ...metric, window }
    : { ...metric, window, dimensions: storedDimensionsOf(metric) };
}
