import type { Finding } from '@freshet/freshness';
import type { ClockSkew } from '@freshet/live-protocol';
import type { Catalogue } from '../catalogue/catalogue.js';

/**
 * Whether what an alert is about is still there. Metrics, rules and topics are the catalogue's; a process whose word is
 * heard no more has no clock that could be right again. Everything else stays until it was seen to be well.
 */
export function isKnown(
  { kind, subject, metric, topic }: Pick<Finding, 'kind' | 'subject' | 'metric' | 'topic'>,
  catalogue: Pick<Catalogue, 'names' | 'sources' | 'valueRules'>,
  clocks: readonly ClockSkew[],
): boolean {
  if (metric !== undefined && !catalogue.names.includes(metric)) return false;
  if (kind === 'value') {
    const rules = catalogue.valueRules().flatMap((each) => each.rules);
    return rules.some((rule) => subject === `value/${rule.metric}/${rule.name}`);
  }
  if (kind === 'silent_source' || kind === 'late_events')
    return catalogue.sources().some((source) => source.topic === topic);
  // Before the first look at them there are none at all.
  if (kind === 'clock_skew')
    return clocks.length === 0 || clocks.some(({ machine }) => subject === `clock_skew/${machine}`);
  return true;
}
