import type { Finding } from './finding.js';

/** A bound on a metric's value, or on its change. */
export interface ValueRule {
  readonly metric: string;
  readonly topic: string;
  readonly owner: string;
  readonly name: string;
  readonly title: string;
  readonly severity: 'page' | 'ticket';
  readonly bound: 'above' | 'below';
  /** Of the value, or with `againstMs` of the change as a share: -0.4 is 40 % under. */
  readonly limit: number;
  readonly againstMs?: number;
  readonly holdMs: number;
}

/** What was read for a rule. */
export type ValueSeen =
  /** Values of the newest closed window, and of the same one `againstMs` earlier; null: nothing was measured. */
  | {
      readonly kind: 'read';
      readonly value: number | null;
      readonly before?: number | null;
      /** Why the value may not be judged, e.g. that the metric is stale; undefined: it may. */
      readonly doubt: string | undefined;
    }
  | { readonly kind: 'failed'; readonly outcome: 'error' | 'timeout'; readonly message: string };

/**
 * Judges the newest closed window by a rule. A value that may be too low only because data is still missing is not
 * judged: the alert keeps its status and says why.
 */
export function valueFinding(rule: ValueRule, seen: ValueSeen): Finding {
  const subject = `value/${rule.metric}/${rule.name}`;
  const shape: Omit<Finding, 'outcome' | 'detail'> = {
    subject,
    group: subject,
    kind: 'value',
    severity: rule.severity,
    metric: rule.metric,
    topic: rule.topic,
    stage: 'produce',
    owner: rule.owner,
    holdMs: rule.holdMs,
    clearMs: 60_000,
  };
  if (seen.kind === 'failed') {
    return {
      ...shape,
      outcome: seen.outcome,
      detail: `${rule.title}: it could not be read: ${seen.message}`,
    };
  }
  const held = (why: string): Finding => ({
    ...shape,
    outcome: 'held_back',
    detail: `${rule.title}: held back, ${why}`,
  });
  if (seen.doubt !== undefined) return held(seen.doubt);
  if (seen.value === null) return held('nothing was measured in the newest window');
  if (rule.againstMs === undefined) return judged(seen.value, `the value is ${figure(seen.value)}`);
  const before = seen.before ?? null;
  if (before === null || before === 0) return held('there is no value of that time to compare with');
  const change = (seen.value - before) / Math.abs(before);
  return judged(change, `${figure(seen.value)} against ${figure(before)} is ${percent(change)}`);

  function judged(found: number, words: string): Finding {
    const isBad = rule.bound === 'above' ? found > rule.limit : found < rule.limit;
    const limit = rule.againstMs === undefined ? figure(rule.limit) : percent(rule.limit);
    return {
      ...shape,
      outcome: isBad ? 'bad' : 'ok',
      detail: `${rule.title}: ${words}, the limit is ${limit}`,
    };
  }
}

function figure(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

function percent(share: number): string {
  return `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
}
