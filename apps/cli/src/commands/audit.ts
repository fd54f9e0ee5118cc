import { setTimeout as delay } from 'node:timers/promises';

import { auditText } from '../audit/audit-text.js';
import { runAudit } from '../audit/run-audit.js';
import { withConnections } from '../operations/connections.js';
import { ofProcess, type Surroundings } from '../operations/surroundings.js';
import { parseDurationOption, parseTimeRange } from '../operations/time-option.js';

export interface AuditOptions {
  readonly metric?: string;
  /** ISO time or duration ago; by default 24 h. */
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
  /** False leaves the records of the log unread. */
  readonly log?: boolean;
  /** Repeats the audit so often, until it is stopped. */
  readonly every?: string;
}

/**
 * Audits once, or again and again: prints the report, writes it to `freshet.audits_log`. Resolves 0 when nothing
 * differs, 1 otherwise (of the last run, when it repeats).
 */
export async function audit(
  options: AuditOptions,
  surroundings: Surroundings = ofProcess(),
): Promise<number> {
  const { env, print, nowMs, signal } = surroundings;
  const everyMs = options.every === undefined ? undefined : parseDurationOption('--every', options.every);
  return withConnections(env, async (connections) => {
    let code = 0;
    do {
      const now = nowMs();
      const scope = {
        ...(options.metric === undefined ? {} : { metric: options.metric }),
        ...parseTimeRange(options, now),
        withLog: options.log ?? true,
      };
      try {
        const report = await runAudit(connections, scope, now);
        print(options.json ? JSON.stringify(report) : auditText(report));
        code = report.differences === 0 ? 0 : 1;
      } catch (error) {
        // A scheduled audit outlives a store or a broker that is away; the next run tells.
        if (everyMs === undefined) throw error;
        print(`The audit failed: ${error instanceof Error ? error.message : String(error)}`);
        code = 1;
      }
      if (everyMs !== undefined)
        await delay(Math.max(0, everyMs - (nowMs() - now)), undefined, { signal }).catch(() => undefined);
    } while (everyMs !== undefined && !signal.aborted);
    return code;
  });
}
