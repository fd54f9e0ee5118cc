import { Section } from '@freshet/contracts';
import type { ValueAlert } from '../metric.js';

const KEYS = ['name', 'title', 'above', 'below', 'against', 'for', 'severity'];
const SIGNED_PERCENT = /^([+-]?\d{1,4}(?:\.\d{1,4})?)\s*%$/;

/**
 * Reads `alerts`: thresholds (`above: 5%`), or changes against the same window some time ago (`against: 7d`,
 * `below: -40%`: 40 % under it).
 */
export function readAlerts(section: Section): ValueAlert[] {
  const alerts: ValueAlert[] = [];
  for (const item of section.items('alerts')) {
    const own = Section.open(item, KEYS, section.problems);
    const name = own?.name('name', /^[a-z][a-z0-9_]{0,63}$/, 'a name of a-z, 0-9 and _');
    const title = own?.text('title');
    const severity = own?.oneOf('severity', ['page', 'ticket'] as const, 'ticket');
    const holdMs = own?.durationMs('for', 0);
    if (own === undefined || name === undefined || title === undefined) continue;
    if (severity === undefined || holdMs === undefined) continue;
    const againstMs = own.has('against') ? own.durationMs('against') : undefined;
    const above = readBound(own, 'above');
    const below = readBound(own, 'below');
    if ((above === undefined) === (below === undefined)) {
      own.report('name', `${name} needs one bound`, 'Give either above or below.');
      continue;
    }
    if (alerts.some((other) => other.name === name))
      own.report('name', `"${name}" is listed twice`, 'Remove one.');
    const isAbove = above !== undefined;
    alerts.push({
      ...{ name, title, severity, holdMs, bound: isAbove ? 'above' : 'below', limit: above ?? below ?? 0 },
      ...(againstMs === undefined ? {} : { againstMs }),
    });
  }
  return alerts;
}

/** A plain number, or a percentage as a share. */
function readBound(section: Section, key: 'above' | 'below'): number | undefined {
  if (!section.has(key)) return undefined;
  const text = section.text(key);
  if (text === undefined) return undefined;
  const percent = SIGNED_PERCENT.exec(text)?.[1];
  const value = percent === undefined ? Number(text) : Number((Number(percent) / 100).toFixed(8));
  return Number.isFinite(value)
    ? value
    : section.report(
        key,
        `"${text}" is neither a number nor a percentage`,
        'Write such as 0.05, 5% or -40%.',
      );
}
