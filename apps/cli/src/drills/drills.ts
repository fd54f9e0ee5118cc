import type { MetricDefinition, ValueAlert } from '@freshet/metrics';
import { MissingPrerequisite } from '@freshet/embedded';

import type { Drill, Expectation } from './drill.js';
import { holdEvaluatorDead } from './evaluator-dead.js';
import { openTransaction, pause, refuseCanaries, slow, tellWrongTime } from './faults.js';
import type { DrillWorld } from './world.js';

/** An incident of the shop lasts at most for so long. */
const LONGEST_INCIDENT_MINUTES = 240;
const MINUTE_MS = 60_000;
/** Late events are told within it; values after their `for`, and the evaluation that tells. */
const LATE_TOLD_MS = 60_000;
const TELLING_MS = 2_000;
/** Provider that most people pay with. */
const PROVIDER = 'Adyen';

/** All drills that end with an alert, in the order of the way. */
export const DRILLS: readonly Drill[] = [
  {
    name: 'broker-paused',
    title: "Kafka's process is stopped where it stands",
    expects: (world) => stale(world, 'broker'),
    cause: (world) => Promise.resolve(pause(world.pidOf('kafka'))),
  },
  {
    name: 'ingest-frozen',
    title: "ingest's process is stopped where it stands",
    expects: (world) => stale(world, 'ingest'),
    cause: (world) => Promise.resolve(pause(world.pidOf('ingest'))),
  },
  {
    name: 'store-paused',
    title: "ClickHouse's process is stopped where it stands",
    expects: (world) => stale(world, 'store'),
    cause: (world) => Promise.resolve(pause(world.pidOf('clickhouse'))),
  },
  {
    name: 'store-slow',
    title: 'ClickHouse runs for a twentieth of the time only',
    expects: (world) => stale(world, 'store'),
    cause: (world) => Promise.resolve(slow(world.pidOf('clickhouse'), 200, 3_800)),
  },
  {
    name: 'gateway-slow',
    title: "the gateway's process runs for a fifth of the time only",
    expects: (world) => stale(world, 'serve'),
    // Evaluated once a turn of 3.05 s: a little longer than an alert has to be true before it fires.
    cause: (world) => Promise.resolve(slow(world.pidOf('gateway'), 650, 2_400)),
  },
  {
    name: 'canary-refused',
    title: "Kafka refuses the canary's messages, and nothing else",
    expects: (world) => ({ ...ofTheWay(world, 'canary', 'broker'), actionWindowMs: MINUTE_MS }),
    cause: refuseCanaries,
  },
  {
    name: 'clock-off',
    title: 'a process says a time that is ten seconds ahead of the others',
    expects: (world) => ({ ...ofTheWay(world, 'clock_skew', 'ingest'), actionWindowMs: MINUTE_MS }),
    cause: tellWrongTime,
  },
  {
    name: 'open-transaction',
    title: 'a producer opens a transaction on a topic and leaves it',
    expects: (world) => {
      const { topic } = quickestSource(world);
      const metrics = world.metricsOf(topic);
      return { ...stale(world, 'produce'), ...ownedBy(world, 'produce', metrics) };
    },
    cause: (world) => openTransaction(world, quickestSource(world).topic),
  },
  {
    name: 'source-silent',
    title: 'the shop sends nothing to a topic for longer than its contract allows',
    expects: (world) => {
      const { topic, maxSilenceMs } = quickestSource(world);
      return {
        kind: 'silent_source',
        stage: 'produce',
        ...ownedBy(world, 'produce', world.metricsOf(topic)),
        trueAfterMs: maxSilenceMs,
        actionWindowMs: 0,
      };
    },
    cause: (world) => {
      const { topic, maxSilenceMs } = quickestSource(world);
      return world.incident('silence', { topic, minutes: minutes(maxSilenceMs + 5 * MINUTE_MS) });
    },
  },
  {
    name: 'late-wave',
    title: "the shop holds a topic's events back for longer than its metrics wait, and sends them together",
    expects: (world) => {
      const { topic } = quickestSource(world);
      return {
        kind: 'late_events',
        stage: 'produce',
        ...ownedBy(world, 'produce', world.metricsOf(topic)),
        trueAfterMs: waveMs(world, topic),
        actionWindowMs: LATE_TOLD_MS,
      };
    },
    cause: (world) => {
      const { topic } = quickestSource(world);
      return world.incident('late-wave', { topic, minutes: minutes(waveMs(world, topic)) });
    },
  },
  {
    name: 'value-alert',
    title: 'payments by one provider fail',
    expects: (world) => {
      const { metric, alert } = failureRule(world);
      return {
        kind: 'value',
        stage: 'produce',
        owner: metric.owner,
        metrics: [metric.name],
        trueAfterMs: metric.window.sizeMs + metric.window.everyMs,
        actionWindowMs: alert.holdMs + TELLING_MS,
      };
    },
    cause: (world) => {
      const { metric, alert } = failureRule(world);
      const minutesOf = minutes(alert.holdMs + metric.window.sizeMs + 5 * MINUTE_MS);
      return world.incident('provider-outage', { provider: PROVIDER, minutes: minutesOf });
    },
  },
  {
    name: 'evaluator-dead',
    title: "the gateway's process, which evaluates alerts, is stopped where it stands",
    expects: (world) => ({ ...stale(world, 'serve'), kind: 'evaluator_silent', metrics: [] }),
    cause: (world) => Promise.resolve(pause(world.pidOf('gateway'))),
    hold: holdEvaluatorDead,
  },
];

/** All metrics, by one stage. */
function stale(world: DrillWorld, stage: Expectation['stage']): Expectation {
  const { metrics } = world;
  const actionWindowMs = Math.min(...metrics.map(({ freshness }) => freshness.actionWindowMs));
  const trueAfterMs = Math.max(...metrics.map(({ freshness }) => freshness.targetMs));
  return { kind: 'stale', stage, ...ownedBy(world, stage, metrics), trueAfterMs, actionWindowMs };
}

/** About no metric. */
function ofTheWay(
  world: DrillWorld,
  kind: Expectation['kind'],
  stage: Expectation['stage'],
): Omit<Expectation, 'actionWindowMs'> {
  const { owner } = ownedBy(world, stage, world.metrics);
  return { kind, stage, owner, metrics: [], trueAfterMs: 10_000 };
}

function ownedBy(
  world: DrillWorld,
  stage: Expectation['stage'],
  metrics: readonly MetricDefinition[],
): { readonly owner: string; readonly metrics: readonly string[] } {
  const [first] = metrics;
  if (first === undefined) throw new MissingPrerequisite('The catalogue has no metric to hold a drill on.');
  return { owner: world.ownerOf(stage, first), metrics: metrics.map(({ name }) => name) };
}

/** The topic with metrics whose silence is told first. */
function quickestSource(world: DrillWorld): DrillWorld['contracts'][number] {
  const [quickest] = world.contracts
    .filter(({ topic }) => world.metricsOf(topic).length > 0)
    .toSorted((a, b) => a.maxSilenceMs - b.maxSilenceMs);
  if (quickest === undefined)
    throw new MissingPrerequisite('The catalogue has no metric to hold a drill on.');
  return quickest;
}

/** As long as a wave has to hold events back so that it comes too late for two windows of the metric that waits least. */
function waveMs(world: DrillWorld, topic: string): number {
  const waits = world
    .metricsOf(topic)
    .map(({ window: { everyMs }, lateness }) => lateness.watermarkDelayMs + lateness.allowedMs + 2 * everyMs);
  return Math.min(...waits);
}

/** A rule on the share of payments that fail. */
function failureRule(world: DrillWorld): { readonly metric: MetricDefinition; readonly alert: ValueAlert } {
  for (const metric of world.metrics) {
    if (metric.unit !== 'percent' || world.contractOf(metric).topic !== 'payments') continue;
    const alert = metric.alerts?.find(({ bound, againstMs }) => bound === 'above' && againstMs === undefined);
    if (alert !== undefined) return { metric, alert };
  }
  throw new MissingPrerequisite('No metric over the topic payments has an alert on a share above a bound.');
}

function minutes(ms: number): number {
  return Math.min(LONGEST_INCIDENT_MINUTES, ms / MINUTE_MS);
}
