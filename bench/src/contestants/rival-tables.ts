import { type Reading } from '../measure/check.js';
import { TOPICS } from '../load/events.js';
import { type Store } from '../store.js';
import { readPanes, type PaneQueries } from './read-panes.js';

const envelope = `partition UInt32, offset Int64, log_time DateTime64(3, 'UTC'), event_time DateTime64(3, 'UTC'),
  id String, source LowCardinality(String), type LowCardinality(String)`;

/**
 * Columns of the facts, as the contracts name them, with the envelope that Freshet's facts have; the position in the log
 * is their identity.
 */
const FACT_COLUMNS = {
  orders: `${envelope}, order_id String, customer_id Nullable(String), country LowCardinality(String),
    region LowCardinality(String), channel LowCardinality(String), currency LowCardinality(String),
    total_minor Int64, items Int64, quantity Int64, line_sku Array(LowCardinality(String)),
    line_quantity Array(Int64), line_unit_price_minor Array(Int64)`,
  payments: `${envelope}, payment_id String, order_id String, customer_id Nullable(String),
    provider LowCardinality(String), region LowCardinality(String), currency LowCardinality(String),
    amount_minor Int64, status LowCardinality(String), failure_reason LowCardinality(Nullable(String)),
    latency_ms Int64`,
  clickstream: `${envelope}, session_id String, user_id String, page LowCardinality(String),
    region LowCardinality(String), campaign LowCardinality(Nullable(String)), device LowCardinality(String),
    referrer LowCardinality(Nullable(String))`,
} as const;

/** Facts of every rival: a row an offset, so that writing one again changes nothing; stored with the settings of Freshet's. */
export async function createFactTables(store: Store): Promise<void> {
  await store.run('CREATE DATABASE IF NOT EXISTS freshet');
  for (const topic of TOPICS) {
    await store.run(`CREATE TABLE freshet.${topic}_facts (${FACT_COLUMNS[topic]})
      ENGINE = ReplacingMergeTree ORDER BY (partition, offset) 
      SETTINGS merge_selector_base = 10, min_bytes_for_wide_part = 67108864`);
  }
}

/** Where the JVM rivals write. */
export async function createRivalTables(store: Store): Promise<void> {
  await createFactTables(store);
  await store.run(`CREATE TABLE freshet.results (metric LowCardinality(String), minute DateTime('UTC'),
    series String, events UInt64, first Int64, second Int64)
    ENGINE = ReplacingMergeTree(events) ORDER BY (metric, minute, series)`);
}

export async function emptyRivalTables(store: Store): Promise<void> {
  for (const table of [...TOPICS.map((topic) => `${topic}_facts`), 'results']) {
    await store.run(`TRUNCATE TABLE freshet.${table}`);
  }
}

const panes = (
  metric: string,
  columns: string,
) => `SELECT minute, splitByChar('|', series) AS keys, ${columns}
  FROM freshet.results FINAL WHERE metric = '${metric}'`;

const queries: PaneQueries = {
  orders: { panes: panes('orders', 'first'), series: ['keys[1]', 'keys[2]'], value: 'sum(first)' },
  gross_revenue: {
    panes: panes('gross_revenue', 'first'),
    series: ['keys[1]', 'keys[2]'],
    value: 'sum(first)',
  },
  average_order_value: {
    panes: panes('average_order_value', 'first, second'),
    series: ['keys[1]', 'keys[2]'],
    value: 'sum(first) / sum(second)',
  },
  checkout_failure_rate: {
    panes: panes('checkout_failure_rate', 'first, second'),
    series: ['keys[1]', 'keys[2]'],
    value: 'sum(first) / sum(second)',
  },
  active_users: { panes: panes('active_users', 'first'), series: ['keys[1]'], value: 'uniqExact(keys[2])' },
  promotion_conversion: {
    panes: panes('promotion_conversion', 'first, second'),
    series: ['keys[1]'],
    value: 'if(sum(second) = 0, NULL, sum(first) / sum(second))',
  },
  page_views: { panes: panes('page_views', 'first'), series: ['keys[1]'], value: 'sum(first)' },
  payment_latency_p95: {
    panes: panes('payment_latency_p95', 'first'),
    series: ['keys[1]'],
    value: 'pow(1.02, quantileExactWeighted(0.95)(toInt64(keys[2]), toUInt64(first)) - 0.5)',
  },
};

/** The metrics and facts as a reader of these tables would put them together. */
export function readRivalTables(store: Store): Promise<Reading> {
  return readPanes(store, queries);
}
