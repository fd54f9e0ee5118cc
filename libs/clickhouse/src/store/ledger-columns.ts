import {
  type ChunkOpening,
  type ClockAdvance,
  type Gap,
  type LedgerRow,
  type OutcomeRow,
  type SourcePartition,
} from '@freshet/ingestion';
import {
  column,
  Int64,
  lowCardinalityColumn,
  Text,
  Time,
  tupleColumn,
  UInt32,
  UInt64,
  type NativeColumn,
} from '../native/columns.js';

type At<Row> = (index: number) => Row;
type OfSource = { readonly source: SourcePartition };

function sourceColumns(row: At<OfSource>): NativeColumn[] {
  return [
    lowCardinalityColumn('topic', (index) => row(index).source.topic),
    column('incarnation', UInt32, (index) => row(index).source.incarnation),
    column('partition', UInt32, (index) => row(index).source.partition),
  ];
}

function chunkColumns(row: At<OfSource & { readonly chunk: number }>): NativeColumn[] {
  return [...sourceColumns(row), column('chunk', Int64, (index) => row(index).chunk)];
}

export interface Claim extends OfSource {
  readonly claim: number;
  readonly owner: string;
  readonly atMs: number;
}

export function claimColumns(row: At<Claim>): NativeColumn[] {
  return [
    ...sourceColumns(row),
    column('claim', UInt64, (index) => row(index).claim),
    column('owner', Text, (index) => row(index).owner),
    column('at', Time, (index) => row(index).atMs),
  ];
}

export function openingColumns(row: At<ChunkOpening>): NativeColumn[] {
  return [
    ...chunkColumns(row),
    column('claim', UInt64, (index) => row(index).claim),
    column('opened_at', Time, (index) => row(index).openedAtMs),
    column('frontier_ms', Int64, (index) => row(index).frontierMs),
    column('first_offset', Int64, (index) => row(index).first.offset),
    column('first_log_time', Time, (index) => row(index).first.logTimeMs),
    column('first_hash', Text, (index) => row(index).first.hash),
  ];
}

export function ledgerColumns(row: At<LedgerRow>): NativeColumn[] {
  return [
    ...chunkColumns(row),
    column('panes_through', Int64, (index) => row(index).panesThrough),
    column('facts_through', Int64, (index) => row(index).factsThrough),
    column('end', Int64, (index) => row(index).end),
    column('frontier_ms', Int64, (index) => row(index).frontierMs),
    column('last_log_time_ms', Int64, (index) => row(index).lastLogTimeMs),
    column('facts_log_time_ms', Int64, (index) => row(index).factsLogTimeMs),
    column('proven_at_ms', Int64, (index) => row(index).provenAtMs),
    tupleColumn('last_fingerprint', [
      column('offset', Int64, (index) => row(index).last?.offset ?? -1),
      column('log_time_ms', Int64, (index) => row(index).last?.logTimeMs ?? -1),
      column('hash', Text, (index) => row(index).last?.hash ?? ''),
    ]),
  ];
}

export function advanceColumns(row: At<ClockAdvance>): NativeColumn[] {
  return [
    ...sourceColumns(row),
    column('position', Int64, (index) => row(index).position),
    column('claim', UInt64, (index) => row(index).claim),
    column('owner', Text, (index) => row(index).owner),
    column('frontier_ms', Int64, (index) => row(index).frontierMs),
  ];
}

export function outcomeColumns(row: At<OutcomeRow>): NativeColumn[] {
  return [
    ...chunkColumns(row),
    lowCardinalityColumn('outcome', (index) => row(index).outcome),
    lowCardinalityColumn('reason', (index) => row(index).reason),
    column('count', UInt64, (index) => row(index).count),
    column('through', Int64, (index) => row(index).through),
  ];
}

export function gapColumns(row: At<Gap>): NativeColumn[] {
  return [
    ...sourceColumns(row),
    column('chunk', Int64, (index) => row(index).chunk),
    column('from_offset', Int64, (index) => row(index).from),
    column('through_offset', Int64, (index) => row(index).through),
    column('from_time_ms', Int64, (index) => row(index).fromTimeMs),
    column('to_time_ms', Int64, (index) => row(index).toTimeMs),
    lowCardinalityColumn('reason', (index) => row(index).reason),
  ];
}
