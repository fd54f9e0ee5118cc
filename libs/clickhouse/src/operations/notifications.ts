import { type ClickHouseClient } from '@clickhouse/client';
import { WRITE_SETTINGS } from '../client.js';
import { readRows } from '../store/read-rows.js';

/** A row of `freshet.notifications_log`. */
export interface NotificationRow {
  readonly notice: string;
  readonly alert_id: string;
  readonly address: string;
  readonly team: string;
  readonly severity: string;
  readonly status: string;
  /** Epoch ms. */
  readonly at_ms: number;
  /** JSON. */
  readonly alert: string;
  readonly state: string;
  readonly attempts: number;
  readonly last_error: string;
}

export type NotificationChoice =
  /** Oldest first. */
  { readonly state: 'waiting'; readonly limit: number } | { readonly alertIds: readonly string[] };

/** `progress` of what needs nothing more. */
const DONE = 4_294_967_295;

export async function writeNotifications(
  client: ClickHouseClient,
  rows: readonly NotificationRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await client.insert({
    table: 'freshet.notifications_log',
    values: rows.map(({ at_ms, ...row }) => ({
      ...row,
      at: new Date(at_ms).toISOString().replace('T', ' ').replace('Z', ''),
      progress: row.state === 'waiting' ? row.attempts : DONE,
    })),
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}

export function readNotifications(
  client: ClickHouseClient,
  choice: NotificationChoice,
): Promise<NotificationRow[]> {
  const [condition, parameters] =
    'state' in choice
      ? ["state = 'waiting' ORDER BY at, notice LIMIT {limit: UInt32}", { limit: choice.limit }]
      : ['alert_id IN {ids: Array(String)} ORDER BY at, notice', { ids: choice.alertIds }];
  return readRows<NotificationRow>(
    client,
    `SELECT notice, alert_id, address, team, severity, status, toUnixTimestamp64Milli(at) AS at_ms, alert, state,
       attempts, last_error
     FROM freshet.notifications_log FINAL WHERE ${condition}`,
    parameters,
  );
}
