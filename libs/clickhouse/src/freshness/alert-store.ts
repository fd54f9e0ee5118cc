import type { AlertDecision, AlertRecord, FreshnessStore } from '@freshet/freshness';
import type { Evaluation } from '@freshet/live-protocol';
import type { RowStore } from './freshness-store.js';

type Part = Pick<
  FreshnessStore,
  'writeAlerts' | 'readAlerts' | 'writeDecision' | 'readDecisions' | 'writeEvaluations' | 'readEvaluations'
>;

/** Most alerts that are read back; beyond it the oldest are left out. */
const MOST_ALERTS = 2_000;

interface DecisionRow {
  readonly kind: AlertDecision['kind'];
  readonly subject: string;
  readonly by: string;
  readonly decided_ms: string;
  readonly until_ms: string;
  readonly reason: string;
}

/** Alerts, what people decided about them, and every evaluation. */
export function alertStore(store: RowStore): Part {
  return {
    writeAlerts: (records) =>
      store.insert(
        'alerts_log',
        records.map((record) => ({
          id: record.alert.id,
          key: record.alert.key,
          status: record.alert.status,
          changes: record.changes,
          record: JSON.stringify(record),
        })),
      ),
    async readAlerts(fromMs) {
      const rows = await store.rows<{ record: string }>(
        `SELECT record FROM (
           SELECT record, status, toUnixTimestamp64Milli(at) AS at_ms FROM freshet.alerts_log FINAL
         ) WHERE status != 'resolved' OR at_ms >= {from:Int64} ORDER BY at_ms DESC LIMIT ${MOST_ALERTS}`,
        { from: Math.floor(fromMs) },
      );
      const records = rows.map(({ record }) => JSON.parse(record) as AlertRecord);
      return records.sort((a, b) => a.alert.sinceMs - b.alert.sinceMs);
    },
    writeDecision: (decision) =>
      store.insert('alert_decisions_log', [
        decision.kind === 'silence'
          ? {
              kind: decision.kind,
              subject: decision.key,
              by: decision.by,
              decided_ms: decision.atMs,
              until_ms: decision.untilMs,
              reason: decision.reason,
            }
          : {
              kind: decision.kind,
              subject: decision.id,
              by: decision.by,
              decided_ms: decision.atMs,
              until_ms: -1,
              reason: decision.note,
            },
      ]),
    async readDecisions(fromMs) {
      const rows = await store.rows<DecisionRow>(
        `SELECT kind, subject, by, decided_ms, until_ms, reason FROM freshet.alert_decisions_log
         WHERE decided_ms >= {from:Int64} ORDER BY decided_ms`,
        { from: Math.floor(fromMs) },
      );
      return rows.map(({ kind, subject, by, decided_ms, until_ms, reason }): AlertDecision => {
        const atMs = Number(decided_ms);
        return kind === 'silence'
          ? { kind, key: subject, by, atMs, untilMs: Number(until_ms), reason }
          : { kind, id: subject, by, atMs, note: reason };
      });
    },
    writeEvaluations: (runs) =>
      store.insert(
        'alert_evaluations_log',
        runs.map(({ subject, group, outcome, fromMs, untilMs, count, detail }) => ({
          subject,
          alert_key: group,
          outcome,
          from_ms: fromMs,
          until_ms: untilMs,
          count,
          detail,
        })),
      ),
    async readEvaluations(key, limit) {
      interface Row {
        readonly subject: string;
        readonly outcome: Evaluation['outcome'];
        readonly from_ms: string;
        readonly until_ms: string;
        readonly count: string;
        readonly detail: string;
      }
      // What became well again is told under the key that it had while it was not.
      const rows = await store.rows<Row>(
        `SELECT subject, outcome, from_ms, until_ms, count, detail FROM freshet.alert_evaluations_log FINAL
         WHERE subject IN (SELECT subject FROM freshet.alert_evaluations_log WHERE alert_key = {key:String})
         ORDER BY from_ms DESC LIMIT {limit:UInt32}`,
        { key, limit },
      );
      return rows.map(({ subject, outcome, from_ms, until_ms, count, detail }) => ({
        subject,
        outcome,
        atMs: Number(from_ms),
        untilMs: Number(until_ms),
        count: Number(count),
        detail,
      }));
    },
  };
}
