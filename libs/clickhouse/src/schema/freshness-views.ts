import { TIME } from './source-columns.js';
import { type View } from './view.js';

/** Judged seconds by metric and minute, joined over evaluators: bad counts before good. */
const MINUTES = `SELECT metric, toInt64(toUnixTimestamp(minute)) AS minute_s, groupBitOr(good) AS any_good, groupBitOr(bad) AS any_bad,
      bitAnd(any_good, bitNot(any_bad)) AS good_bits, bitOr(any_good, any_bad) AS seen_bits
    FROM freshet.objective_slices_log GROUP BY metric, minute`;

/** First judged second of each metric, epoch seconds. */
export const BEGUN_SQL = `SELECT metric, min(minute_s + bitCount(bitXor(seen_bits, seen_bits - 1)) - 1) AS begun_s
    FROM (${MINUTES}) WHERE seen_bits != 0 GROUP BY metric`;

const COMPLIANCE: View = {
  name: 'freshet.objective_compliance',
  comment:
    'How each freshness objective has been kept over its period so far: one row a metric. A second without evidence is bad.',
  comments: {
    metric: 'Name of the metric.',
    owner: 'Team that owns it.',
    target_ms: 'A second is good while the metric is behind by less.',
    objective: 'Share of seconds that are to be good, 0 to 1.',
    began_at: 'First second with evidence.',
    period_start: 'Begin of what is counted: of the period, or of the objective.',
    through: 'End of what is counted: the last full minute that is stored by now.',
    good_seconds: 'Seconds within the target.',
    bad_seconds: 'Seconds beyond it, or without evidence.',
    excluded_seconds: 'Seconds of declared maintenance and clean stops.',
    compliance: 'good / (good + bad); NULL when nothing is counted.',
    budget_seconds: 'Bad seconds that the whole period may have.',
    budget_left: '1: untouched, 0: spent, below: overspent.',
  },
  types: {
    metric: 'LowCardinality(String)',
    owner: 'LowCardinality(String)',
    target_ms: 'Int64',
    objective: 'Float64',
    began_at: "DateTime('UTC')",
    period_start: "DateTime('UTC')",
    through: "DateTime('UTC')",
    good_seconds: 'Int64',
    bad_seconds: 'Int64',
    excluded_seconds: 'Int64',
    compliance: 'Nullable(Float64)',
    budget_seconds: 'Float64',
    budget_left: 'Float64',
  },
  select: `WITH
  toInt64(toUnixTimestamp(toStartOfMinute(now('UTC') - 10))) AS through_s,
  objectives AS (
    SELECT d.metric AS metric, d.owner AS owner, d.target_ms AS target_ms, d.objective AS objective, d.over_ms AS over_ms,
      b.begun_s AS begun_s, greatest(b.begun_s, intDiv(through_s - intDiv(d.over_ms, 1000), 60) * 60) AS start_s
    FROM (SELECT * FROM freshet.objectives_log FINAL) AS d INNER JOIN (${BEGUN_SQL}) AS b ON b.metric = d.metric
  ),
  kept AS (
    SELECT m.metric AS metric, sum(bitCount(m.good_bits)) AS seconds
    FROM (${MINUTES}) AS m INNER JOIN objectives AS o ON o.metric = m.metric
    WHERE m.minute_s + 60 > o.start_s AND m.minute_s < through_s GROUP BY metric
  ),
  left_out AS (
    SELECT metric, intervalLengthSum(from_s, until_s) AS seconds FROM (
      SELECT o.metric AS metric, greatest(intDiv(e.from_ms, 1000), o.start_s) AS from_s,
        least(if(e.until_ms < 0, through_s, intDiv(e.until_ms + 999, 1000)), through_s) AS until_s
      FROM objectives AS o CROSS JOIN (SELECT * FROM freshet.exclusions_log FINAL) AS e
      WHERE empty(e.metrics) OR has(e.metrics, o.metric)
    ) WHERE from_s < until_s GROUP BY metric
  )
SELECT o.metric AS metric, o.owner AS owner, o.target_ms AS target_ms, o.objective AS objective,
  toDateTime(o.begun_s, 'UTC') AS began_at, toDateTime(o.start_s, 'UTC') AS period_start,
  toDateTime(through_s, 'UTC') AS through, toInt64(k.seconds) AS good_seconds,
  greatest(0, through_s - o.start_s - toInt64(x.seconds) - good_seconds) AS bad_seconds,
  toInt64(x.seconds) AS excluded_seconds,
  if(good_seconds + bad_seconds = 0, NULL, good_seconds / (good_seconds + bad_seconds)) AS compliance,
  (1 - o.objective) * o.over_ms / 1000 AS budget_seconds, 1 - bad_seconds / budget_seconds AS budget_left
FROM objectives AS o LEFT JOIN kept AS k ON k.metric = o.metric LEFT JOIN left_out AS x ON x.metric = o.metric
ORDER BY metric`,
};

const ALERTS: View = {
  name: 'freshet.alerts',
  comment: 'Alerts, one row an occurrence: what, since when, whose, and what was done about it.',
  comments: {
    id: 'Names the occurrence.',
    key: 'Names the cause: the same at every occurrence.',
    kind: 'What it is about.',
    severity: 'page or ticket.',
    status: 'pending, firing, acknowledged, silenced or resolved.',
    metrics: 'Metrics that it has touched.',
    stage: 'Stage at fault.',
    owner: 'Team that owns the stage.',
    summary: 'One sentence.',
    runbook: 'What to do.',
    began_at: 'Since when it is true.',
    fired_at: 'When it called; NULL when it did not.',
    resolved_at: 'When it was seen to be well again; NULL when it was not.',
    acknowledged_by: 'Who acts; empty when nobody.',
  },
  types: {
    id: 'String',
    key: 'String',
    kind: 'String',
    severity: 'String',
    status: 'LowCardinality(String)',
    metrics: 'Array(String)',
    stage: 'String',
    owner: 'String',
    summary: 'String',
    runbook: 'String',
    began_at: TIME,
    fired_at: `Nullable(${TIME})`,
    resolved_at: `Nullable(${TIME})`,
    acknowledged_by: 'String',
  },
  select: `SELECT id, key, JSONExtractString(alert, 'kind') AS kind, JSONExtractString(alert, 'severity') AS severity, status,
  JSONExtract(alert, 'metrics', 'Array(String)') AS metrics, JSONExtractString(alert, 'stage') AS stage,
  JSONExtractString(alert, 'owner') AS owner, JSONExtractString(alert, 'summary') AS summary,
  JSONExtractString(alert, 'runbook') AS runbook,
  fromUnixTimestamp64Milli(JSONExtractInt(alert, 'sinceMs'), 'UTC') AS began_at,
  fromUnixTimestamp64Milli(JSONExtract(alert, 'firedAtMs', 'Nullable(Int64)'), 'UTC') AS fired_at,
  fromUnixTimestamp64Milli(JSONExtract(alert, 'resolvedAtMs', 'Nullable(Int64)'), 'UTC') AS resolved_at,
  JSONExtractString(alert, 'acknowledged', 'by') AS acknowledged_by
FROM (SELECT id, key, status, JSONExtractRaw(record, 'alert') AS alert FROM freshet.alerts_log FINAL)
ORDER BY began_at`,
};

/** What analysts read of freshness and alerts. */
export const FRESHNESS_VIEWS: readonly View[] = [COMPLIANCE, ALERTS];
