import { type CatalogueProblem, type Contract } from '@freshet/contracts';
import {
  factsQuery,
  isMetricRatio,
  parseMetric,
  parseRatio,
  ratioFactsQuery,
  ratioHead,
  withParts,
  type AnyMetric,
  type MetricDefinition,
  type MetricRatio,
  type PaneSelection,
  type ParseMetricOptions,
} from '@freshet/metrics';

/** The catalogue that a file is previewed against. */
export interface Against {
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  readonly ratios: readonly MetricRatio[];
  readonly options: ParseMetricOptions;
}

/** A definition whose numbers can be read from facts. */
export interface Previewed {
  readonly definition: AnyMetric;
  /** Those whose facts it counts. */
  readonly contracts: readonly Contract[];
  /** SELECT (no FORMAT) with the columns of `FactsQueryRow`. */
  query(selection: Omit<PaneSelection, 'top' | 'perPane'>): string;
}

/** Reads the file of a metric or of a ratio of two metrics. */
export function readPreviewed(
  text: string,
  file: string,
  { contracts, metrics, ratios, options }: Against,
): { readonly previewed: Previewed | undefined; readonly problems: readonly CatalogueProblem[] } {
  const head = ratioHead(text, file);
  if (head === undefined) {
    const { metric, problems } = parseMetric(text, file, contracts, options);
    return { previewed: metric && previewedOf(metric, contracts), problems };
  }
  const parts = new Map(
    ratios.map(({ name, numerator, denominator }) => [name, [numerator.name, denominator.name]]),
  );
  const known = { metrics, ratios: new Map([...parts, [head.name, head.parts]]) };
  const { ratio, problems } = parseRatio(text, file, known, options);
  return { previewed: ratio && previewedOf(ratio, contracts), problems };
}

/** What is read of that name now, where it is another revision; undefined: nothing, or the same. */
export function activeBeside(
  { definition: { name, revision } }: Previewed,
  promoted: readonly { readonly metric: string; readonly revision: string; readonly definition: string }[],
  { contracts, ratios }: Against,
): Previewed | undefined {
  const active = (of: string): MetricDefinition | undefined => {
    const found = promoted.find(({ metric }) => metric === of);
    return found === undefined || found.revision === ''
      ? undefined
      : (JSON.parse(found.definition) as MetricDefinition);
  };
  const ratio = ratios.find((each) => each.name === name);
  const found = ratio === undefined ? active(name) : ratioOfActive(ratio, active);
  return found === undefined || found.revision === revision ? undefined : previewedOf(found, contracts);
}

function ratioOfActive(
  ratio: MetricRatio,
  active: (name: string) => MetricDefinition | undefined,
): MetricRatio | undefined {
  const parts = [active(ratio.numerator.name), active(ratio.denominator.name)] as const;
  const found = parts[0] && parts[1] && withParts(ratio, parts[0], parts[1]);
  return typeof found === 'string' ? undefined : found;
}

/** Undefined where a contract that it reads is gone. */
function previewedOf(definition: AnyMetric, contracts: readonly Contract[]): Previewed | undefined {
  const contractOf = ({ source }: MetricDefinition) => contracts.find(({ name }) => name === source);
  if (!isMetricRatio(definition)) {
    const contract = contractOf(definition);
    if (contract === undefined) return undefined;
    return {
      definition,
      contracts: [contract],
      query: (selection) => factsQuery(definition, contract, selection),
    };
  }
  const numerator = contractOf(definition.numerator);
  const denominator = contractOf(definition.denominator);
  if (numerator === undefined || denominator === undefined) return undefined;
  return {
    definition,
    contracts: [...new Set([numerator, denominator])],
    query: (selection) => ratioFactsQuery(definition, { numerator, denominator }, selection),
  };
}
