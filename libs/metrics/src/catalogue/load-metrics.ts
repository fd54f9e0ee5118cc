import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBusiness, readCatalogueFolder, type CatalogueProblem, type Contract } from '@freshet/contracts';
import type { MetricDefinition, MetricRatio, AnyMetric } from '../metric.js';
import { parseMetric, type ParseMetricOptions } from './parse-metric.js';
import { parseLookup, type Lookup } from './read-lookup.js';
import { parseRatio, ratioHead, type RatioHead } from './parse-ratio.js';

export interface LoadedMetrics {
  /** Those that are counted from events, of the files without a problem, by display order, then name. */
  readonly metrics: readonly MetricDefinition[];
  /** Ratios of two of them, in the same order. */
  readonly ratios: readonly MetricRatio[];
  /** Refuse to run when there is any. */
  readonly problems: readonly CatalogueProblem[];
}

/** Loads the lookup files of a folder (`catalog/lookups/*.csv`), by file name; a folder that is not there has none. */
export function loadLookups(folder: string): {
  readonly lookups: ReadonlyMap<string, Lookup>;
  readonly problems: readonly CatalogueProblem[];
} {
  const lookups = new Map<string, Lookup>();
  const problems: CatalogueProblem[] = [];
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.csv')) : [];
  for (const name of names.sort()) {
    const parsed = parseLookup(readFileSync(join(folder, name), 'utf8'), `lookups/${name}`);
    lookups.set(name, parsed.lookup);
    problems.push(...parsed.problems);
  }
  return { lookups, problems };
}

/**
 * Loads every metric of a folder (`catalog/metrics`), with the lookup files and the business beside it. Names are
 * unique in it.
 */
export function loadMetrics(
  folder: string,
  contracts: readonly Contract[],
  options: ParseMetricOptions = {},
): LoadedMetrics {
  const { files, problems } = readCatalogueFolder(folder);
  const { problems: inTables, ...beside } = besideMetrics(folder);
  problems.push(...inTables);
  const own = { ...options, ...beside };
  const loaded = new Unique(problems);
  const heads: { file: string; text: string; head: RatioHead }[] = [];
  const metrics: MetricDefinition[] = [];
  for (const { file, text } of files) {
    const head = ratioHead(text, file);
    if (head !== undefined) {
      heads.push({ file, text, head });
      continue;
    }
    const { metric, problems: found } = parseMetric(text, file, contracts, own);
    problems.push(...found);
    if (metric !== undefined && loaded.add(metric)) metrics.push(metric);
  }
  const ratios: MetricRatio[] = [];
  const known = { metrics, ratios: new Map(heads.map(({ head }) => [head.name, head.parts])) };
  for (const { file, text } of heads) {
    const { ratio, problems: found } = parseRatio(text, file, known, options);
    problems.push(...found);
    if (ratio !== undefined && loaded.add(ratio)) ratios.push(ratio);
  }
  return { metrics: metrics.sort(byOrder), ratios: ratios.sort(byOrder), problems };
}

/**
 * What the metrics of a folder take from the files beside it: lookup tables, and the time zone of the business, which
 * is left out where its file is missing or has a problem (others report that).
 */
export function besideMetrics(
  folder: string,
): Pick<ParseMetricOptions, 'timeZone' | 'lookups'> & ReturnType<typeof loadLookups> {
  const tables = loadLookups(join(folder, '..', 'lookups'));
  const business = loadBusiness(join(folder, '..', 'business.yaml')).value;
  return business === undefined ? tables : { ...tables, timeZone: business.timeZone };
}

/** Reports a name that another file has already. */
class Unique {
  private readonly files = new Map<string, string>();

  constructor(private readonly problems: CatalogueProblem[]) {}

  add({ name, file }: AnyMetric): boolean {
    const twin = this.files.get(name);
    if (twin === undefined) {
      this.files.set(name, file);
      return true;
    }
    this.problems.push({
      file,
      line: 1,
      column: 1,
      message: `the name "${name}" is already that of ${twin}`,
      remedy: 'Rename one of the two.',
    });
    return false;
  }
}

function byOrder(a: AnyMetric, b: AnyMetric): number {
  return a.display.order - b.display.order || (a.name < b.name ? -1 : 1);
}
