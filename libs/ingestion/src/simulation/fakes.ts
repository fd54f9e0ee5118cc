import {
  TextRows,
  INVALID_REASONS,
  OUTCOME_IGNORED,
  OUTCOME_INVALID,
  type DecodedBlock,
  type Decoder,
  type RecordColumns,
  type StartPosition,
} from '@freshet/contracts';
import type { ChunkAggregator, PaneRow, Segment } from '@freshet/metrics';
import type { EngineEvents } from '../events.js';
import type { SourceSpec } from '../source-spec.js';

export const PANE_MS = 60_000;
const WATERMARK_DELAY_MS = 5_000;
const ALLOWED_MS = 120_000;
export const METRIC = 'amount';
/** What a metric definition is here: a name, and a factor that changes its numbers. */
export interface Revision {
  readonly name: string;
  readonly factor: number;
}
export const REVISIONS: readonly [Revision, Revision] = [
  { name: 'r1', factor: 1 },
  { name: 'r2', factor: 1_000 },
];

/** What a simulated record says; other bytes are invalid, a tombstone is ignored. */
export interface SimEvent {
  readonly id: number;
  readonly timeMs: number;
  readonly region: string;
  readonly amount: number;
}

/** First byte of an event's bytes; then come its numbers, then its region. */
const EVENT = 1;
const REGION_AT = 25;

/** Every record is decoded by several engines and by the recompute: in a form that costs little to read. */
export function encodeEvent({ id, timeMs, region, amount }: SimEvent): Uint8Array {
  const bytes = Buffer.alloc(REGION_AT + region.length);
  bytes[0] = EVENT;
  for (const [index, number] of [id, timeMs, amount].entries()) bytes.writeDoubleLE(number, 1 + index * 8);
  bytes.write(region, REGION_AT, 'latin1');
  return bytes;
}

export function decodeEvent(value: Uint8Array): SimEvent | undefined {
  if (value[0] !== EVENT) return undefined;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const [id, timeMs, amount] = [bytes.readDoubleLE(1), bytes.readDoubleLE(9), bytes.readDoubleLE(17)];
  return { id, timeMs, amount, region: bytes.toString('latin1', REGION_AT) };
}

/** What folded series are called. */
export const OTHER = '(other)';

/** A late event's pane was final before it came. */
export function isLate(eventTimeMs: number, frontierMs: number): boolean {
  const paneEndMs = Math.floor(eventTimeMs / PANE_MS) * PANE_MS + PANE_MS;
  return paneEndMs + ALLOWED_MS <= frontierMs - WATERMARK_DELAY_MS;
}

/** Reuses its columns as the real one does. */
class FakeDecoder implements Decoder {
  private outcomes = new Uint8Array(0);
  private reasons = new Uint8Array(0);
  private idHash = new Uint32Array(0);
  private eventTimesMs = new Float64Array(0);
  private amounts = new Float64Array(0);
  private readonly regions = new TextRows();

  decode(records: RecordColumns, from: number, to: number): DecodedBlock {
    const count = to - from;
    const details = new Map<number, string>();
    this.reserve(count);
    this.regions.reset(count);
    for (let row = 0; row < count; row += 1) {
      const value = records.values.at(from + row);
      const event = value === null ? undefined : decodeEvent(value);
      this.outcomes[row] = value === null ? OUTCOME_IGNORED : event === undefined ? OUTCOME_INVALID : 0;
      this.reasons[row] = value === null || event !== undefined ? 0 : INVALID_REASONS.indexOf('not_json');
      if (this.outcomes[row] === OUTCOME_INVALID) details.set(row, 'not JSON');
      this.idHash[row * 4] = event?.id ?? 0;
      this.eventTimesMs[row] = event?.timeMs ?? 0;
      this.amounts[row] = event?.amount ?? 0;
      this.regions.putText(row, event?.region ?? '');
    }
    const { outcomes, reasons, idHash, eventTimesMs } = this;
    return {
      count,
      outcomes,
      reasons,
      details,
      idHash,
      eventTimesMs,
      columns: [
        { name: 'region', absent: undefined, data: { kind: 'text', values: this.regions } },
        { name: 'amount', absent: undefined, data: { kind: 'number', values: this.amounts } },
      ],
    };
  }

  private reserve(rows: number): void {
    if (rows <= this.outcomes.length) return;
    this.outcomes = new Uint8Array(rows);
    this.reasons = new Uint8Array(rows);
    this.idHash = new Uint32Array(rows * 4);
    this.eventTimesMs = new Float64Array(rows);
    this.amounts = new Float64Array(rows);
  }
}

export class FakeAggregator implements ChunkAggregator {
  constructor(
    private readonly revision: Revision,
    private readonly maxSeries: number,
  ) {}

  private readonly panes = new Map<
    string,
    { pane: number; region: string; n: number; late: number; sum: bigint }
  >();
  private readonly changed = new Set<string>();

  accumulate({ block, rows, count, frontiersMs }: Segment): void {
    const [regions, amounts] = block.columns;
    if (regions?.data.kind !== 'text' || amounts?.data.kind !== 'number') throw new Error('columns differ');
    for (let n = 0; n < count; n += 1) {
      const row = rows[n]!;
      const eventTimeMs = block.eventTimesMs[row]!;
      const pane = Math.floor(eventTimeMs / PANE_MS) * PANE_MS;
      const region = this.seriesOf(pane, regions.data.values.at(row));
      const key = `${pane}/${region}`;
      const sums = this.panes.get(key) ?? { pane, region, n: 0, late: 0, sum: 0n };
      sums.n += 1;
      sums.sum += BigInt(amounts.data.values[row]! * this.revision.factor);
      if (isLate(eventTimeMs, frontiersMs[n]!)) sums.late += 1;
      this.panes.set(key, sums);
      this.changed.add(key);
    }
  }

  get changedCount(): number {
    return this.changed.size;
  }

  /** The first series of a pane of this chunk keep their names, whatever was seen before it. */
  seriesOf(pane: number, region: string): string {
    if (this.panes.has(`${pane}/${region}`)) return region;
    const own = [...this.panes.values()].filter((each) => each.pane === pane && each.region !== OTHER);
    return own.length < this.maxSeries ? region : OTHER;
  }

  takeChanged(): PaneRow[] {
    const rows = [...this.changed].map((key): PaneRow => {
      const { pane, region, n, late, sum } = this.panes.get(key)!;
      return {
        metric: METRIC,
        revision: this.revision.name,
        paneStartMs: pane,
        dimensions: [region],
        events: n,
        lateEvents: late,
        partial: region === OTHER,
        sums: [sum],
        extremes: [],
        lastTimesMs: [],
        lastOffsets: [],
        buckets: undefined,
        newHashes: undefined,
      };
    });
    this.changed.clear();
    return rows;
  }
}

export function fakeSource(
  topic: string,
  revision = REVISIONS[0],
  start: StartPosition = 'earliest',
  maxSeries = Number.POSITIVE_INFINITY,
): SourceSpec {
  return {
    contract: {
      name: topic,
      topic,
      version: '1.0.0',
      title: topic,
      description: '',
      owner: 'team',
      encoding: 'json',
      types: [],
      eventId: ['id'],
      eventTime: 'timeMs',
      start,
      maxSilenceMs: 60_000,
      late: { share: 0.05, overMs: 300_000 },
      fields: [],
      file: `contracts/${topic}.yaml`,
      hash: '0'.repeat(32),
    },
    decoder: new FakeDecoder(),
    newAggregator: () => new FakeAggregator(revision, maxSeries),
  };
}

export const silentEvents: EngineEvents = {
  records: () => undefined,
  late: () => undefined,
  resumed: () => undefined,
  misplaced: () => undefined,
  halted: () => undefined,
  gap: () => undefined,
  flushed: () => undefined,
  flushFailed: () => undefined,
  waited: () => undefined,
};
