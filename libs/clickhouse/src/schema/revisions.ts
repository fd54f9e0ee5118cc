import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import { compileAggregator, METRICS_DATABASE, type MetricDefinition } from '@freshet/metrics';
import { WRITE_SETTINGS } from '../client.js';
import { readRows } from '../store/read-rows.js';
import { metricView } from './metric-view.js';
import { readPromotionRequests, type PromotionRequest } from './promotion-requests.js';
import { quoted } from './table.js';
import { replaceView } from './view.js';

/** A definition as readers see it. */
export interface ActiveDefinition {
  readonly definition: MetricDefinition;
  /** Windows that start before are not shown, epoch ms; -1: no such time. */
  readonly countedFromMs: number;
}

/** What of the catalogue is read now, and what is to be counted from the past first. */
export interface Definitions {
  readonly active: readonly ActiveDefinition[];
  readonly proposed: readonly MetricDefinition[];
  /** Revisions of proposals that are promoted only when a person asks for it. */
  readonly held: ReadonlySet<string>;
  /** What people asked for when this was worked out. */
  readonly requests: readonly PromotionRequest[];
}

export interface PromotedRevision {
  readonly metric: string;
  /** Empty: the metric was withdrawn. */
  readonly revision: string;
  /** JSON. */
  readonly definition: string;
  readonly promotion: number;
  readonly counted_from_ms: number;
  /** Epoch ms. */
  readonly activated_at_ms: number;
}

/** Newest promotion of each metric. */
export const PROMOTED_SQL = `SELECT metric, r.revision AS revision, r.definition AS definition, r.promotion AS promotion,
  r.counted_from_ms AS counted_from_ms, toUnixTimestamp64Milli(r.activated_at) AS activated_at_ms
FROM freshet.metric_revisions_log AS r ORDER BY r.promotion DESC, r.revision DESC LIMIT 1 BY metric`;

export function readPromoted(client: ClickHouseClient): Promise<PromotedRevision[]> {
  return readRows<PromotedRevision>(client, PROMOTED_SQL);
}

/** Every definition that was ever made active, newest first; a withdrawal is none. */
export function readRevisions(client: ClickHouseClient, metric: string): Promise<PromotedRevision[]> {
  return readRows<PromotedRevision>(
    client,
    `SELECT metric, r.revision AS revision, r.definition AS definition, r.promotion AS promotion,
       r.counted_from_ms AS counted_from_ms
     FROM freshet.metric_revisions_log AS r WHERE metric = {metric: String} AND r.revision != ''
     ORDER BY r.promotion DESC`,
    { metric },
  );
}

/**
 * What is to be read of a metric: what its file says, or an earlier revision that a person asked for over just this
 * file. A request for what cannot be counted any more is void.
 */
async function wanted(
  client: ClickHouseClient,
  file: MetricDefinition,
  request: PromotionRequest | undefined,
  contracts: ReadonlyMap<string, Contract>,
): Promise<MetricDefinition> {
  if (request === undefined || request.over !== file.revision || request.revision === file.revision)
    return file;
  const earlier = (await readRevisions(client, file.name)).find(
    ({ revision }) => revision === request.revision,
  );
  return (earlier && countable(earlier, contracts)) ?? file;
}

/**
 * Compares the catalogue with what is read now. A definition whose source has no records yet is promoted at once;
 * another that is not active is proposed. Metrics that are gone, and active definitions that the contract's new form
 * cannot count any more, are withdrawn: numbers that nobody goes on counting are not shown. Two processes that do it
 * at once write the same rows.
 */
export async function reconcileRevisions(
  client: ClickHouseClient,
  contracts: ReadonlyMap<string, Contract>,
  metrics: readonly MetricDefinition[],
): Promise<Definitions> {
  const promoted = new Map((await readPromoted(client)).map((row) => [row.metric, row]));
  const used = new Set(
    (
      await readRows<{ topic: string }>(
        client,
        `SELECT DISTINCT topic FROM freshet.ledger_log WHERE panes_through >= chunk OR facts_through >= chunk`,
      )
    ).map(({ topic }) => topic),
  );
  const requests = await readPromotionRequests(client);
  const promotions: Promotion[] = [];
  const active: ActiveDefinition[] = [];
  const proposed: MetricDefinition[] = [];
  const held = new Set<string>();
  for (const file of metrics) {
    const request = requests.find(({ metric }) => metric === file.name);
    const metric = await wanted(client, file, request, contracts);
    const contract = contracts.get(metric.source)!;
    const known = promoted.get(metric.name);
    const countedFromMs = known?.counted_from_ms ?? -1;
    if (known?.revision === metric.revision) active.push({ definition: metric, countedFromMs });
    else if (!used.has(contract.topic)) {
      promotions.push(promotionOf(metric, known, -1));
      active.push({ definition: metric, countedFromMs: -1 });
    } else {
      proposed.push(metric);
      const isAsked = request?.revision === metric.revision && request.over === file.revision;
      if (metric.promotion === 'by-hand' && !isAsked) held.add(metric.revision);
      const before = known && countable(known, contracts);
      if (before !== undefined) active.push({ definition: before, countedFromMs });
      else if (known !== undefined && known.revision !== '') await withdraw(client, known);
    }
  }
  if (promotions.length > 0) await insert(client, promotions);
  const names = new Set(metrics.map(({ name }) => name));
  for (const known of promoted.values())
    if (known.revision !== '' && !names.has(known.metric)) await withdraw(client, known);
  return { active, proposed, held, requests };
}

/** Switches all readers to a definition: one row for the gateways, then the analysts' view. */
export async function promote(
  client: ClickHouseClient,
  definition: MetricDefinition,
  topics: readonly string[],
  countedFromMs: number,
): Promise<void> {
  const known = (await readPromoted(client)).find(({ metric }) => metric === definition.name);
  if (known?.revision !== definition.revision)
    await insert(client, [promotionOf(definition, known, countedFromMs)]);
  await replaceView(client, metricView(definition, topics, countedFromMs));
}

function countable(
  { definition, revision }: PromotedRevision,
  contracts: ReadonlyMap<string, Contract>,
): MetricDefinition | undefined {
  if (revision === '') return undefined;
  const parsed = JSON.parse(definition) as MetricDefinition;
  const contract = contracts.get(parsed.source);
  try {
    if (contract !== undefined) compileAggregator([parsed], contract);
    return contract && parsed;
  } catch {
    return undefined; // a field that it names is gone
  }
}

async function withdraw(client: ClickHouseClient, known: PromotedRevision): Promise<void> {
  await client.command({ query: `DROP VIEW IF EXISTS ${METRICS_DATABASE}.${quoted(known.metric)}` });
  await insert(client, [
    { metric: known.metric, revision: '', definition: '', promotion: known.promotion + 1 },
  ]);
}

/** A row of `metric_revisions_log`. */
interface Promotion extends Pick<PromotedRevision, 'metric' | 'revision' | 'definition' | 'promotion'> {
  readonly counted_from_ms?: number;
}

function promotionOf(
  metric: MetricDefinition,
  known: PromotedRevision | undefined,
  countedFromMs: number,
): Promotion {
  const { name, revision } = metric;
  const promotion = (known?.promotion ?? 0) + 1;
  const definition = JSON.stringify(metric);
  return { metric: name, revision, promotion, definition, counted_from_ms: countedFromMs };
}

async function insert(client: ClickHouseClient, values: readonly Promotion[]): Promise<void> {
  await client.insert({
    table: 'freshet.metric_revisions_log',
    values,
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}
