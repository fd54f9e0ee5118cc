import type { Contract, DecodedBlock } from '@freshet/contracts';
import { paneStart, isLate, watermark } from '@freshet/windowing';
import type { ChunkAggregator, PaneRow, Segment } from '../aggregator.js';
import { bucketOf } from '../buckets.js';
import { deriveOf } from '../dimension-values.js';
import { fieldOf, passes } from '../filter-values.js';
import { TextHasher, toBigint } from '../hash.js';
import { OTHER, type Filter, type MetricDefinition, type Scalar } from '../metric.js';
import { closingMsOf, paneMsOf, storedDimensionsOf } from '../session-panes.js';
import { slotsOf } from '../slots.js';

interface Cell {
  paneStartMs: number;
  dimensions: string[];
  partial: boolean;
  events: number;
  lateEvents: number;
  sums: bigint[];
  extremes: (number | null)[];
  lasts: { timeMs: number; offset: number }[];
  buckets: Map<number, number>;
  hashes: Set<bigint>;
  taken: Set<bigint>;
  changed: boolean;
}

/**
 * The same aggregation as `compileAggregator`, said plainly with maps and bigints, one event after the other:
 * what the generated code is tested against.
 */
export function interpretAggregator(
  definitions: readonly MetricDefinition[],
  contract: Contract,
): () => ChunkAggregator {
  return () => {
    const metrics = definitions.map((definition) => new Interpreted(definition, contract));
    return {
      accumulate: ({ block, rows, count, frontiersMs, offsets }: Segment) => {
        for (let i = 0; i < count; i++) {
          for (const metric of metrics) metric.add(block, rows[i]!, frontiersMs[i]!, offsets[i]!);
        }
      },
      takeChanged: () => metrics.flatMap((metric) => metric.take()),
      get changedCount() {
        return metrics.reduce((sum, metric) => sum + metric.changedCount, 0);
      },
    };
  };
}

class Interpreted {
  private readonly cells = new Map<string, Cell>();
  private readonly hasher = new TextHasher();
  private readonly slots;

  constructor(
    private readonly definition: MetricDefinition,
    private readonly contract: Contract,
  ) {
    this.slots = slotsOf(definition);
  }

  get changedCount(): number {
    return [...this.cells.values()].filter(({ changed }) => changed).length;
  }

  add(block: DecodedBlock, row: number, frontierMs: number, offset: number): void {
    const { definition } = this;
    const read = (field: string): Scalar | undefined => valueAt(this.contract, block, field, row);
    if (definition.filter && !holds(definition.filter, this.contract, read)) return;
    const timeMs = block.eventTimesMs[row]!;
    const startMs = paneStart(timeMs, paneMsOf(definition.window));
    const dimensions = storedDimensionsOf(definition).map((dimension) => {
      const text = String(read(dimension.field) ?? '');
      return deriveOf(dimension)?.(text) ?? text;
    });
    const cell = this.cell(startMs, dimensions);
    const { watermarkDelayMs, allowedMs } = definition.lateness;
    cell.changed = true;
    cell.events++;
    const closingMs = closingMsOf(definition.window);
    const endMs = paneStart(timeMs, closingMs) + closingMs;
    if (isLate(endMs, allowedMs, watermark(frontierMs, watermarkDelayMs))) cell.lateEvents++;
    const { span } = this.slots;
    if (span !== undefined) {
      cell.extremes[span.first] = Math.min(cell.extremes[span.first] ?? timeMs, timeMs);
      cell.extremes[span.last] = Math.max(cell.extremes[span.last] ?? timeMs, timeMs);
    }
    for (const { measure, slots } of this.slots.parts) {
      if (measure.where && !holds(measure.where, this.contract, read)) continue;
      const value = 'field' in measure ? read(measure.field) : undefined;
      if ('field' in measure && value === undefined) continue;
      const number = value as number;
      switch (slots.kind) {
        case 'count':
        case 'sessions':
          cell.sums[slots.sum]! += 1n;
          break;
        case 'duration':
          break;
        case 'sum':
          cell.sums[slots.sum]! += BigInt(number);
          break;
        case 'avg':
          cell.sums[slots.sum]! += BigInt(number);
          cell.sums[slots.count]! += 1n;
          break;
        case 'min':
        case 'max':
          cell.extremes[slots.extreme] = Math[slots.kind](cell.extremes[slots.extreme] ?? number, number);
          break;
        case 'last': {
          const last = cell.lasts[slots.last]!;
          const isLater = timeMs > last.timeMs || (timeMs === last.timeMs && offset > last.offset);
          if (cell.extremes[slots.extreme] !== null && !isLater) break;
          cell.extremes[slots.extreme] = number;
          cell.lasts[slots.last] = { timeMs, offset };
          break;
        }
        case 'distinct': {
          const { high, low } = this.hasher.hash(String(value));
          cell.hashes.add(toBigint(high, low));
          break;
        }
        case 'quantile': {
          const bucket = bucketOf(number);
          cell.buckets.set(bucket, (cell.buckets.get(bucket) ?? 0) + 1);
          break;
        }
      }
    }
  }

  take(): PaneRow[] {
    const { name, revision } = this.definition;
    const rows: PaneRow[] = [];
    for (const cell of this.cells.values()) {
      if (!cell.changed) continue;
      cell.changed = false;
      const fresh = [...cell.hashes].filter((hash) => !cell.taken.has(hash));
      for (const hash of fresh) cell.taken.add(hash);
      const lastExtremes = this.slots.parts.flatMap(({ slots }) =>
        slots.kind === 'last' ? [cell.extremes[slots.extreme]] : [],
      );
      rows.push({
        metric: name,
        revision,
        paneStartMs: cell.paneStartMs,
        dimensions: cell.dimensions,
        events: cell.events,
        lateEvents: cell.lateEvents,
        partial: cell.partial,
        sums: [...cell.sums],
        extremes: [...cell.extremes],
        lastTimesMs: cell.lasts.map(({ timeMs }, at) => (lastExtremes[at] === null ? null : timeMs)),
        lastOffsets: cell.lasts.map(({ offset }, at) => (lastExtremes[at] === null ? null : offset)),
        buckets: this.slots.buckets ? new Map(cell.buckets) : undefined,
        newHashes: this.slots.hashes ? fresh : undefined,
      });
    }
    return rows;
  }

  private cell(startMs: number, dimensions: string[]): Cell {
    const own = this.cells.get(key(startMs, false, dimensions));
    if (own) return own;
    const { maxSeries, currencyDimension } = this.definition;
    const inPane = [...this.cells.values()].filter(({ paneStartMs }) => paneStartMs === startMs);
    if (inPane.filter(({ partial }) => !partial).length < maxSeries)
      return this.open(startMs, dimensions, false);
    const folded = dimensions.map((value, at) =>
      this.definition.dimensions[at]!.name === currencyDimension ? value : OTHER,
    );
    const known = this.cells.get(key(startMs, true, folded));
    return known ?? this.open(startMs, folded, true);
  }

  private open(paneStartMs: number, dimensions: string[], partial: boolean): Cell {
    const cell: Cell = {
      paneStartMs,
      dimensions,
      partial,
      events: 0,
      lateEvents: 0,
      sums: Array.from({ length: this.slots.sums }, () => 0n),
      extremes: Array.from({ length: this.slots.extremes }, () => null),
      lasts: Array.from({ length: this.slots.lasts }, () => ({ timeMs: -Infinity, offset: -1 })),
      buckets: new Map(),
      hashes: new Set(),
      taken: new Set(),
      changed: false,
    };
    this.cells.set(key(paneStartMs, partial, dimensions), cell);
    return cell;
  }
}

function key(paneStartMs: number, partial: boolean, dimensions: readonly string[]): string {
  return JSON.stringify([paneStartMs, partial, dimensions]);
}

/** Whether an event passes a filter. `read` gives a field's value, undefined where it is absent. */
export function holds(
  filter: Filter,
  contract: Contract,
  read: (field: string) => Scalar | undefined,
): boolean {
  switch (filter.kind) {
    case 'not':
      return !holds(filter.filter, contract, read);
    case 'all':
      return filter.filters.every((each) => holds(each, contract, read));
    case 'any':
      return filter.filters.some((each) => holds(each, contract, read));
    case 'exists':
      return read(filter.field) !== undefined;
    default: {
      const value = read(filter.field);
      return value !== undefined && passes(filter, fieldOf(contract, filter.field), value);
    }
  }
}

function valueAt(contract: Contract, block: DecodedBlock, name: string, row: number): Scalar | undefined {
  const column = block.columns[contract.fields.indexOf(fieldOf(contract, name))]!;
  if (column.absent?.[row] === 1) return undefined;
  const { data } = column;
  switch (data.kind) {
    case 'dictionary':
      return data.dictionary.values[data.ids[row]!];
    case 'boolean':
      return data.values[row] === 1;
    case 'list':
      throw new Error(`${name} is an array.`);
    case 'text':
      return data.values.at(row);
    default:
      return data.values[row];
  }
}
