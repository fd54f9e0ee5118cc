import type { MetricSlots } from '../slots.js';
import { Histograms } from './histograms.js';
import { HashSets } from './hash-sets.js';
import { enlarged, PairTable } from './pair-table.js';

const SPLIT = 2 ** 35;
/** A low half beyond this is carried over: adding one value (≤ 1e14 by contract) then stays exact. */
const CARRY = 2 ** 51;

/**
 * All cells of one metric in one chunk: a cell is (pane, series), found by number; its state lies in growing
 * typed arrays. The generated loop adds to the arrays; this class finds cells and grows.
 */
export class Cells {
  private readonly own = new PairTable();
  private readonly folded = new PairTable();
  private seriesInPane = new Int32Array(64);
  size = 0;
  /** By cell: pane number. */
  pane = new Int32Array(32);
  /** By cell: series number, or -1 - fold key where it holds folded series. */
  series = new Int32Array(32);
  events = new Float64Array(32);
  late = new Float64Array(32);
  low: Float64Array;
  high: Float64Array;
  /** NaN where there is none. */
  extremes: Float64Array;
  lastTimes: Float64Array;
  lastOffsets: Float64Array;
  private isChanged = new Uint8Array(32);
  private changed = new Int32Array(32);
  changedCount = 0;
  readonly histograms: Histograms | undefined;
  readonly hashes: HashSets | undefined;

  constructor(
    readonly slots: MetricSlots,
    private readonly maxSeries: number,
  ) {
    this.low = new Float64Array(32 * slots.sums);
    this.high = new Float64Array(32 * slots.sums);
    this.extremes = new Float64Array(32 * slots.extremes).fill(NaN);
    this.lastTimes = new Float64Array(32 * slots.lasts);
    this.lastOffsets = new Float64Array(32 * slots.lasts);
    this.histograms = slots.buckets ? new Histograms() : undefined;
    this.hashes = slots.hashes ? new HashSets() : undefined;
  }

  /**
   * Cell of a series in a pane, marked as changed. The first `maxSeries` series of a pane get their own; later
   * ones share one a fold key (the currency; 0 without), however many there are: amounts of two currencies never
   * meet in one cell.
   */
  cell(pane: number, series: number, foldKey: number): number {
    let cell = this.own.find(pane, series);
    if (cell < 0) {
      this.ensurePane(pane);
      cell =
        this.seriesInPane[pane]! < this.maxSeries
          ? this.addOwn(pane, series)
          : this.foldedCell(pane, foldKey);
    } else {
      cell = this.cellOfOwn[cell]!;
    }
    if (this.isChanged[cell] === 0) {
      this.isChanged[cell] = 1;
      this.changed[this.changedCount++] = cell;
    }
    return cell;
  }

  /** Adds an integer to a sum, exactly. `at` is cell × sums + slot. */
  add(at: number, value: number): void {
    const low = this.low[at]! + value;
    if (low <= CARRY && low >= -CARRY) {
      this.low[at] = low;
    } else {
      const carried = Math.trunc(low / SPLIT);
      this.high[at] = this.high[at]! + carried;
      this.low[at] = low - carried * SPLIT;
    }
  }

  sum(at: number): bigint {
    const high = this.high[at]!;
    return high === 0 ? BigInt(this.low[at]!) : BigInt(high) * BigInt(SPLIT) + BigInt(this.low[at]!);
  }

  /** Keeps the value that is last by event time, then by offset. */
  keepLast(extreme: number, last: number, timeMs: number, offset: number, value: number): void {
    const known = this.extremes[extreme]! === this.extremes[extreme]!;
    const lastTime = this.lastTimes[last]!;
    if (known && (timeMs < lastTime || (timeMs === lastTime && offset < this.lastOffsets[last]!))) return;
    this.extremes[extreme] = value;
    this.lastTimes[last] = timeMs;
    this.lastOffsets[last] = offset;
  }

  /** Calls `visit` with each cell changed since the last call, in order of change. */
  takeChanged(visit: (cell: number) => void): void {
    for (let i = 0; i < this.changedCount; i++) {
      const cell = this.changed[i]!;
      this.isChanged[cell] = 0;
      visit(cell);
    }
    this.changedCount = 0;
  }

  private cellOfOwn = new Int32Array(32);
  private cellOfFolded = new Int32Array(32);

  private addOwn(pane: number, series: number): number {
    const entry = this.own.intern(pane, series);
    if (entry === this.cellOfOwn.length) this.cellOfOwn = enlarged(this.cellOfOwn, new Int32Array(entry * 2));
    this.seriesInPane[pane]!++;
    return (this.cellOfOwn[entry] = this.addCell(pane, series));
  }

  private foldedCell(pane: number, foldKey: number): number {
    let entry = this.folded.find(pane, foldKey);
    if (entry >= 0) return this.cellOfFolded[entry]!;
    entry = this.folded.intern(pane, foldKey);
    if (entry === this.cellOfFolded.length) {
      this.cellOfFolded = enlarged(this.cellOfFolded, new Int32Array(entry * 2));
    }
    return (this.cellOfFolded[entry] = this.addCell(pane, -1 - foldKey));
  }

  private ensurePane(pane: number): void {
    if (pane < this.seriesInPane.length) return;
    this.seriesInPane = enlarged(this.seriesInPane, new Int32Array(pane * 2));
  }

  private addCell(pane: number, series: number): number {
    const cell = this.size++;
    if (cell === this.pane.length) this.grow();
    this.pane[cell] = pane;
    this.series[cell] = series;
    return cell;
  }

  private grow(): void {
    const cells = this.pane.length * 2;
    const { slots } = this;
    this.pane = enlarged(this.pane, new Int32Array(cells));
    this.series = enlarged(this.series, new Int32Array(cells));
    this.events = enlarged(this.events, new Float64Array(cells));
    this.late = enlarged(this.late, new Float64Array(cells));
    this.low = enlarged(this.low, new Float64Array(cells * slots.sums));
    this.high = enlarged(this.high, new Float64Array(cells * slots.sums));
    this.extremes = enlarged(this.extremes, new Float64Array(cells * slots.extremes).fill(NaN));
    this.lastTimes = enlarged(this.lastTimes, new Float64Array(cells * slots.lasts));
    this.lastOffsets = enlarged(this.lastOffsets, new Float64Array(cells * slots.lasts));
    this.isChanged = enlarged(this.isChanged, new Uint8Array(cells));
    this.changed = enlarged(this.changed, new Int32Array(cells));
  }
}
