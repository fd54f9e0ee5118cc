import { ProblemList, readYaml, Section, type CatalogueProblem, type Contract } from '@freshet/contracts';
import { meaningOf } from '../meaning.js';
import type { Dimension, MetricDefinition, Unit, Window } from '../metric.js';
import { revisionOf } from '../revision.js';
import { resolveField } from './field-reference.js';
import { readCurrency } from './read-currency.js';
import { readFilter } from './read-filter.js';
import { readMeasure } from './read-measure.js';

const KEYS = [
  'apiVersion',
  'kind',
  'name',
  'title',
  'subtitle',
  'description',
  'owner',
  'source',
  'filter',
  'measure',
  'dimensions',
  'limits',
  'window',
  'lateness',
  'freshness',
  'replay',
  'unit',
  'goodDirection',
  'runbook',
  'display',
] as const;
const UNITS: readonly Unit[] = ['count', 'percent', 'money', 'milliseconds', 'seconds', 'users'];
/** Columns of every metric's view. */
const VIEW_COLUMNS = [
  'window_start',
  'window_end',
  'window',
  'value',
  'numerator',
  'denominator',
  'state',
  'partial',
  'incomplete',
  'late_events',
  'as_of',
];
const MAX_DIMENSIONS = 8;
const MAX_PANES_PER_WINDOW = 1440;

export interface ParseMetricOptions {
  /** Teams that may own a metric; not checked when absent. */
  readonly teams?: readonly string[];
}
export type ParsedMetric =
  | { readonly metric: MetricDefinition; readonly problems: readonly [] }
  | { readonly metric: undefined; readonly problems: readonly CatalogueProblem[] };

/**
 * Reads a metric's file against the contracts. A metric with any problem is no metric. `file` is the path shown
 * in problems, relative to the catalogue. Pure.
 */
export function parseMetric(
  text: string,
  file: string,
  contracts: readonly Contract[],
  { teams }: ParseMetricOptions = {},
): ParsedMetric {
  const problems = new ProblemList(file);
  const root = readYaml(text, problems);
  const section = root && Section.open(root, KEYS, problems);
  const metric = section && readMetric(section, file, contracts, teams);
  if (metric === undefined || !problems.isEmpty) return { metric: undefined, problems: problems.all() };
  return { metric, problems: [] };
}

function readMetric(
  section: Section,
  file: string,
  contracts: readonly Contract[],
  teams: readonly string[] | undefined,
): MetricDefinition | undefined {
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
  const window = readWindow(section);
  const lateness = readLateness(section);
  const freshness = readFreshness(section);
  const replay = section
    .optionalSection('replay', ['contract'])
    ?.oneOf('contract', ['recompute', 'correct-forward'] as const);
  const limits = section.optionalSection('limits', ['maxSeries']);
  const maxSeries = limits?.optionalInteger('maxSeries', 1, 10_000);
  const unit = section.oneOf('unit', UNITS, 'count');
  const goodDirection = section.oneOf('goodDirection', ['up', 'down', 'none'] as const, 'none');
  const runbook = section.name(
    'runbook',
    /^docs\/[A-Za-z0-9_./-]+\.md$/,
    'a page below docs/, such as docs/runbooks/x.md',
  );
  const source = section.text('source');
  const contract = contracts.find((candidate) => candidate.name === source);
  if (source !== undefined && contract === undefined) {
    section.report('source', `there is no contract "${source}"`, 'Name a contract of the catalogue.', {
      found: source,
      candidates: contracts.map((candidate) => candidate.name),
    });
  }
  if (contract === undefined) return undefined;

  const filter = section.has('filter') ? readFilter(section, 'filter', contract) : undefined;
  const measure = readMeasure(section, 'measure', contract);
  const dimensions = readDimensions(section, contract);
  if (measure?.kind === 'runningTotal' && window?.kind === 'hopping') {
    section.report(
      'window',
      'hops, and a running total has no length',
      'Write { tumbling: … }: how often it is told.',
    );
  }
  const currencyDimension = measure && readCurrency(section, contract, { measure, filter, dimensions });
  const display = readDisplay(section, dimensions);
  if (
    !section.problems.isEmpty ||
    name === undefined ||
    title === undefined ||
    owner === undefined ||
    window === undefined ||
    lateness === undefined ||
    freshness === undefined ||
    unit === undefined ||
    goodDirection === undefined ||
    runbook === undefined ||
    measure === undefined
  ) {
    return undefined;
  }
  const counted = {
    name,
    source: contract.name,
    ...(filter === undefined ? {} : { filter }),
    measure,
    dimensions,
    maxSeries: maxSeries ?? 500,
    window,
    lateness,
  };
  return {
    ...counted,
    title,
    subtitle: section.optionalText('subtitle') ?? defaultSubtitle(window),
    description: section.optionalText('description') ?? '',
    owner,
    freshness,
    replay: replay ?? 'recompute',
    unit,
    goodDirection,
    ...(currencyDimension === undefined ? {} : { currencyDimension }),
    meaning: meaningOf(counted),
    display,
    runbook,
    file,
    revision: revisionOf(counted, contract.hash),
  };
}

function readWindow(section: Section): Window | undefined {
  const window = section.section('window', ['tumbling', 'hopping', 'every']);
  if (window === undefined) return undefined;
  if (window.has('tumbling') === window.has('hopping')) {
    return section.report(
      'window',
      'is either tumbling or hopping',
      'Write { tumbling: 1m } or { hopping: 5m, every: 1m }.',
    );
  }
  const kind = window.has('tumbling') ? 'tumbling' : 'hopping';
  const sizeMs = window.durationMs(kind);
  if (kind === 'tumbling' && window.has('every')) {
    return window.report(
      'every',
      'does not belong to a tumbling window',
      'Remove it, or make the window hopping.',
    );
  }
  const everyMs = kind === 'tumbling' ? sizeMs : window.durationMs('every');
  if (sizeMs === undefined || everyMs === undefined) return undefined;
  if (everyMs < 1000)
    return window.report(kind === 'tumbling' ? kind : 'every', 'is shorter than 1s', 'Choose at least 1s.');
  if (sizeMs % everyMs !== 0) {
    return window.report(
      kind,
      'is not a multiple of every',
      'Choose a length that every divides, such as 5m every 1m.',
    );
  }
  if (sizeMs / everyMs > MAX_PANES_PER_WINDOW) {
    return window.report(
      'every',
      `makes more than ${MAX_PANES_PER_WINDOW} panes a window`,
      'Choose a longer step.',
    );
  }
  return { kind, sizeMs, everyMs };
}

function readLateness(section: Section): MetricDefinition['lateness'] | undefined {
  const lateness = section.section('lateness', ['watermarkDelay', 'allowed']);
  const watermarkDelayMs = lateness?.durationMs('watermarkDelay');
  const allowedMs = lateness?.durationMs('allowed');
  if (watermarkDelayMs === undefined || allowedMs === undefined) return undefined;
  return { watermarkDelayMs, allowedMs };
}

function readFreshness(section: Section): MetricDefinition['freshness'] | undefined {
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

function readDimensions(section: Section, contract: Contract): Dimension[] {
  const dimensions: Dimension[] = [];
  const items = section.items('dimensions');
  if (items.length > MAX_DIMENSIONS) {
    section.report('dimensions', `${items.length} dimensions`, `Keep at most ${MAX_DIMENSIONS}.`);
  }
  for (const item of items) {
    // Either the name of a field, or { name, field } where the two differ.
    const named = item.kind === 'map' ? Section.open(item, ['name', 'field'], section.problems) : undefined;
    const fieldName = named?.text('field') ?? (item.kind === 'scalar' ? item.text : undefined);
    const name =
      named?.name('name', /^[a-z][A-Za-z0-9_]{0,63}$/, 'a name of letters, digits and _') ?? fieldName;
    if (fieldName === undefined || name === undefined) {
      if (item.kind === 'list')
        section.problems.add(item, `${item.path}: expected a field`, 'Write its name.');
      continue;
    }
    const field = resolveField(section, item, item.path, fieldName, contract);
    if (field?.type === 'timestamp' || field?.type === 'decimal') {
      section.problems.add(
        item,
        `${item.path}: a ${field.type} is no dimension`,
        'Name a text, boolean or integer field.',
      );
    }
    if (VIEW_COLUMNS.includes(name)) {
      section.problems.add(
        item,
        `${item.path}: "${name}" is a column of every metric's view`,
        'Write { name: other, field: … }.',
      );
    }
    if (dimensions.some((other) => other.name === name || other.field === fieldName)) {
      section.problems.add(item, `${item.path}: "${name}" is listed twice`, 'Remove one.');
    }
    if (field !== undefined) dimensions.push({ name, field: field.name });
  }
  return dimensions;
}

function readDisplay(section: Section, dimensions: readonly Dimension[]): MetricDefinition['display'] {
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

function defaultSubtitle({ kind, sizeMs }: Window): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const;
  const [unitMs, unit] = units.find(([each]) => sizeMs % each === 0) ?? [1, 'millisecond'];
  const count = sizeMs / unitMs;
  const length = count === 1 ? unit : `${count} ${unit}s`;
  return kind === 'tumbling' ? `per ${length}` : `last ${length}`;
}
