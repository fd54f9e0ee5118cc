import { type Contract } from '@freshet/contracts';
import {
  contractsOf,
  isLevel,
  isMetricRatio,
  METRICS_DATABASE,
  metricViewSelect,
  metricViewTypes,
  type AnyMetric,
  type SessionRule,
} from '@freshet/metrics';
import { quoted } from './table.js';
import { type View } from './view.js';

/** Topics that a metric's numbers come from. */
export function topicsOf(metric: AnyMetric, contracts: readonly Contract[]): string[] {
  return contractsOf(metric, contracts).map(({ topic }) => topic);
}

/**
 * The analysts' view of a metric.
 * @param countedFromMs windows that start before are left out, and a level lacks what came before; epoch ms; -1: none
 */
export function metricView(definition: AnyMetric, topics: readonly string[], countedFromMs: number): View {
  const all = metricViewSelect(definition, topics);
  const dimensions = isMetricRatio(definition)
    ? definition.dimensions.map(({ name }) => [name, 'Dimension that both metrics have.'])
    : definition.dimensions.map(({ name, field, by }) => {
        if (by?.kind === 'quantile') return [name, `Which quantile of field ${field} the value is.`];
        const how = by === undefined ? '' : by.kind === 'bands' ? ' in bands' : ' by mapping';
        return [name, `Dimension, from field ${field}${how}.`];
      });
  const types = metricViewTypes(definition);
  const rule = isMetricRatio(definition) ? undefined : definition.window.session;
  return {
    name: `${METRICS_DATABASE}.${quoted(definition.name)}`,
    comment: `${definition.title}. ${definition.description} Owner: ${definition.owner}. Unit: ${definition.unit}.`,
    comments: {
      ...windowComments(rule),
      ...(Object.fromEntries(dimensions) as Record<string, string>),
      value: `Value in the window (${definition.unit}${definition.unit === 'money' ? ', minor units' : ''}); NULL where nothing was measured.`,
      numerator: 'What the value is a share of: upper part.',
      denominator: 'What the value is a share of: lower part.',
      state: 'live (window open), final, or revised (late events came).',
      partial: '1 where series beyond the limit were folded into (other).',
      incomplete: '1 where events of the window are known to be lost.',
      late_events: 'Events that came after the window was final; they are counted.',
      as_of: 'Everything appended to the source by then is in the value; NULL without evidence.',
    },
    select:
      countedFromMs < 0
        ? all
        : `SELECT ${isLevel(definition) ? '* REPLACE (toUInt8(1) AS incomplete)' : '*'} FROM (\n${all}\n) WHERE window_start >= fromUnixTimestamp64Milli(toInt64(${countedFromMs}), 'UTC')`,
    ...(types === undefined ? {} : { types }),
  };
}

function windowComments(rule: SessionRule | undefined): Record<string, string> {
  if (rule === undefined) {
    return {
      window_start: 'Start of the window by event time, inclusive.',
      window_end: 'End of the window by event time, exclusive.',
    };
  }
  return {
    window_start: 'Event time of the first event of the session.',
    window_end: `When the session ends, exclusive: ${rule.gapMs / 1000} s after its last event, or where it is cut.`,
    session: `Key of the session, from field ${rule.by}.`,
  };
}
