import type { Contract } from '@freshet/contracts';
import type { MetricDefinition } from '@freshet/metrics';
import { alertName } from '@freshet/notifications';

/** A rule file of Prometheus, as its documentation has it. */
export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly (AlertRule | RecordingRule)[];
  }[];
}

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  /** Keeps firing for so long after it was well again, so that it does not flap. */
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface RuleSource {
  readonly metrics: readonly MetricDefinition[];
  readonly contracts: readonly Contract[];
  /** Team that runs Freshet itself: the rules that are about no metric are its own. */
  readonly platformTeam: string;
}

/** 1 while a metric is within its target, as the most pessimistic gateway has it. */
const FRESH = 'freshet:metric_fresh:min';

/** Share of the budget that may be spent in the long window before it fires; both windows have to agree. */
const BURN_RULES = [
  { severity: 'page', share: 0.02, longMs: 3_600_000, shortMs: 300_000 },
  { severity: 'page', share: 0.05, longMs: 21_600_000, shortMs: 1_800_000 },
  { severity: 'ticket', share: 0.1, longMs: 259_200_000, shortMs: 21_600_000 },
] as const;

/** Rules for those who alert with Prometheus: the same promises as the catalogue's, from the series of `/metrics`. */
export function prometheusRules({ metrics, contracts, platformTeam }: RuleSource): RuleFile {
  const byName = metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    groups: [
      {
        name: 'freshet-recorded',
        rules: [{ record: FRESH, expr: 'min by (metric) (freshet_metric_fresh)' }],
      },
      { name: 'freshet-stale', rules: byName.map(staleRule) },
      { name: 'freshet-budget', rules: byName.flatMap(budgetRules) },
      {
        name: 'freshet-sources',
        rules: contracts.toSorted((a, b) => (a.topic < b.topic ? -1 : 1)).flatMap(sourceRules),
      },
      { name: 'freshet-platform', rules: platformRules(platformTeam) },
    ],
  };
}

function staleRule({ name, title, owner, runbook, freshness }: MetricDefinition): AlertRule {
  return {
    alert: alertName('stale'),
    // A gateway that is gone tells nothing: no evidence is not fresh.
    expr: `(${FRESH}{metric="${name}"} or 0 * absent(${FRESH}{metric="${name}"})) == 0`,
    for: duration(freshness.actionWindowMs),
    keep_firing_for: duration(Math.min(30_000, freshness.actionWindowMs / 2)),
    labels: { severity: 'page', team: owner, metric: name },
    annotations: {
      summary: `${title} is stale: it should be no more than ${duration(freshness.targetMs)} behind.`,
      runbook_url: runbook,
    },
  };
}

function budgetRules({ name, title, owner, freshness }: MetricDefinition): AlertRule[] {
  const { objective, overMs } = freshness;
  return BURN_RULES.map(({ severity, share, longMs, shortMs }) => {
    const allowed = Number((((share * overMs) / longMs) * (1 - objective)).toPrecision(6));
    const bad = (windowMs: number): string =>
      `(1 - avg_over_time(${FRESH}{metric="${name}"}[${duration(windowMs)}])) > ${allowed}`;
    return {
      alert: alertName('budget'),
      expr: `${bad(longMs)} and ${bad(shortMs)}`,
      labels: { severity, team: owner, metric: name, window: duration(longMs) },
      annotations: {
        summary: `${title} spends its error budget too fast: more than ${share * 100} % of it in ${duration(longMs)}.`,
        runbook_url: 'docs/runbooks/budget.md',
      },
    };
  });
}

function sourceRules({ topic, owner, maxSilenceMs, late }: Contract): AlertRule[] {
  return [
    {
      alert: alertName('silent_source'),
      expr: `max by (topic) (freshet_source_silent_seconds{topic="${topic}"}) > ${maxSilenceMs / 1000}`,
      labels: { severity: 'page', team: owner, topic },
      annotations: {
        summary: `No event on ${topic} for longer than its contract allows, ${duration(maxSilenceMs)}.`,
        runbook_url: 'docs/runbooks/silent-source.md',
      },
    },
    {
      alert: alertName('late_events'),
      expr: `max by (topic) (freshet_source_late_ratio{topic="${topic}"}) > ${late.share}`,
      labels: { severity: 'ticket', team: owner, topic },
      annotations: {
        summary: `More events on ${topic} come after their windows were final than its contract allows, ${late.share * 100} % in ${duration(late.overMs)}.`,
        runbook_url: 'docs/runbooks/late-events.md',
      },
    },
  ];
}

function platformRules(team: string): AlertRule[] {
  const rule = (
    alert: string,
    severity: 'page' | 'ticket',
    expr: string,
    forMs: number,
    summary: string,
    runbook: string,
  ): AlertRule => ({
    alert,
    expr,
    ...(forMs > 0 ? { for: duration(forMs) } : {}),
    labels: { severity, team },
    annotations: { summary, runbook_url: `docs/runbooks/${runbook}.md` },
  });
  return [
    rule(
      alertName('evaluator_silent'),
      'page',
      '(time() - max(freshet_evaluator_heartbeat_timestamp_seconds) > 15) or absent(freshet_evaluator_heartbeat_timestamp_seconds)',
      15_000,
      'Nobody evaluates alerts.',
      'evaluator-silent',
    ),
    rule(
      alertName('canary'),
      'page',
      'min(freshet_canary_ok) == 0',
      60_000,
      "The canary's way through broker, ingest, store and gateway is broken or slow.",
      'canary',
    ),
    rule(
      alertName('clock_skew'),
      'ticket',
      'max by (machine) (abs(freshet_clock_skew_seconds)) > 1',
      60_000,
      'The clocks of {{ $labels.machine }} and of the gateway differ by {{ $value }} s.',
      'clock-skew',
    ),
    rule(
      'FreshetPartitionHalted',
      'page',
      'max by (topic, partition) (freshet_ingest_halted) == 1',
      0,
      'Partition {{ $labels.partition }} of {{ $labels.topic }} has stopped and needs a person.',
      'halted-partition',
    ),
    rule(
      'FreshetRecordsLost',
      'page',
      'sum by (topic, partition) (increase(freshet_ingest_lost_offsets_total[10m])) > 0',
      0,
      'Retention took records of {{ $labels.topic }} before they were counted.',
      'gap',
    ),
    rule(
      'FreshetNotificationsOverdue',
      'page',
      'max(freshet_notifications_overdue_seconds) > 120',
      0,
      'A team could not be told of an alert for {{ $value }} s.',
      'notifications',
    ),
    rule(
      'FreshetNobodyToTell',
      'page',
      'sum by (team) (increase(freshet_notifications_total{outcome="unaddressed"}[10m])) > 0',
      0,
      'An alert fires and {{ $labels.team }} has no address that can be used.',
      'notifications',
    ),
  ];
}

/** As Prometheus writes durations: the largest unit that fits without a rest. */
function duration(ms: number): string {
  for (const [unit, unitMs] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  }
  return `${ms}ms`;
}
