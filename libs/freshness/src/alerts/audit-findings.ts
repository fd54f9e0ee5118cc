import type { Finding } from './finding.js';

/** Result of one audit of one subject; times epoch ms. */
export interface AuditRun {
  /** Panes with facts, facts with the log, ids counted twice, recorded losses. */
  readonly kind: 'panes' | 'log' | 'repeats' | 'lost';
  /** Name of a metric (`panes`) or of a topic. */
  readonly subject: string;
  readonly atMs: number;
  /** Range that was audited. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly differences: number;
  /** What was found, where it was not an audit that told; absent: an audit did. */
  readonly said?: string;
}

/** Who answers for what was audited. */
export interface AuditSubject {
  readonly owner: string;
  readonly topic: string;
}

const FOUND: Readonly<Record<AuditRun['kind'], string>> = {
  panes: 'values that differ from their events',
  log: 'records whose events differ from the log',
  repeats: 'events counted more than once',
  lost: 'losses',
};

/**
 * A finding for each subject that was audited: bad while something differs. Wrong numbers stay wrong when the audited
 * range moves on, so `panes` and `log` are well again only by a later clean audit of all that differed; `repeats` and
 * `lost` are known and marked, and leave with the range. Pure; at worst O(runs²) of a subject.
 *
 * @param runs the newest of each subject, and all of those of which any differed; in any order
 * @param subjectOf undefined where the catalogue does not have it any more: it is left out
 */
export function auditFindings(
  runs: readonly AuditRun[],
  subjectOf: (kind: AuditRun['kind'], subject: string) => AuditSubject | undefined,
): Finding[] {
  const groups = new Map<string, AuditRun[]>();
  for (const run of [...runs].sort((a, b) => a.atMs - b.atMs)) {
    const name = `audit/${run.kind}/${run.subject}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [run]);
    else group.push(run);
  }
  return [...groups].flatMap(([name, group]): Finding[] => {
    const last = group.at(-1)!;
    const { kind } = last;
    const about = subjectOf(kind, last.subject);
    if (about === undefined) return [];
    const open = group.findLast((run, at) => run.differences > 0 && !isCleared(run, group.slice(at + 1)));
    const { differences, atMs, fromMs, toMs, subject, said } = open ?? last;
    const range = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
    return [
      {
        subject: name,
        group: name,
        outcome: open === undefined ? 'ok' : 'bad',
        kind: 'audit',
        severity: kind === 'repeats' ? 'ticket' : 'page',
        ...(kind === 'panes' ? { metric: subject } : {}),
        topic: about.topic,
        stage: kind === 'repeats' ? 'produce' : 'ingest',
        owner: about.owner,
        detail:
          said ??
          `the audit of ${range}, at ${new Date(atMs).toISOString()}, found ${differences} ${FOUND[kind]}`,
        holdMs: 0,
        clearMs: 0,
      },
    ];
  });
}

function isCleared(run: AuditRun, later: readonly AuditRun[]): boolean {
  const isBound = run.kind === 'panes' || run.kind === 'log';
  return later.some(
    ({ differences, fromMs, toMs }) =>
      differences === 0 && (!isBound || (fromMs <= run.fromMs && toMs >= run.toMs)),
  );
}
