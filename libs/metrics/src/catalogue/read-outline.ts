import type { Section } from '@freshet/contracts';
import { readAlerts } from './read-alerts.js';
import type { MetricOutline, Unit, Window } from '../metric.js';

const UNITS: readonly Unit[] = ['count', 'percent', 'money', 'milliseconds', 'seconds', 'users'];
/** Keys that every metric's file may have. */
export const OUTLINE_KEYS = [
  'apiVersion',
  'kind',
  'name',
  'title',
  'subtitle',
  'description',
  'owner',
  'freshness',
  'unit',
  'goodDirection',
  'runbook',
  'alerts',
  'display',
] as const;

/** What a metric says of itself, without what it counts. */
export type Words = Pick<
  MetricOutline,
  'name' | 'title' | 'description' | 'owner' | 'freshness' | 'unit' | 'goodDirection' | 'runbook' | 'alerts'
> & { readonly subtitle: string | undefined };

/** Reads the keys that every metric has, but `display`. Reports teams that are not known. */
export function readWords(section: Section, teams: readonly string[] | undefined): Words | undefined {
  section.oneOf('apiVersion', ['freshet/v1']);
  section.oneOf('kind', ['Metric']);
  const name = section.name('name', /^[a-z][a-z0-9_]{0,63}$/, 'a name of a-z, 0-9 and _');
  const title = section.text('title');
  const owner = section.text('owner');
  if (owner !== undefined && teams !== undefined && !teams.includes(owner)) {
    section.report('owner', `there is no team "${owner}"`, 'Name a team of teams.yaml, or add it there.', {
      found: owner,
      candidates: teams,
    });
  }
  const freshness = readFreshness(section);
  const unit = section.oneOf('unit', UNITS, 'count');
  const goodDirection = section.oneOf('goodDirection', ['up', 'down', 'none'] as const, 'none');
  const runbook = section.name(
    'runbook',
    /^docs\/[A-Za-z0-9_./-]+\.md$/,
    'a page below docs/, such as docs/runbooks/x.md',
  );
  const alerts = readAlerts(section);
  const subtitle = section.optionalText('subtitle');
  const description = section.optionalText('description') ?? '';
  if (
    name === undefined ||
    title === undefined ||
    owner === undefined ||
    freshness === undefined ||
    unit === undefined ||
    goodDirection === undefined ||
    runbook === undefined
  ) {
    return undefined;
  }
  const said = { name, title, subtitle, description, owner, freshness, unit, goodDirection, runbook };
  return alerts.length === 0 ? said : { ...said, alerts };
}

function readFreshness(section: Section): MetricOutline['freshness'] | undefined {
  const freshness = section.section('freshness', ['target', 'objective', 'over', 'actionWindow']);
  if (freshness === undefined) return undefined;
  const targetMs = freshness.durationMs('target');
  const overMs = freshness.durationMs('over', 30 * 86_400_000);
  const actionWindowMs = freshness.durationMs('actionWindow', 60_000);
  const written = freshness.text('objective');
  const percent = /^(\d{1,3}(?:\.\d{1,4})?)\s*%$/.exec(written ?? '')?.[1];
  if (written !== undefined && !(percent !== undefined && Number(percent) > 0 && Number(percent) < 100)) {
    freshness.report(
      'objective',
      `"${written}" is not a share`,
      'Write a percentage below 100 %, such as 99.5%.',
    );
  }
  if (targetMs === 0) freshness.report('target', 'is zero', 'Choose what can be reached, such as 2s.');
  if (!targetMs || percent === undefined || overMs === undefined || actionWindowMs === undefined)
    return undefined;
  return { targetMs, objective: Number((Number(percent) / 100).toFixed(6)), overMs, actionWindowMs };
}

/** Reads `display`; its `splitBy` names one of the dimensions. */
export function readDisplay(
  section: Section,
  dimensions: MetricOutline['dimensions'],
): MetricOutline['display'] {
  const display = section.optionalSection('display', ['team', 'order', 'splitBy']);
  const team = display?.optionalText('team');
  const splitBy = display?.optionalText('splitBy');
  if (splitBy !== undefined && !dimensions.some(({ name }) => name === splitBy)) {
    display?.report('splitBy', `"${splitBy}" is not a dimension`, 'Name one of this metric.', {
      found: splitBy,
      candidates: dimensions.map(({ name }) => name),
    });
  }
  return {
    ...(team === undefined ? {} : { team }),
    order: display?.optionalInteger('order', 0, 10_000) ?? 1000,
    ...(splitBy === undefined ? {} : { splitBy }),
  };
}

/** Words after the title of a metric whose file has none; `told`: which of several quantiles its one value is. */
export function defaultSubtitle(window: Window, told?: string): string {
  return told === undefined ? lengthOf(window) : `${told}, ${lengthOf(window)}`;
}

function lengthOf({ kind, sizeMs, calendar }: Window): string {
  if (calendar !== undefined) return `per ${calendar.unit}`;
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const;
  const [unitMs, unit] = units.find(([each]) => sizeMs % each === 0) ?? [1, 'millisecond'];
  const count = sizeMs / unitMs;
  const length = count === 1 ? unit : `${count} ${unit}s`;
  return kind === 'hopping' ? `last ${length}` : `per ${length}`;
}
