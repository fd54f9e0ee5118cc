import { type ClickHouseClient } from '@clickhouse/client';
import { WRITE_SETTINGS } from '../client.js';
import { text } from './table.js';

/** @param preview as JSON. @param by who asks: user and machine */
export async function writePreview(
  client: ClickHouseClient,
  id: string,
  preview: string,
  by: string,
): Promise<void> {
  await client.insert({
    table: 'freshet.previews_log',
    values: [{ id, preview, by }],
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}

/** SELECT (no FORMAT) of the `preview` with an id: one row, none once it has expired. */
export function previewSql(id: string): string {
  return `SELECT preview FROM freshet.previews_log WHERE id = ${text(id)} AND at > now64(3) - INTERVAL 1 DAY LIMIT 1`;
}
