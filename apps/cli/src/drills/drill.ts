import type { Alert, Stage } from '@freshet/live-protocol';

import type { Heal } from './faults.js';
import type { DrillWorld } from './world.js';

/** A fault that is caused on purpose, and the alert that has to come of it. */
export interface Drill {
  readonly name: string;
  /** What is done, one line. */
  readonly title: string;
  readonly expects: (world: DrillWorld) => Expectation;
  /** Instead of waiting for an alert on the screens. */
  readonly hold?: (
    world: DrillWorld,
    expected: Expectation,
    limits: Limits,
    signal: AbortSignal,
  ) => Promise<DrillResult>;
  /** Causes it; resolves how to end it. @throws MissingPrerequisite where it cannot be caused */
  readonly cause: (world: DrillWorld) => Promise<Heal>;
}

export interface Expectation {
  readonly kind: Alert['kind'];
  readonly stage: Stage;
  readonly owner: string;
  /** Every one of them has to be named by the one alert. */
  readonly metrics: readonly string[];
  /** From the cause until the condition is true, beside the freshness target, ms. */
  readonly trueAfterMs: number;
  /** From when the condition is true until it has to fire, ms. */
  readonly actionWindowMs: number;
}

export interface DrillResult {
  readonly name: string;
  /** What was not as it should be; empty: passed. */
  readonly problems: readonly string[];
  readonly alert: Alert | undefined;
  /** From when the condition was true until a screen said so, ms. */
  readonly visibleAfterMs: number | undefined;
  /** From when the condition was true until it fired, ms. */
  readonly firedAfterMs: number | undefined;
  readonly actionWindowMs: number;
  /** From when the condition was true until the owner's webhook had it, ms; undefined: not listened to. */
  readonly toldAfterMs?: number | undefined;
  /** From the end of the fault until the alert was resolved, ms. */
  readonly clearedAfterMs: number | undefined;
}

/** What times are held against. */
export interface Limits {
  readonly visibleMs: number;
  /** Beside the action window: evaluations come once a second. */
  readonly fireSlackMs: number;
}

export const STRICT: Limits = { visibleMs: 2_000, fireSlackMs: 0 };
