import { createHash } from 'node:crypto';
import type { MetricDefinition, MetricRatio, Window } from './metric.js';

/** A ratio with what follows from its parts: window, the longer lateness of the two, revision. */
export function ratioOf(ratio: Omit<MetricRatio, 'window' | 'lateness' | 'revision'>): MetricRatio {
  const { name, dimensions, numerator, denominator } = ratio;
  const longest = (of: (metric: MetricDefinition) => number): number =>
    Math.max(of(numerator), of(denominator));
  const text = JSON.stringify([name, dimensions, numerator.revision, denominator.revision]);
  return {
    ...ratio,
    window: numerator.window,
    lateness: {
      watermarkDelayMs: longest(({ lateness }) => lateness.watermarkDelayMs),
      allowedMs: longest(({ lateness }) => lateness.allowedMs),
    },
    revision: createHash('sha256').update(text).digest('hex').slice(0, 16),
  };
}

/**
 * The ratio over other revisions of its parts, for instance those that are active.
 * @returns why they cannot be divided, where they cannot
 */
export function withParts(
  ratio: MetricRatio,
  numerator: MetricDefinition,
  denominator: MetricDefinition,
): MetricRatio | string {
  for (const part of [numerator, denominator]) {
    const lacking = ratio.dimensions.find(({ name }) => !part.dimensions.some((own) => own.name === name));
    if (lacking !== undefined)
      return `${part.name} has no dimension ${lacking.name} in the definition that is read now`;
  }
  if (!isSameWindow(numerator.window, denominator.window))
    return `${numerator.name} and ${denominator.name} have different windows in the definitions that are read now`;
  return ratioOf({ ...ratio, numerator, denominator });
}

/** Whether two metrics have windows that end together and are equally long. */
export function isSameWindow(a: Window, b: Window): boolean {
  return (
    a.sizeMs === b.sizeMs &&
    a.everyMs === b.everyMs &&
    a.calendar?.unit === b.calendar?.unit &&
    a.calendar?.timeZone === b.calendar?.timeZone
  );
}
