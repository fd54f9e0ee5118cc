import { type ClickHouseClient } from '@clickhouse/client';
import { WRITE_SETTINGS } from '../client.js';
import { readRows } from '../store/read-rows.js';

/** A person asked for a revision of a metric; it holds while the metric's file says `over`. */
export interface PromotionRequest {
  readonly metric: string;
  readonly revision: string;
  readonly over: string;
}

/** Newest request of each metric. */
export function readPromotionRequests(client: ClickHouseClient): Promise<PromotionRequest[]> {
  return readRows<PromotionRequest>(
    client,
    `SELECT metric, r.revision AS revision, r.over AS over FROM freshet.promotion_requests_log AS r
     WHERE (metric, r.at) IN (SELECT metric, max(at) FROM freshet.promotion_requests_log GROUP BY metric)
     ORDER BY metric, revision LIMIT 1 BY metric`,
  );
}

/** @param by who asks: user and machine */
export async function requestPromotion(
  client: ClickHouseClient,
  request: PromotionRequest,
  by: string,
): Promise<void> {
  await client.insert({
    table: 'freshet.promotion_requests_log',
    values: [{ ...request, by }],
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}
