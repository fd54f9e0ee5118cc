import { TOPICS, type Topic } from '../load/events.js';
import { type Views } from './kafka-engine.js';

const data: Readonly<Record<Topic, string>> = {
  orders: `orderId String, customerId Nullable(String), country LowCardinality(String),
    region LowCardinality(String), channel LowCardinality(String), currency LowCardinality(String),
    totalMinor Int64, items Int64, quantity Int64,
    lines Array(Tuple(sku String, quantity Int64, unitPriceMinor Int64))`,
  payments: `paymentId String, orderId String, customerId Nullable(String), provider LowCardinality(String),
    region LowCardinality(String), currency LowCardinality(String), amountMinor Int64,
    status LowCardinality(String), failureReason LowCardinality(Nullable(String)), latencyMs Int64`,
  clickstream: `sessionId String, userId String, page LowCardinality(String), region LowCardinality(String),
    campaign LowCardinality(Nullable(String)), device LowCardinality(String),
    referrer LowCardinality(Nullable(String))`,
};

const facts: Readonly<Record<Topic, string>> = {
  orders: `e.data.orderId AS order_id, e.data.customerId AS customer_id, e.data.country AS country,
    e.data.region AS region, e.data.channel AS channel, e.data.currency AS currency,
    e.data.totalMinor AS total_minor, e.data.items AS items, e.data.quantity AS quantity,
    e.data.lines.sku AS line_sku, e.data.lines.quantity AS line_quantity,
    e.data.lines.unitPriceMinor AS line_unit_price_minor`,
  payments: `e.data.paymentId AS payment_id, e.data.orderId AS order_id, e.data.customerId AS customer_id,
    e.data.provider AS provider, e.data.region AS region, e.data.currency AS currency,
    e.data.amountMinor AS amount_minor, e.data.status AS status, e.data.failureReason AS failure_reason,
    e.data.latencyMs AS latency_ms`,
  clickstream: `e.data.sessionId AS session_id, e.data.userId AS user_id, e.data.page AS page,
    e.data.region AS region, e.data.campaign AS campaign, e.data.device AS device,
    e.data.referrer AS referrer`,
};

/** One table and view of panes a topic, fine enough for all metrics of that topic. */
const panes: Readonly<Record<Topic, { table: string; order: string; select: string; where: string }>> = {
  orders: {
    table: `region LowCardinality(String), currency LowCardinality(String), channel LowCardinality(String),
      placed SimpleAggregateFunction(sum, UInt64), total SimpleAggregateFunction(sum, Int64)`,
    order: 'region, currency, channel',
    select: 'region, currency, channel, count() AS placed, sum(total_minor) AS total',
    where: "type = 'orders.order_placed'",
  },
  payments: {
    table: `provider LowCardinality(String), region LowCardinality(String),
      attempts SimpleAggregateFunction(sum, UInt64), failed SimpleAggregateFunction(sum, UInt64),
      latencies AggregateFunction(quantileDD(0.01, 0.95), Int64)`,
    order: 'provider, region',
    select: `provider, region, count() AS attempts, countIf(status = 'failed') AS failed,
      quantileDDState(0.01, 0.95)(latency_ms) AS latencies`,
    where: "type = 'payments.payment_attempted'",
  },
  clickstream: {
    table: `region LowCardinality(String), page LowCardinality(String), campaign LowCardinality(String),
      views SimpleAggregateFunction(sum, UInt64), started SimpleAggregateFunction(sum, UInt64),
      completed SimpleAggregateFunction(sum, UInt64), users AggregateFunction(uniq, String)`,
    order: 'region, page, campaign',
    select: `region, page, ifNull(campaign, '') AS campaign, countIf(type = 'clickstream.page_viewed') AS views,
      countIf(type = 'clickstream.session_started') AS started,
      countIf(type = 'clickstream.order_completed') AS completed, uniqState(user_id) AS users`,
    where: '1',
  },
};

export const tunedViews: Views = {
  statements: (broker) => [
    ...TOPICS.map(
      (topic) => `CREATE TABLE freshet.${topic}_queue (raw String) ENGINE = Kafka
        SETTINGS kafka_broker_list = '${broker}', kafka_topic_list = '${topic}', kafka_group_name = 'engine-tuned-${Date.now()}',
          kafka_format = 'RawBLOB', kafka_max_block_size = 131072, kafka_poll_max_batch_size = 131072`,
    ),
    ...TOPICS.flatMap((topic) => [
      `CREATE TABLE freshet.${topic}_panes (minute DateTime('UTC'), ${panes[topic].table})
       ENGINE = AggregatingMergeTree ORDER BY (minute, ${panes[topic].order})`,
      `CREATE MATERIALIZED VIEW freshet.${topic}_panes_view TO freshet.${topic}_panes AS
       SELECT toStartOfMinute(event_time) AS minute, ${panes[topic].select}
       FROM freshet.${topic}_facts WHERE ${panes[topic].where} GROUP BY minute, ${panes[topic].order}`,
      `CREATE MATERIALIZED VIEW freshet.${topic}_view TO freshet.${topic}_facts AS
       WITH JSONExtract(raw, 'Tuple(id String, source LowCardinality(String), type LowCardinality(String), time String, data Tuple(${data[topic]}))') AS e
       SELECT _partition AS partition, _offset AS offset, assumeNotNull(_timestamp_ms) AS log_time,
         parseDateTime64BestEffort(e.time, 3, 'UTC') AS event_time, e.id AS id, e.source AS source, e.type AS type, ${facts[topic]}
       FROM freshet.${topic}_queue`,
    ]),
  ],
  queries: {
    orders: {
      panes: 'SELECT * FROM freshet.orders_panes',
      series: ['channel', 'region'],
      value: 'sum(placed)',
    },
    gross_revenue: {
      panes: 'SELECT * FROM freshet.orders_panes',
      series: ['region', 'currency'],
      value: 'sum(total)',
    },
    average_order_value: {
      panes: 'SELECT * FROM freshet.orders_panes',
      series: ['region', 'currency'],
      value: 'sum(total) / sum(placed)',
    },
    checkout_failure_rate: {
      panes: 'SELECT * FROM freshet.payments_panes',
      series: ['provider', 'region'],
      value: 'sum(failed) / sum(attempts)',
    },
    active_users: {
      panes: 'SELECT * FROM freshet.clickstream_panes',
      series: ['region'],
      value: 'uniqMerge(users)',
    },
    promotion_conversion: {
      panes: "SELECT * FROM freshet.clickstream_panes WHERE campaign != ''",
      series: ['campaign'],
      value: 'if(sum(started) = 0, NULL, sum(completed) / sum(started))',
    },
    page_views: {
      panes: 'SELECT * FROM freshet.clickstream_panes WHERE views > 0',
      series: ['page'],
      value: 'sum(views)',
    },
    payment_latency_p95: {
      panes: 'SELECT * FROM freshet.payments_panes',
      series: ['provider'],
      value: 'quantileDDMerge(0.01, 0.95)(latencies)',
    },
  },
};
