import type { Contract, Dictionary } from '@freshet/contracts';
import type { ChunkAggregator, PaneRow, Segment } from '../aggregator.js';
import { bucketOf } from '../buckets.js';
import { TextHasher } from '../hash.js';
import { OTHER, type MetricDefinition } from '../metric.js';
import { slotsOf } from '../slots.js';
import { Cells } from './cells.js';
import { DictionaryTest, FieldKeys, Panes } from './keys.js';
import { enlarged, PairTable } from './pair-table.js';
import { aggregatorSource } from './source.js';

interface MetricInChunk {
  readonly index: number;
  readonly cells: Cells;
  readonly panes: Panes;
  readonly describe: (series: number) => readonly string[];
}
interface ChunkParts {
  readonly accumulate: (segment: Segment) => void;
  readonly metrics: readonly MetricInChunk[];
}

/**
 * Compiles the metrics of one contract to a factory of chunk aggregators. The loop is generated code, see
 * `explainAggregator`. Memory of one aggregator is bounded by its chunk: cells by panes × (maxSeries + currencies),
 * hash sets and text keys by the number of its events. Throws when a definition names a field that the contract lacks.
 */
export function compileAggregator(
  definitions: readonly MetricDefinition[],
  contract: Contract,
): () => ChunkAggregator {
  const { text, tests, derive } = aggregatorSource(definitions, contract);
  const slots = definitions.map(slotsOf);
  const link = new Function('runtime', 'tests', 'slots', 'derive', text) as (
    ...bound: unknown[]
  ) => () => ChunkParts;
  const openChunk = link(runtime, tests, slots, derive);
  return () => {
    const { accumulate, metrics } = openChunk();
    return {
      accumulate,
      takeChanged: () => metrics.flatMap((metric) => takeRows(definitions[metric.index]!, metric)),
      get changedCount() {
        return metrics.reduce((sum, { cells }) => sum + cells.changedCount, 0);
      },
    };
  };
}

/** The generated loop of a contract's metrics, for people to read. */
export function explainAggregator(definitions: readonly MetricDefinition[], contract: Contract): string {
  return aggregatorSource(definitions, contract).text;
}

const NO_HASHES = new BigUint64Array(0);

function takeRows(definition: MetricDefinition, { cells, panes, describe }: MetricInChunk): PaneRow[] {
  const { slots } = cells;
  const fresh = cells.hashes?.takeNew();
  const rows: PaneRow[] = [];
  const lastExtremes = slots.parts.flatMap((part) => (part.slots.kind === 'last' ? [part.slots] : []));
  cells.takeChanged((cell) => {
    const extremes: (number | null)[] = [];
    for (let at = cell * slots.extremes; at < (cell + 1) * slots.extremes; at++)
      extremes.push(Number.isNaN(cells.extremes[at]!) ? null : cells.extremes[at]!);
    const sums: bigint[] = [];
    for (let at = cell * slots.sums; at < (cell + 1) * slots.sums; at++) sums.push(cells.sum(at));
    const ofLast = (values: Float64Array): (number | null)[] =>
      lastExtremes.map(({ extreme, last }) =>
        extremes[extreme] === null ? null : values[cell * slots.lasts + last]!,
      );
    const series = cells.series[cell]!;
    rows.push({
      metric: definition.name,
      revision: definition.revision,
      paneStartMs: panes.starts[cells.pane[cell]!]!,
      dimensions: describe(series),
      events: cells.events[cell]!,
      lateEvents: cells.late[cell]!,
      partial: series < 0,
      sums,
      extremes,
      lastTimesMs: ofLast(cells.lastTimes),
      lastOffsets: ofLast(cells.lastOffsets),
      buckets: cells.histograms?.of(cell),
      newHashes: fresh && (fresh.get(cell) ?? NO_HASHES),
    });
  });
  return rows;
}

/**
 * Makes the function from a series number back to dimension values: pairs are undone from the last dimension
 * to the first. Negative numbers are folded series, which keep the value at `fold` (-1: none).
 */
function describer(
  values: readonly (readonly string[])[],
  tables: readonly PairTable[],
  fold: number,
): (series: number) => readonly string[] {
  return (series) => {
    if (series < 0) {
      const key = -1 - series;
      return values.map((ofField, at) => (at === fold ? ofField[key]! : OTHER));
    }
    const dimensions = new Array<string>(values.length);
    let left = series;
    for (let at = values.length - 1; at > 0; at--) {
      const table = tables[at - 1]!;
      dimensions[at] = values[at]![table.secondOf(left)]!;
      left = table.firstOf(left);
    }
    if (values.length > 0) dimensions[0] = values[0]![left]!;
    return dimensions;
  };
}

/** Hashes of dictionary values, computed when first asked for. */
class DictionaryHashes {
  private dictionary: Dictionary | undefined;
  private isKnown = new Uint8Array(0);
  private readonly hasher = new TextHasher();
  highs = new Int32Array(0);
  lows = new Int32Array(0);

  use(dictionary: Dictionary): void {
    const length = dictionary.values.length;
    const isSame = dictionary === this.dictionary;
    this.dictionary = dictionary;
    if (!isSame) this.isKnown = new Uint8Array(this.isKnown.length);
    if (this.isKnown.length >= length) return;
    this.isKnown = enlarged(this.isKnown, new Uint8Array(length * 2));
    this.highs = enlarged(this.highs, new Int32Array(length * 2));
    this.lows = enlarged(this.lows, new Int32Array(length * 2));
  }

  ensure(id: number): void {
    if (this.isKnown[id] === 1) return;
    const { high, low } = this.hasher.hash(this.dictionary!.values[id]!);
    this.highs[id] = high;
    this.lows[id] = low;
    this.isKnown[id] = 1;
  }
}

/** What generated code calls. */
const runtime = {
  FieldKeys,
  DictionaryTest,
  DictionaryHashes,
  Panes,
  PairTable,
  Cells,
  TextHasher,
  bucketOf,
  describer,
};
