import { type ChunkPanes } from '@freshet/ingestion';
import { DISTINCT, PANE, type PaneRow } from '@freshet/metrics';
import {
  arrayColumn,
  BigInt64,
  column,
  hashesColumn,
  Int32,
  Int64,
  lowCardinalityColumn,
  mapColumn,
  nullableArrayColumn,
  Text,
  Time,
  UInt32,
  UInt64,
  UInt8,
  type NativeColumn,
} from '../native/columns.js';

/** A pane row with the chunk that it is of. */
export interface OwnedPane {
  readonly owner: ChunkPanes;
  readonly row: PaneRow;
}

const NO_HASHES = new BigUint64Array(0);
const NO_BUCKETS: ReadonlyMap<number, number> = new Map();

function keyColumns(panes: readonly OwnedPane[]): NativeColumn[] {
  const owner = (index: number): ChunkPanes => panes[index]!.owner;
  const row = (index: number): PaneRow => panes[index]!.row;
  return [
    lowCardinalityColumn(PANE.metric, (index) => row(index).metric),
    lowCardinalityColumn(PANE.revision, (index) => row(index).revision),
    column(PANE.paneStart, Time, (index) => row(index).paneStartMs),
    arrayColumn(PANE.dimensions, Text, (index) => row(index).dimensions),
    lowCardinalityColumn(PANE.topic, (index) => owner(index).source.topic),
    column(PANE.incarnation, UInt32, (index) => owner(index).source.incarnation),
    column(PANE.partition, UInt32, (index) => owner(index).source.partition),
    column(PANE.chunk, Int64, (index) => owner(index).chunk),
    column(PANE.through, Int64, (index) => owner(index).through),
    column(PANE.chunkLogTime, Time, (index) => owner(index).chunkLogTimeMs),
  ];
}

/** Columns of `metric_panes`. */
export function paneColumns(panes: readonly OwnedPane[]): NativeColumn[] {
  const row = (index: number): PaneRow => panes[index]!.row;
  return [
    ...keyColumns(panes),
    column(PANE.events, UInt64, (index) => row(index).events),
    column(PANE.lateEvents, UInt64, (index) => row(index).lateEvents),
    column(PANE.partial, UInt8, (index) => (row(index).partial ? 1 : 0)),
    arrayColumn(PANE.sums, BigInt64, (index) => row(index).sums),
    nullableArrayColumn(PANE.extremes, Int64, (index) => row(index).extremes),
    nullableArrayColumn(PANE.lastTimes, Int64, (index) => row(index).lastTimesMs),
    nullableArrayColumn(PANE.lastOffsets, Int64, (index) => row(index).lastOffsets),
    mapColumn(PANE.buckets, Int32, UInt64, (index) => row(index).buckets ?? NO_BUCKETS),
  ];
}

function hashesOf({ newHashes = NO_HASHES }: PaneRow): BigUint64Array {
  return newHashes instanceof BigUint64Array ? newHashes : BigUint64Array.from(newHashes);
}

/** Columns of `metric_distinct_panes`. */
export function distinctColumns(panes: readonly OwnedPane[]): NativeColumn[] {
  return [...keyColumns(panes), hashesColumn(DISTINCT.members, (index) => hashesOf(panes[index]!.row))];
}
