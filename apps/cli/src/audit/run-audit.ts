import { randomUUID } from 'node:crypto';

import {
  auditPanes,
  auditRepeats,
  readGaps,
  writeAudits,
  type AuditRow,
  type KnownGap,
  type PaneAudit,
  type RepeatAudit,
} from '@freshet/clickhouse/operations';
import { MissingPrerequisite } from '@freshet/embedded';
import { paneMsOf } from '@freshet/metrics';

import type { Connections } from '../operations/connections.js';
import { auditLog, type LogAudit } from './log-audit.js';
import { definitionsRead, type ProposedMetric } from './read-definitions.js';

export interface AuditScope {
  /** One metric, and the topic that it reads; absent: all of the catalogue. */
  readonly metric?: string;
  /** Event time for panes, log time for facts and the log. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether the records of the log are read too. */
  readonly withLog: boolean;
}

export interface AuditReport {
  readonly run: string;
  readonly from: string;
  readonly to: string;
  readonly differences: number;
  readonly panes: readonly PaneAudit[];
  /** Metrics whose files are not what is read yet. */
  readonly proposed: readonly ProposedMetric[];
  readonly log: readonly LogAudit[];
  readonly repeats: readonly RepeatAudit[];
  /** Recorded losses whose records can be of the range. */
  readonly lost: readonly KnownGap[];
}

/**
 * Compares panes with facts, facts with the log, and looks for ids counted twice and recorded losses; writes the result
 * to `freshet.audits_log`. @throws MissingPrerequisite when there is no such metric
 */
export async function runAudit(
  connections: Connections,
  scope: AuditScope,
  nowMs: number,
): Promise<AuditReport> {
  const { store } = connections;
  const metrics = connections.metrics.filter(
    ({ name }) => scope.metric === undefined || name === scope.metric,
  );
  if (metrics.length === 0)
    throw new MissingPrerequisite(
      `There is no metric "${scope.metric ?? ''}"; there are: ${connections.metrics.map(({ name }) => name).join(', ')}.`,
    );
  const { read, proposed } = await definitionsRead(store, metrics);
  const sources = new Set(
    [...metrics, ...read.map(({ definition }) => definition)].map(({ source }) => source),
  );
  const contracts = connections.contracts.filter(
    ({ name }) => scope.metric === undefined || sources.has(name),
  );
  const panes: PaneAudit[] = [];
  for (const { definition, countedFromMs } of read) {
    const contract = contracts.find(({ name }) => name === definition.source);
    if (contract === undefined) continue; // withdrawn as soon as ingest sees the same files
    const paneMs = paneMsOf(definition.window);
    const fromMs = Math.max(scope.fromMs, Math.ceil(countedFromMs / paneMs) * paneMs);
    if (fromMs < scope.toMs)
      panes.push(await auditPanes(store, definition, contract, { fromMs, toMs: scope.toMs, nowMs }));
  }
  const log: LogAudit[] = [];
  const repeats: RepeatAudit[] = [];
  const lost: KnownGap[] = [];
  for (const contract of contracts) {
    // Of reference data the newest record of each key is stored, and neither older ones nor verdicts.
    if (contract.reference === undefined) {
      if (scope.withLog) log.push(await auditLog(connections, contract, scope.fromMs));
      repeats.push(await auditRepeats(store, contract, scope));
    }
    lost.push(...(await readGaps(store, contract.topic, scope.fromMs, scope.toMs)));
  }
  const differences =
    [...panes, ...log, ...repeats].reduce((sum, each) => sum + each.differences, 0) + lost.length;
  const report: AuditReport = {
    run: randomUUID(),
    from: new Date(scope.fromMs).toISOString(),
    to: new Date(scope.toMs).toISOString(),
    differences,
    panes,
    proposed,
    log,
    repeats,
    lost,
  };
  await writeAudits(store, rowsOf(report, scope));
  return report;
}

function rowsOf({ run, panes, log, repeats, lost }: AuditReport, { fromMs, toMs }: AuditScope): AuditRow[] {
  const common = { run, fromMs, toMs };
  const first = (examples: readonly unknown[]): readonly unknown[] => examples.slice(0, 10);
  return [
    ...panes.map(({ metric, compared, differences, examples }): AuditRow => ({
      ...common,
      kind: 'panes',
      subject: metric,
      compared,
      differences,
      details: first(examples),
    })),
    ...log.map(({ topic, compared, differences, examples }): AuditRow => ({
      ...common,
      kind: 'log',
      subject: topic,
      compared,
      differences,
      details: first(examples),
    })),
    ...repeats.flatMap(({ topic, compared, differences, examples }): AuditRow[] => {
      const gaps = lost.filter(({ source }) => source.topic === topic);
      return [
        { ...common, kind: 'repeats', subject: topic, compared, differences, details: first(examples) },
        {
          ...common,
          kind: 'lost',
          subject: topic,
          compared: 0,
          differences: gaps.length,
          details: first(gaps),
        },
      ];
    }),
  ];
}
