import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import {
  ARCHIVE_TABLE,
  DISTINCT_TABLE,
  factsQuery,
  paneMetric,
  panesSelect,
  PANES_TABLE,
  whereMetric,
  type FactsQueryRow,
  type MetricDefinition,
  type PaneQueryRow,
} from '@freshet/metrics';
import { factTableName } from '../schema/fact-table.js';
import { text } from '../schema/table.js';
import { readRows } from '../store/read-rows.js';
import { bySource } from './bounds.js';
import { locate, type ChunkEvents } from './pane-location.js';
import { auditSegments } from './segments.js';
import { readGaps, readSources, type KnownGap, type StoredSource } from './sources.js';
import { comparableSince, coveredFrom } from './coverage.js';

export interface PaneAuditOptions {
  /** Panes that begin in [fromMs, toMs), widened to whole panes. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Wall time, epoch ms. */
  readonly nowMs: number;
}

/** What a pane says and what its facts say; undefined where there is none. */
export interface PaneDifference {
  readonly paneStartMs: number;
  /** Dimension values in the definition's order. */
  readonly series: readonly string[];
  readonly panes: Measured | undefined;
  readonly facts: Measured | undefined;
  /** Chunks whose events differ; empty when it could not be told or was one of many. */
  readonly chunks: readonly ChunkEvents[];
  readonly cause: 'gap' | 'unknown';
}

export interface Measured {
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly events: number;
}

export interface PaneAudit {
  readonly metric: string;
  /** Series of panes compared. */
  readonly compared: number;
  /** Panes left out, because their facts are not all stored yet, or not any more. */
  readonly leftOut: number;
  readonly differences: number;
  /** The first 100 of them; the first ten with chunks. */
  readonly examples: readonly PaneDifference[];
}

const MOST_EXAMPLES = 100;
const MOST_LOCATED = 10;

/**
 * Compares each pane of a metric with SQL over the counted facts. Exact while ingest runs: the ledger is read once,
 * facts count up to it only, and panes that know more than it are left out. Panes first, then which of them are left
 * out, then facts: a pane row only ever grows.
 */
export async function auditPanes(
  client: ClickHouseClient,
  metric: MetricDefinition,
  contract: Contract,
  options: PaneAuditOptions,
): Promise<PaneAudit> {
  const sources = await readSources(client, contract.topic);
  const gaps = await readGaps(client, contract.topic, 0, Number.MAX_SAFE_INTEGER);
  // Panes one by one: longer and hopping windows are merges of them.
  const pane = paneMetric(metric);
  const since = await comparableSince(client, contract, options.nowMs);
  const from = await coveredFrom(client, metric, contract.topic, sources);
  const scope: Scope = {
    client,
    pane,
    contract,
    facts: factsSelect(contract, sources, from, since),
    sources,
    since,
  };

  const examples: PaneDifference[] = [];
  let compared = 0;
  let leftOut = 0;
  let differences = 0;
  for (const segment of await auditSegments(client, pane, contract, options)) {
    const found = await compareSegment(scope, segment);
    compared += found.compared;
    leftOut += found.leftOut;
    differences += found.differing.length;
    for (const each of found.differing.slice(0, MOST_EXAMPLES - examples.length)) {
      const chunks = examples.length < MOST_LOCATED ? await locate(scope, each.paneStartMs, each.series) : [];
      examples.push({ ...each, chunks, cause: causeOf(chunks, gaps) });
    }
  }
  return { metric: metric.name, compared, leftOut, differences, examples };
}

/** What every statement of one audit of one metric goes by. */
export interface Scope {
  readonly client: ClickHouseClient;
  /** The metric with each of its panes as a window. */
  readonly pane: MetricDefinition;
  readonly contract: Contract;
  /** SELECT of the facts that the panes are to agree with. */
  readonly facts: string;
  readonly sources: readonly StoredSource[];
  /** Chunks that begin earlier may have lost facts to retention, epoch ms. */
  readonly since: number;
}

interface Segment {
  readonly fromMs: number;
  readonly toMs: number;
}

type Differing = Pick<PaneDifference, 'paneStartMs' | 'series' | 'panes' | 'facts'>;

async function compareSegment(
  scope: Scope,
  segment: Segment,
): Promise<{ compared: number; leftOut: number; differing: Differing[] }> {
  const { client, pane, contract, facts } = scope;
  const groupBy = pane.dimensions.map(({ name }) => name);
  const select = panesSelect(pane, { ...segment, groupBy, topics: [contract.topic], perPane: true });
  const panes = await readRows<PaneQueryRow>(client, select);
  const open = await incomparable(scope, segment);
  const fold = panes.some(({ partial }) => partial === 1);
  const query = factsQuery(pane, contract, { ...segment, groupBy, facts, fold, perPane: true });
  const byFacts = new Map(
    (await readRows<FactsQueryRow>(client, query)).map((row) => [keyOf(row), row] as const),
  );

  let compared = 0;
  const differing: Differing[] = [];
  for (const row of panes) {
    const key = keyOf(row);
    const twin = byFacts.get(key);
    byFacts.delete(key);
    // A correction may take back all that a folded series had.
    if (open.has(row.window_start_ms) || (twin === undefined && Number(row.events) === 0)) continue;
    compared += 1;
    if (twin === undefined || !agree(row, twin)) differing.push(differingOf(row, row, twin));
  }
  for (const row of byFacts.values()) {
    if (open.has(row.window_start_ms)) continue;
    compared += 1;
    differing.push(differingOf(row, undefined, row));
  }
  differing.sort((a, b) => a.paneStartMs - b.paneStartMs);
  return { compared, leftOut: open.size, differing };
}

/** Starts of panes with a row that covers more than the facts do, or that may have lost facts to retention. */
async function incomparable({ client, pane, sources, since }: Scope, segment: Segment): Promise<Set<number>> {
  const range = `${whereMetric(pane)}
    AND pane_start >= fromUnixTimestamp64Milli({from: Int64}, 'UTC') AND pane_start < fromUnixTimestamp64Milli({to: Int64}, 'UTC')`;
  const where = `${range}
    AND (through > ${bySource(sources, ({ factsThrough }) => factsThrough, -1)}
      OR toUnixTimestamp64Milli(chunk_log_time) < {since: Int64})`;
  const rows = await readRows<{ start: number }>(
    client,
    `SELECT DISTINCT toUnixTimestamp64Milli(pane_start) AS start FROM ${PANES_TABLE} ${where}
     UNION DISTINCT
     SELECT DISTINCT toUnixTimestamp64Milli(pane_start) AS start FROM ${DISTINCT_TABLE} ${where}
     UNION DISTINCT
     SELECT DISTINCT toUnixTimestamp64Milli(pane_start) AS start FROM ${ARCHIVE_TABLE} ${range}
       AND toUnixTimestamp64Milli(first_log_time) < {since: Int64}`,
    { from: segment.fromMs, to: segment.toMs, since },
  );
  return new Set(rows.map(({ start }) => start));
}

function factsSelect(
  contract: Contract,
  sources: readonly StoredSource[],
  from: ReadonlyMap<StoredSource, number>,
  since: number,
): string {
  return `SELECT * FROM ${factTableName(contract.name)} FINAL
WHERE duplicate_of = -1 AND topic = ${text(contract.topic)}
  AND offset <= ${bySource(sources, ({ factsThrough }) => factsThrough, -1)}
  AND chunk >= ${bySource(sources, (source) => from.get(source) ?? 0, 0)}
  AND log_time >= fromUnixTimestamp64Milli(toInt64(${since}), 'UTC')`;
}

function keyOf(row: PaneQueryRow | FactsQueryRow): string {
  return JSON.stringify([row.window_start_ms, row.series]);
}

function differingOf(
  { window_start_ms, series }: PaneQueryRow | FactsQueryRow,
  panes: PaneQueryRow | undefined,
  facts: FactsQueryRow | undefined,
): Differing {
  return {
    paneStartMs: window_start_ms,
    series,
    panes: panes && measured(panes),
    facts: facts && measured(facts),
  };
}

function measured({ value, numerator, denominator, events }: FactsQueryRow): Measured {
  return { value, numerator, denominator, events: Number(events) };
}

/** Both are made of the same integers, sets and buckets, so nothing but the last bit may differ. */
function agree(a: FactsQueryRow, b: FactsQueryRow): boolean {
  return (
    Number(a.events) === Number(b.events) &&
    same(a.value, b.value) &&
    same(a.numerator, b.numerator) &&
    same(a.denominator, b.denominator)
  );
}

function same(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  if (Number.isInteger(a) && Number.isInteger(b)) return a === b;
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

function causeOf(chunks: readonly ChunkEvents[], gaps: readonly KnownGap[]): PaneDifference['cause'] {
  const isGap = chunks.some(({ source, from, through }) =>
    gaps.some(
      (gap) =>
        gap.source.incarnation === source.incarnation &&
        gap.source.partition === source.partition &&
        gap.from <= through &&
        gap.through >= from,
    ),
  );
  return isGap ? 'gap' : 'unknown';
}
