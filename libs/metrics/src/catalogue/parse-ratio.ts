import { ProblemList, readYaml, Section, type CatalogueProblem, type YamlValue } from '@freshet/contracts';
import { ratioMeaning } from '../meaning.js';
import type { MetricDefinition, MetricRatio } from '../metric.js';
import { isSameWindow, ratioOf } from '../metric-ratio.js';
import { defaultSubtitle, OUTLINE_KEYS, readDisplay, readWords } from './read-outline.js';

const KEYS = [...OUTLINE_KEYS, 'measure', 'dimensions'] as const;
const PARTS = ['numerator', 'denominator'] as const;

/** What a ratio may be made of. */
export interface KnownMetrics {
  /** Metrics that are counted from events. */
  readonly metrics: readonly MetricDefinition[];
  /** Names of the metrics that each ratio of metrics names, by its own name. */
  readonly ratios: ReadonlyMap<string, readonly string[]>;
}

export interface ParseRatioOptions {
  readonly teams?: readonly string[];
}

export type ParsedRatio =
  | { readonly ratio: MetricRatio; readonly problems: readonly [] }
  | { readonly ratio: undefined; readonly problems: readonly CatalogueProblem[] };

/** What a file says of itself before anything of it is checked: its name, and the metrics that it divides. */
export interface RatioHead {
  readonly name: string;
  readonly parts: readonly string[];
}

/** Undefined where the file is no ratio of two metrics. */
export function ratioHead(text: string, file: string): RatioHead | undefined {
  const root = readYaml(text, new ProblemList(file));
  const ratio = root && at(root, 'measure', 'ratio');
  const parts = PARTS.map((part) => ratio && at(ratio, part, 'metric'));
  if (root === undefined || parts.every((part) => part === undefined)) return undefined;
  const texts = parts.map((part) => (part?.kind === 'scalar' ? part.text : ''));
  const name = at(root, 'name');
  return { name: name?.kind === 'scalar' ? name.text : '', parts: texts };
}

function at(value: YamlValue, ...path: readonly string[]): YamlValue | undefined {
  let found: YamlValue | undefined = value;
  for (const key of path) found = found?.kind === 'map' ? found.entries.get(key)?.value : undefined;
  return found;
}

/** Reads the file of a ratio of two metrics. A ratio with any problem is none. Pure. */
export function parseRatio(
  text: string,
  file: string,
  known: KnownMetrics,
  { teams }: ParseRatioOptions = {},
): ParsedRatio {
  const problems = new ProblemList(file);
  const root = readYaml(text, problems);
  const section = root && Section.open(root, KEYS, problems);
  const ratio = section && readRatio(section, file, known, teams);
  if (ratio === undefined || !problems.isEmpty) return { ratio: undefined, problems: problems.all() };
  return { ratio, problems: [] };
}

function readRatio(
  section: Section,
  file: string,
  known: KnownMetrics,
  teams: readonly string[] | undefined,
): MetricRatio | undefined {
  const words = readWords(section, teams);
  const measure = section.section('measure', ['ratio'])?.section('ratio', PARTS);
  if (measure === undefined) return undefined;
  const parts = PARTS.map((part) => readPart(measure, part, words?.name, known));
  const [numerator, denominator] = parts;
  if (numerator === undefined || denominator === undefined) return undefined;
  checkWindows(measure, numerator, denominator);
  const dimensions = readShared(section, [numerator, denominator]);
  const currencyDimension = readCurrencies(section, dimensions, [numerator, denominator]);
  const display = readDisplay(section, dimensions);
  if (words === undefined || !section.problems.isEmpty) return undefined;
  return ratioOf({
    ...words,
    subtitle: words.subtitle ?? defaultSubtitle(numerator.window),
    dimensions,
    ...(currencyDimension === undefined ? {} : { currencyDimension }),
    meaning: ratioMeaning(numerator, denominator),
    display,
    file,
    numerator,
    denominator,
  });
}

function readPart(
  measure: Section,
  key: (typeof PARTS)[number],
  own: string | undefined,
  { metrics, ratios }: KnownMetrics,
): MetricDefinition | undefined {
  const section = measure.section(key, ['metric']);
  const name = section?.text('metric');
  if (section === undefined || name === undefined) return undefined;
  const found = metrics.find((metric) => metric.name === name);
  if (found?.measure.kind === 'quantiles') {
    return section.report('metric', `${found.name} is several quantiles`, 'Divide metrics of one number.');
  }
  if (found !== undefined) return found;
  const cycle = own === undefined ? undefined : cycleThrough(own, name, ratios);
  if (cycle !== undefined) {
    return section.report(
      'metric',
      `${cycle.join(' → ')} is a cycle`,
      'Divide metrics that are counted from events.',
    );
  }
  if (ratios.has(name)) {
    const remedy = 'Divide metrics that are counted from events.';
    return section.report('metric', `${name} is itself a ratio of metrics`, remedy);
  }
  return section.report('metric', `there is no metric "${name}"`, 'Name one of the catalogue.', {
    found: name,
    candidates: metrics.map((metric) => metric.name),
  });
}

/** Path from `own` over `next` back to `own`; undefined where there is none. */
function cycleThrough(
  own: string,
  next: string,
  ratios: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const seen = new Set<string>();
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (name === own) return [...path, name];
    if (seen.has(name)) return undefined;
    seen.add(name);
    for (const part of ratios.get(name) ?? []) {
      const found = walk(part, [...path, name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(next, [own]);
}

function checkWindows(measure: Section, numerator: MetricDefinition, denominator: MetricDefinition): void {
  const [a, b] = [numerator.window, denominator.window];
  const words = ({ sizeMs, everyMs, calendar }: MetricDefinition['window']): string =>
    calendar === undefined
      ? `${sizeMs} ms every ${everyMs} ms`
      : `a ${calendar.unit} of ${calendar.timeZone}`;
  if (isSameWindow(a, b)) return;
  measure.report(
    'denominator',
    `${denominator.name} has windows of ${words(b)}, and ${numerator.name} of ${words(a)}`,
    'Divide metrics with the same window.',
  );
}

/** Dimensions of the ratio, which both parts have. */
function readShared(section: Section, parts: readonly MetricDefinition[]): { name: string }[] {
  const dimensions: { name: string }[] = [];
  for (const leaf of section.leaves('dimensions')) {
    const name = leaf.text;
    const lacking = parts.find((part) => !part.dimensions.some((dimension) => dimension.name === name));
    const shared = parts[0]!.dimensions.filter((each) =>
      parts[1]!.dimensions.some((other) => other.name === each.name),
    );
    if (lacking !== undefined) {
      const candidates = shared.map((dimension) => dimension.name);
      const message = `${leaf.path}: ${lacking.name} has no dimension "${name}"`;
      const both = `Both have: ${candidates.join(', ') || 'none'}.`;
      section.problems.add(leaf, message, both, { found: name, candidates });
    } else if (dimensions.some((dimension) => dimension.name === name)) {
      section.problems.add(leaf, `${leaf.path}: "${name}" is listed twice`, 'Remove one.');
    } else dimensions.push({ name });
  }
  return dimensions;
}

function readCurrencies(
  section: Section,
  dimensions: readonly { readonly name: string }[],
  parts: readonly MetricDefinition[],
): string | undefined {
  let currency: string | undefined;
  for (const { name, currencyDimension } of parts) {
    if (currencyDimension === undefined) continue;
    currency = currencyDimension;
    if (dimensions.some((dimension) => dimension.name === currencyDimension)) continue;
    section.report(
      'dimensions',
      `${name} is money in ${currencyDimension}, which is not among the dimensions`,
      `Add ${currencyDimension}; where the other metric lacks it, amounts would be added across currencies.`,
    );
  }
  return currency;
}
