import { type ClickHouseClient } from '@clickhouse/client';
import { WRITE_SETTINGS } from '../client.js';

/** Result of one run over one subject, as `freshet.audits_log` keeps it. */
export interface AuditRow {
  readonly run: string;
  /** Metric or topic. */
  readonly subject: string;
  readonly kind: 'panes' | 'log' | 'repeats' | 'lost';
  readonly compared: number;
  readonly differences: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Kept as JSON. */
  readonly details: unknown;
}

export async function writeAudits(client: ClickHouseClient, rows: readonly AuditRow[]): Promise<void> {
  if (rows.length === 0) return;
  await client.insert({
    table: 'freshet.audits_log',
    values: rows.map(({ run, subject, kind, compared, differences, fromMs, toMs, details }) => ({
      run,
      subject,
      kind,
      compared,
      differences,
      from_time: storeTime(fromMs),
      to_time: storeTime(toMs),
      details: JSON.stringify(details),
    })),
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}

/** Quoted text: a bare integer would be read as seconds. */
function storeTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '');
}
