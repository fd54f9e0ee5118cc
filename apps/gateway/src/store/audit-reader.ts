import type { AuditRun } from '@freshet/freshness';
import type { RowReader } from './rows.js';

/** What the newest audit of a subject said. */
export interface NewestAudit extends AuditRun {
  readonly compared: number;
}

const MOST_RUNS = 20_000;
const RECENT = 'at > now() - INTERVAL 30 DAY';

type Loose<Row> = { readonly [Key in keyof Row]: Row[Key] extends number ? number | string : Row[Key] };

/** The newest result of each subject that was audited in the last 30 days. */
export async function readNewestAudits(store: RowReader): Promise<NewestAudit[]> {
  const rows = await store.rows<Loose<NewestAudit>>(
    `SELECT kind, subject, toUnixTimestamp64Milli(max(a.at)) AS atMs, argMax(a.compared, a.at) AS compared,
       argMax(a.differences, a.at) AS differences, toUnixTimestamp64Milli(argMax(a.from_time, a.at)) AS fromMs,
       toUnixTimestamp64Milli(argMax(a.to_time, a.at)) AS toMs
     FROM freshet.audits_log AS a WHERE ${RECENT} GROUP BY kind, subject`,
  );
  return rows.map((row) => ({ ...runOf(row), compared: Number(row.compared) }));
}

/** All results of the last 30 days of subjects of which any differed: none on a healthy system. */
export async function readDifferingAudits(store: RowReader): Promise<AuditRun[]> {
  const rows = await store.rows<Loose<AuditRun>>(
    `SELECT kind, subject, toUnixTimestamp64Milli(at) AS atMs, toUnixTimestamp64Milli(from_time) AS fromMs,
       toUnixTimestamp64Milli(to_time) AS toMs, differences
     FROM freshet.audits_log
     WHERE ${RECENT} AND (kind, subject) IN (
       SELECT kind, subject FROM freshet.audits_log WHERE ${RECENT} AND differences > 0)
     ORDER BY at DESC LIMIT ${MOST_RUNS}`,
  );
  return rows.map(runOf);
}

/** Losses that ingest or an operator recorded, one row a topic: told before an audit comes by. */
export async function readLosses(store: RowReader): Promise<AuditRun[]> {
  const rows = await store.rows<Loose<AuditRun>>(
    `SELECT 'lost' AS kind, topic AS subject, toUnixTimestamp64Milli(max(g.at)) AS atMs, min(g.from_time_ms) AS fromMs,
       max(g.to_time_ms) AS toMs, count() AS differences
     FROM freshet.gaps_log AS g FINAL WHERE ${RECENT} GROUP BY topic`,
  );
  return rows.map((row) => {
    const run = runOf(row);
    const since = run.fromMs < 0 ? 'the beginning' : new Date(run.fromMs).toISOString();
    return {
      ...run,
      said:
        `records of ${run.subject} were lost before they were counted, in ${run.differences} gaps, the newest recorded at ` +
        `${new Date(run.atMs).toISOString()}: windows of ${since} to ${new Date(run.toMs).toISOString()} may lack them and say so`,
    };
  });
}

function runOf({ kind, subject, atMs, fromMs, toMs, differences }: Loose<AuditRun>): AuditRun {
  return {
    ...{ kind, subject, atMs: Number(atMs), fromMs: Number(fromMs), toMs: Number(toMs) },
    differences: Number(differences),
  };
}
