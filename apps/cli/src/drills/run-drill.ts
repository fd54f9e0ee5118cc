import { setTimeout as delay } from 'node:timers/promises';

import type { Alert } from '@freshet/live-protocol';

import type { Drill, DrillResult, Expectation, Limits } from './drill.js';
import type { Heal } from './faults.js';
import { LiveWatch } from './live-watch.js';
import type { TeamMessage, TeamWebhook } from './team-webhook.js';
import type { DrillWorld } from './world.js';

/** How long a system may take to be calm before a drill, to fire beyond its window, and to be well again. */
const CALM_WITHIN_MS = 180_000;
const FIRES_WITHIN_MS = 90_000;
const TOLD_WITHIN_MS = 60_000;
const CLEARS_WITHIN_MS = 600_000;

/**
 * Holds one drill: waits for calm, causes the fault, waits for the alert, ends the fault whatever happens, waits for
 * the end of the alert. Never rejects but for MissingPrerequisite.
 */
export async function runDrill(
  drill: Drill,
  world: DrillWorld,
  limits: Limits,
  signal: AbortSignal,
): Promise<DrillResult> {
  const expected = drill.expects(world);
  if (drill.hold !== undefined) return drill.hold(world, expected, limits, signal);
  const watch = new LiveWatch(world.gatewayUrl);
  try {
    const calm = await untilCalm(watch, expected, signal);
    if (calm !== undefined) return failed(drill, expected, calm);
    return await hold(drill, world, expected, limits, watch, signal);
  } finally {
    watch.close();
  }
}

/** Where metrics are stale, these would tell of the same cause again. */
const OF_ITS_STALENESS: readonly Alert['kind'][] = ['canary', 'budget'];

interface Seen {
  readonly visibleAfterMs: number | undefined;
  readonly trueAtMs: number | undefined;
  readonly alert: Alert | undefined;
  /** Other alerts of the same kind or way that fired with it. */
  readonly others: readonly string[];
}

async function hold(
  drill: Drill,
  world: DrillWorld,
  expected: Expectation,
  limits: Limits,
  watch: LiveWatch,
  signal: AbortSignal,
): Promise<DrillResult> {
  const before = new Set((await world.alerts()).map(({ id }) => id));
  const causedAtMs = Date.now();
  let heal: Heal | undefined;
  let seen: Seen;
  let told: TeamMessage | undefined;
  try {
    heal = await drill.cause(world);
    seen = await observe(expected, watch, before, signal);
    told = seen.alert && (await awaitTold(world, seen.alert, causedAtMs, signal));
  } finally {
    await heal?.();
  }
  const healedAtMs = Date.now();
  const { alert } = seen;
  if (alert === undefined) {
    const waitedS = Math.round((healedAtMs - causedAtMs) / 1000);
    return { ...failed(drill, expected, `no such alert fired within ${waitedS} s`), ...seen };
  }
  const end = await untilResolved(world, alert, signal);
  const firedAfterMs = (alert.firedAtMs ?? healedAtMs) - (seen.trueAtMs ?? alert.sinceMs);
  const clearedAfterMs = end === undefined ? undefined : (end.resolvedAtMs ?? Date.now()) - healedAtMs;
  const result = {
    name: drill.name,
    // As it fired: while it ends, another stage may be the last to catch up.
    alert,
    visibleAfterMs: seen.visibleAfterMs,
    firedAfterMs,
    actionWindowMs: expected.actionWindowMs,
    toldAfterMs: told && told.receivedAtMs - (seen.trueAtMs ?? alert.sinceMs),
    clearedAfterMs,
  };
  const problems = problemsOf(result, expected, seen, limits);
  if (world.webhook !== undefined)
    problems.push(...(await wrongMessages(world.webhook, alert, expected, told, signal)));
  return { ...result, problems };
}

/** Follows the sockets until the alert fires. */
async function observe(
  expected: Expectation,
  watch: LiveWatch,
  before: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Seen> {
  const { kind, trueAfterMs, actionWindowMs } = expected;
  const isOurs = (alert: Alert): boolean =>
    alert.kind === kind && !before.has(alert.id) && touches(alert, expected);
  const deadlineMs = trueAfterMs + actionWindowMs + FIRES_WITHIN_MS;
  // A screen shows staleness before there is an alert; what is wrong with values and topics it shows by the alert.
  const visible = watch.find(
    ({ seenAtMs, metrics, alerts }) => {
      if (kind === 'stale') {
        const stale = metrics.find(
          ({ metric, status }) => status !== 'fresh' && expected.metrics.includes(metric),
        );
        if (stale === undefined) return undefined;
        return { seenAtMs, trueAtMs: stale.asOfMs === null ? seenAtMs : stale.asOfMs + stale.targetMs };
      }
      const alert = alerts.find(isOurs);
      return alert && { seenAtMs, trueAtMs: alert.sinceMs };
    },
    deadlineMs,
    signal,
  );
  const fired = await watch.find(
    ({ alerts }) => {
      const alert = alerts.find((one) => isOurs(one) && one.status === 'firing');
      if (alert === undefined) return undefined;
      const others = alerts.filter(
        (one) =>
          (one.kind === kind || (kind === 'stale' && OF_ITS_STALENESS.includes(one.kind))) &&
          one.status === 'firing' &&
          !before.has(one.id) &&
          one.id !== alert.id,
      );
      return { alert, others: others.map(({ key }) => key) };
    },
    deadlineMs,
    signal,
  );
  const first = fired === undefined ? undefined : await visible;
  return {
    alert: fired?.alert,
    others: fired?.others ?? [],
    trueAtMs: first?.trueAtMs,
    visibleAfterMs: first && Math.max(0, first.seenAtMs - first.trueAtMs),
  };
}

/** While the fault lasts: what the owner's address got of it. */
function awaitTold(
  { webhook }: DrillWorld,
  { key }: Alert,
  sinceMs: number,
  signal: AbortSignal,
): Promise<TeamMessage | undefined> | undefined {
  return webhook?.find({ incident: key, status: 'firing', sinceMs }, TOLD_WITHIN_MS, signal);
}

/** What is wrong with what was posted, at the beginning and at the end. */
async function wrongMessages(
  webhook: TeamWebhook,
  { key, runbook }: Alert,
  { owner, stage, metrics }: Expectation,
  told: TeamMessage | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  if (told === undefined) return [`the webhook of ${owner} was not told`, ...webhook.malformed];
  const { team, body, receivedAtMs: sinceMs } = told;
  const problems = [...webhook.malformed];
  if (team !== owner) problems.push(`the webhook of ${team} was told, not that of ${owner}`);
  if (body.commonLabels.stage !== stage || body.commonLabels.team !== owner)
    problems.push(`the message says stage ${body.commonLabels.stage}, team ${body.commonLabels.team}`);
  const named = new Set(body.alerts.map(({ labels }) => labels['metric']));
  const missing = metrics.filter((metric) => !named.has(metric));
  if (missing.length > 0) problems.push(`the message does not name ${missing.join(', ')}`);
  if (!body.alerts.every(({ annotations }) => annotations.runbook_url.endsWith(runbook)))
    problems.push(`the message does not lead to ${runbook}`);
  const end = await webhook.find({ incident: key, status: 'resolved', sinceMs }, TOLD_WITHIN_MS, signal);
  if (end?.body.groupKey !== body.groupKey) problems.push('the webhook was not told of its end');
  return problems;
}

function touches({ metrics, topic, stage }: Alert, expected: Expectation): boolean {
  if (expected.metrics.length === 0) return stage === expected.stage;
  return topic !== null || metrics.some((metric) => expected.metrics.includes(metric));
}

function problemsOf(
  result: Omit<DrillResult, 'problems'>,
  expected: Expectation,
  { others, alert }: Seen,
  limits: Limits,
): string[] {
  const problems: string[] = [];
  const { visibleAfterMs, firedAfterMs, clearedAfterMs } = result;
  const named = new Set(result.alert?.metrics);
  const missing = expected.metrics.filter((metric) => !named.has(metric));
  if (missing.length > 0) problems.push(`it does not name ${missing.join(', ')}`);
  if (alert?.stage !== expected.stage) problems.push(`it blames ${alert?.stage}, not ${expected.stage}`);
  if (alert?.owner !== expected.owner) problems.push(`it goes to ${alert?.owner}, not to ${expected.owner}`);
  if (others.length > 0) problems.push(`one cause, but also ${others.join(', ')}`);
  if (visibleAfterMs === undefined) problems.push('no screen said so');
  else if (visibleAfterMs > limits.visibleMs)
    problems.push(`on the screen only after ${seconds(visibleAfterMs)}`);
  if (firedAfterMs !== undefined && firedAfterMs > expected.actionWindowMs + limits.fireSlackMs) {
    problems.push(`fired only after ${seconds(firedAfterMs)}`);
  }
  if (clearedAfterMs === undefined) problems.push('it did not clear');
  else if (clearedAfterMs < 0) problems.push('it cleared while the fault lasted');
  return problems;
}

/** Undefined: calm; otherwise what is not. */
async function untilCalm(
  watch: LiveWatch,
  { kind }: Expectation,
  signal: AbortSignal,
): Promise<string | undefined> {
  let last = 'nothing arrives on the socket';
  const calm = await watch.find(
    ({ metrics, alerts }) => {
      const stale = metrics.filter(({ status }) => status !== 'fresh').map(({ metric }) => metric);
      const open = alerts
        .filter((alert) => alert.kind === kind || alert.kind === 'stale')
        .map(({ key }) => key);
      last = [...stale.map((metric) => `${metric} is stale`), ...open.map((key) => `${key} is open`)].join(
        ', ',
      );
      return last === '' ? true : undefined;
    },
    CALM_WITHIN_MS,
    signal,
  );
  return calm ? undefined : `the system is not well to begin with: ${last}`;
}

async function untilResolved(
  world: DrillWorld,
  { id }: Alert,
  signal: AbortSignal,
): Promise<Alert | undefined> {
  const deadlineMs = Date.now() + CLEARS_WITHIN_MS;
  while (Date.now() < deadlineMs && !signal.aborted) {
    const alerts = await world.alerts().catch(() => []);
    const found = alerts.find((alert) => alert.id === id && alert.status === 'resolved');
    if (found !== undefined) return found;
    await delay(250);
  }
  return undefined;
}

function failed({ name }: Drill, { actionWindowMs }: Expectation, problem: string): DrillResult {
  const unknown = { visibleAfterMs: undefined, firedAfterMs: undefined, clearedAfterMs: undefined };
  return { name, problems: [problem], alert: undefined, actionWindowMs, ...unknown };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
