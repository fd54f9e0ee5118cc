import { budgetShare, type Burn } from '../objectives/burn-rate.js';
import type { FreshnessObjective } from '../objectives/objective.js';
import type { Stage } from '@freshet/live-protocol';
import { ownerOf } from '../observations.js';
import type { Finding } from './finding.js';
import type { AlertedMetric } from './stale-findings.js';

export interface SpentBudget {
  readonly metric: AlertedMetric;
  readonly objective: FreshnessObjective;
  readonly burns: readonly Burn[];
  /** Bad seconds of the rule's long window. */
  readonly badSeconds: (windowMs: number) => number;
  /** Stage that most of the newest bad seconds were due to. */
  readonly stage: Stage;
  /** Since when no `stale` alert has told of this metric, epoch ms; null: one does now. */
  readonly untoldSinceMs: number | null;
}

/**
 * Budgets that are being spent too fast. What a `stale` alert tells of, or told of within the rule's short window,
 * is held back: the same minutes must not call people twice.
 */
export function budgetFindings(nowMs: number, spent: readonly SpentBudget[]): Finding[] {
  return spent.flatMap((each) => each.burns.map((burn) => budgetFinding(nowMs, each, burn)));
}

function budgetFinding(nowMs: number, spent: SpentBudget, burn: Burn): Finding {
  const { metric, objective, stage, untoldSinceMs } = spent;
  const { rule, isBurning, longRate } = burn;
  const isTold = untoldSinceMs === null || nowMs - untoldSinceMs < rule.shortMs;
  const bad = spent.badSeconds(rule.longMs);
  const share = budgetShare(objective, bad);
  const period = `${Math.round(objective.overMs / 86_400_000)} days`;
  const detail = `${bad} bad seconds in ${hours(rule.longMs)}, ${(share * 100).toFixed(1)} % of the budget of ${period}, at ${longRate.toFixed(1)} times the even pace`;
  return {
    subject: `budget/${rule.name}/${metric.metric}`,
    group: `budget/${rule.name}/${stage}`,
    outcome: !isBurning ? 'ok' : isTold ? 'held_back' : 'bad',
    kind: 'budget',
    severity: rule.severity,
    metric: metric.metric,
    stage,
    owner: ownerOf(metric, stage),
    detail: isBurning && isTold ? 'a stale alert tells of it' : detail,
    holdMs: 0,
    clearMs: 60_000,
  };
}

function hours(ms: number): string {
  const found = ms / 3_600_000;
  return found === 1 ? 'an hour' : `${found} hours`;
}
