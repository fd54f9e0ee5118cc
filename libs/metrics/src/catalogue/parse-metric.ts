import { ProblemList, readYaml, Section, type CatalogueProblem, type Contract } from '@freshet/contracts';
import { metricForm } from '../form/metric-form.js';
import { meaningOf } from '../meaning.js';
import type { MetricDefinition } from '../metric.js';
import { quantileDimension, ranksOf } from '../ranks.js';
import { revisionOf } from '../revision.js';
import { checkSessions } from './check-sessions.js';
import { readCurrency } from './read-currency.js';
import { readDimensions, type DimensionSources } from './read-dimensions.js';
import { readFilter } from './read-filter.js';
import type { Lookup } from './read-lookup.js';
import { readMeasure } from './read-measure.js';
import { defaultSubtitle, readDisplay, readWords } from './read-outline.js';
import { readLateness, readWindow } from './read-window.js';

export interface ParseMetricOptions {
  /** Teams that may own a metric; not checked when absent. */
  readonly teams?: readonly string[];
  /** Of the business; see `readWindow`. */
  readonly timeZone?: string;
  /** Lookup files by name; see `loadLookups`. */
  readonly lookups?: ReadonlyMap<string, Lookup>;
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
  { teams, timeZone, lookups = new Map<string, Lookup>() }: ParseMetricOptions = {},
): ParsedMetric {
  const problems = new ProblemList(file);
  const root = readYaml(text, problems);
  const section = root && Section.open(root, Object.keys(metricForm.shape), problems);
  const metric = section && readMetric(section, file, { contracts, lookups }, { teams, timeZone });
  if (metric === undefined || !problems.isEmpty) return { metric: undefined, problems: problems.all() };
  return { metric, problems: [] };
}

function readMetric(
  section: Section,
  file: string,
  sources: DimensionSources,
  {
    teams,
    timeZone,
  }: { readonly teams: readonly string[] | undefined; readonly timeZone: string | undefined },
): MetricDefinition | undefined {
  const { contracts } = sources;
  const words = readWords(section, teams);
  const lateness = readLateness(section);
  const replaySection = section.optionalSection('replay', ['contract', 'promotion']);
  const replay = replaySection?.oneOf('contract', ['recompute', 'correct-forward'] as const, 'recompute');
  const promotion = replaySection?.oneOf('promotion', ['when-complete', 'by-hand'] as const, 'when-complete');
  const limits = section.optionalSection('limits', ['maxSeries']);
  const maxSeries = limits?.optionalInteger('maxSeries', 1, 10_000);
  const source = section.text('source');
  const contract = contracts.find((candidate) => candidate.name === source);
  if (source !== undefined && contract === undefined) {
    section.report('source', `there is no contract "${source}"`, 'Name a contract of the catalogue.', {
      found: source,
      candidates: contracts.map((candidate) => candidate.name),
    });
  }
  if (contract?.reference !== undefined) {
    section.report(
      'source',
      `"${contract.name}" is reference data: of each key only the newest record is kept, so nothing can be counted over it`,
      `Count over a topic of events, and map a dimension by it: mapping: { reference: ${contract.name}, key: ${contract.reference.key}, value: … }.`,
    );
  }
  const window = readWindow(section, timeZone, contract);
  if (contract === undefined) return undefined;

  const filter = section.has('filter') ? readFilter(section, 'filter', contract) : undefined;
  const measure = readMeasure(section, 'measure', contract);
  const listed = readDimensions(section, contract, sources);
  const byRank = measure && quantileDimension(measure);
  if (byRank !== undefined && listed.some(({ name }) => name === byRank.name)) {
    section.report(
      'dimensions',
      `hold "${byRank.name}", which tells the quantiles apart`,
      'Give it another name.',
    );
  }
  const dimensions = byRank === undefined ? listed : [...listed, byRank];
  if (measure?.kind === 'runningTotal' && window?.kind === 'hopping') {
    section.report(
      'window',
      'hops, and a running total has no length',
      'Write { tumbling: … }: how often it is told.',
    );
  }
  if (measure !== undefined && window !== undefined) checkSessions(section, measure, window, dimensions);
  const currencyDimension = measure && readCurrency(section, contract, { measure, filter, dimensions });
  const display = readDisplay(section, dimensions);
  if (
    !section.problems.isEmpty ||
    words === undefined ||
    window === undefined ||
    lateness === undefined ||
    measure === undefined
  ) {
    return undefined;
  }
  const counted = {
    name: words.name,
    source: contract.name,
    ...(filter === undefined ? {} : { filter }),
    measure,
    dimensions,
    // A session's key is never folded: rows are at most as many as events.
    maxSeries: window.session === undefined ? (maxSeries ?? 500) : Number.MAX_SAFE_INTEGER,
    window,
    lateness,
  };
  return {
    ...words,
    ...counted,
    subtitle: words.subtitle ?? defaultSubtitle(window, ranksOf({ dimensions })?.[0]?.label),
    replay: replay ?? 'recompute',
    promotion: promotion ?? 'when-complete',
    ...(currencyDimension === undefined ? {} : { currencyDimension }),
    meaning: meaningOf(counted),
    display,
    file,
    revision: revisionOf(counted, contract.hash),
  };
}
