import type { ClickHouseClient } from '@clickhouse/client';
import { readNotifications, writeNotifications, type NotificationRow } from '@freshet/clickhouse/operations';
import type { Alert } from '@freshet/live-protocol';
import type { Notice, NoticeState, Outbox, OutboxEntry } from '@freshet/notifications';

/** The outbox in `freshet.notifications_log`. */
export class ClickHouseOutbox implements Outbox {
  constructor(private readonly client: ClickHouseClient) {}

  write(entries: readonly OutboxEntry[]): Promise<void> {
    return writeNotifications(this.client, entries.map(rowOf));
  }

  async waiting(limit: number): Promise<readonly OutboxEntry[]> {
    return (await readNotifications(this.client, { state: 'waiting', limit })).map(entryOf);
  }

  async of(alertIds: readonly string[]): Promise<readonly OutboxEntry[]> {
    return (await readNotifications(this.client, { alertIds })).map(entryOf);
  }
}

function rowOf({ notice, state, attempts, lastError }: OutboxEntry): NotificationRow {
  return {
    notice: notice.key,
    alert_id: notice.alertId,
    address: notice.address,
    team: notice.team,
    severity: notice.severity,
    status: notice.status,
    at_ms: notice.atMs,
    alert: JSON.stringify(notice.alert),
    state,
    attempts,
    last_error: lastError,
  };
}

function entryOf(row: NotificationRow): OutboxEntry {
  return {
    notice: {
      key: row.notice,
      alertId: row.alert_id,
      address: row.address,
      team: row.team,
      severity: row.severity as Notice['severity'],
      status: row.status as Notice['status'],
      atMs: row.at_ms,
      alert: JSON.parse(row.alert) as Alert,
    },
    state: row.state as NoticeState,
    attempts: row.attempts,
    lastError: row.last_error,
  };
}
