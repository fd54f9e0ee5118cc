import { TOPICS, type Topic } from '../load/events.js';
import { type Views } from './kafka-engine.js';

const envelope = "id String, source String, type String, time DateTime64(3, 'UTC')";

const data: Readonly<Record<Topic, string>> = {
  orders: `orderId String, customerId Nullable(String), country String, region String, channel String,
    currency String, totalMinor Int64, items Int64, quantity Int64,
    lines Array(Tuple(sku String, quantity Int64, unitPriceMinor Int64))`,
  payments: `paymentId String, orderId String, customerId Nullable(String), provider String, region String,
    currency String, amountMinor Int64, status String, failureReason Nullable(String), latencyMs Int64`,
  clickstream: `sessionId String, userId String, page String, region String, campaign Nullable(String),
    device String, referrer Nullable(String)`,
};

const facts: Readonly<Record<Topic, string>> = {
  orders: `data.orderId AS order_id, data.customerId AS customer_id, data.country AS country,
    data.region AS region, data.channel AS channel, data.currency AS currency, data.totalMinor AS total_minor,
    data.items AS items, data.quantity AS quantity, data.lines.sku AS line_sku,
    data.lines.quantity AS line_quantity, data.lines.unitPriceMinor AS line_unit_price_minor`,
  payments: `data.paymentId AS payment_id, data.orderId AS order_id, data.customerId AS customer_id,
    data.provider AS provider, data.region AS region, data.currency AS currency,
    data.amountMinor AS amount_minor, data.status AS status, data.failureReason AS failure_reason,
    data.latencyMs AS latency_ms`,
  clickstream: `data.sessionId AS session_id, data.userId AS user_id, data.page AS page, data.region AS region,
    data.campaign AS campaign, data.device AS device, data.referrer AS referrer`,
};

/** One aggregating table and one view over the facts for each metric, as ClickHouse's guide shows it. */
const metrics = [
  metric('orders', 'orders', ['channel', 'region'], "type = 'orders.order_placed'", {
    total: ['count', 'UInt64', 'count()'],
  }),
  metric('gross_revenue', 'orders', ['region', 'currency'], "type = 'orders.order_placed'", {
    total: ['sum', 'Int64', 'sum(total_minor)'],
  }),
  metric('average_order_value', 'orders', ['region', 'currency'], "type = 'orders.order_placed'", {
    total: ['sum', 'Int64', 'sum(total_minor)'],
    divisor: ['count', 'UInt64', 'count()'],
  }),
  metric('checkout_failure_rate', 'payments', ['provider', 'region'], "type = 'payments.payment_attempted'", {
    total: ['sum', 'UInt64', "countIf(status = 'failed')"],
    divisor: ['count', 'UInt64', 'count()'],
  }),
  metric('active_users', 'clickstream', ['region'], '1', {
    total: ['uniq', 'String', 'uniqState(user_id)'],
  }),
  metric(
    'promotion_conversion',
    'clickstream',
    ['campaign'],
    "campaign IS NOT NULL AND type IN ('clickstream.session_started', 'clickstream.order_completed')",
    {
      total: ['sum', 'UInt64', "countIf(type = 'clickstream.order_completed')"],
      divisor: ['sum', 'UInt64', "countIf(type = 'clickstream.session_started')"],
    },
  ),
  metric('page_views', 'clickstream', ['page'], "type = 'clickstream.page_viewed'", {
    total: ['count', 'UInt64', 'count()'],
  }),
  metric('payment_latency_p95', 'payments', ['provider'], "type = 'payments.payment_attempted'", {
    total: ['quantileDD(0.01, 0.95)', 'Int64', 'quantileDDState(0.01, 0.95)(latency_ms)'],
  }),
];

type Column = readonly [aggregate: string, type: string, expression: string];

function metric(
  name: string,
  topic: Topic,
  dimensions: readonly string[],
  filter: string,
  columns: Readonly<Record<string, Column>>,
) {
  const isState = (aggregate: string) => aggregate === 'uniq' || aggregate.startsWith('quantile');
  const entries = Object.entries(columns);
  const types = entries.map(([column, [aggregate, type]]) =>
    isState(aggregate)
      ? `${column} AggregateFunction(${aggregate}, ${type})`
      : `${column} SimpleAggregateFunction(sum, ${type})`,
  );
  const [total, divisor] = entries.map(([column, [aggregate]]) =>
    isState(aggregate) ? `${aggregate.replace(/^\w+/, '$&Merge')}(${column})` : `sum(${column})`,
  );
  return {
    name,
    statements: [
      `CREATE TABLE freshet.metric_${name} (minute DateTime('UTC'),
         ${dimensions.map((dimension) => `${dimension} LowCardinality(String)`).join(', ')}, ${types.join(', ')})
       ENGINE = AggregatingMergeTree ORDER BY (minute, ${dimensions.join(', ')})`,
      `CREATE MATERIALIZED VIEW freshet.metric_${name}_view TO freshet.metric_${name} AS
       SELECT toStartOfMinute(event_time) AS minute, ${dimensions.join(', ')},
         ${entries.map(([column, [, , expression]]) => `${expression} AS ${column}`).join(', ')}
       FROM freshet.${topic}_facts WHERE ${filter} GROUP BY minute, ${dimensions.join(', ')}`,
    ],
    query: {
      panes: `SELECT * FROM freshet.metric_${name}`,
      series: dimensions,
      value: divisor === undefined ? (total ?? '') : `if(${divisor} = 0, NULL, ${total} / ${divisor})`,
    },
  };
}

export const documentedViews: Views = {
  statements: (broker) => [
    ...TOPICS.map(
      (topic) => `CREATE TABLE freshet.${topic}_queue (${envelope}, data Tuple(${data[topic]})) ENGINE = Kafka
        SETTINGS kafka_broker_list = '${broker}', kafka_topic_list = '${topic}', kafka_group_name = 'engine-documented-${Date.now()}',
          kafka_format = 'JSONEachRow'`,
    ),
    ...metrics.flatMap(({ statements }) => statements),
    ...TOPICS.map(
      (topic) => `CREATE MATERIALIZED VIEW freshet.${topic}_view TO freshet.${topic}_facts AS
        SELECT _partition AS partition, _offset AS offset, assumeNotNull(_timestamp_ms) AS log_time, time AS event_time,
          id, source, type, ${facts[topic]}
        FROM freshet.${topic}_queue`,
    ),
  ],
  queries: Object.fromEntries(metrics.map(({ name, query }) => [name, query])),
};
