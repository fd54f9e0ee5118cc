import type { Measured, PaneDifference } from '@freshet/clickhouse/operations';

import { textTable } from '../operations/text-table.js';
import type { AuditReport } from './run-audit.js';

/** Differences of one kind that are printed; `--json` has more. */
const SHOWN = 20;

/** The report for a person: what was compared, then each difference with its cause. */
export function auditText(report: AuditReport): string {
  const { panes, log, repeats, lost, differences } = report;
  const parts = [`Audit of ${report.from} to ${report.to}`];
  parts.push(
    textTable(
      ['metric', 'values compared', 'panes left out', 'differences'],
      panes.map((each) => [each.metric, each.compared, each.leftOut, each.differences]),
    ),
  );
  const read = log.flatMap(({ topic, partitions }) => partitions.map((each) => ({ topic, ...each })));
  if (read.length > 0)
    parts.push(
      textTable(
        [
          'topic',
          'partition',
          'offsets',
          'records',
          'control',
          'counted',
          'duplicate',
          'invalid',
          'ignored',
          'pending',
        ],
        read.map((each) => [
          each.topic,
          each.partition,
          each.before - each.from,
          each.records,
          each.invisible,
          each.counted,
          each.duplicate,
          each.invalid,
          each.ignored,
          each.pending,
        ]),
      ),
    );
  const found = [
    ...panes
      .flatMap(({ metric, examples }) => examples.map((each) => paneLine(metric, each)))
      .slice(0, SHOWN),
    ...log
      .flatMap(({ examples }) => examples)
      .slice(0, SHOWN)
      .map(({ source, chunk, count, detail, offsets }) => {
        const named =
          offsets.length > 0 ? `: offsets ${offsets.join(', ')}${count > offsets.length ? ' …' : ''}` : '';
        return `${source.topic}/${source.partition}, chunk ${chunk}: ${count} × ${detail}${named}`;
      }),
    ...read
      .filter((each) => each.recreated)
      .map(
        ({ topic, partition }) =>
          `${topic}/${partition}: the log is not the one that was stored (cause: topic recreated); see \`freshet doctor\``,
      ),
    ...repeats.flatMap(({ topic, examples }) =>
      examples.slice(0, SHOWN).map(({ id, count, cause, places }) => {
        const where = places.map(({ partition, offset }) => `${partition}@${offset}`).join(', ');
        return `${topic}: id ${id} was counted ${count} times (cause: ${cause}), at ${where}`;
      }),
    ),
    ...lost.map(
      ({ source, from, through, reason, fromTimeMs, toTimeMs }) =>
        `${source.topic}/${source.partition}: offsets ${from} to ${through} are lost (cause: gap by ${reason}), of log times ${iso(fromTimeMs)} to ${iso(toTimeMs)}`,
    ),
  ];
  if (found.length > 0) parts.push(found.join('\n'));
  const notes = [
    ...report.proposed.map(
      ({ metric, isRead }) =>
        `${metric}: the past of the definition in its file is still being counted; ` +
        (isRead
          ? 'audited is the one that is read until then.'
          : 'nothing of it is read or audited until then.'),
    ),
    ...read
      .filter((each) => each.pendingCause === 'open transaction')
      .map(
        ({ topic, partition, pending }) =>
          `${topic}/${partition}: an open transaction holds back the last ${pending} offsets; they are counted when it ends.`,
      ),
  ];
  if (notes.length > 0) parts.push(notes.join('\n'));
  parts.push(
    differences === 0
      ? 'No difference.'
      : `${differences} differences. What each means and what to do: docs/guide/operating.md`,
  );
  return parts.join('\n\n');
}

function paneLine(
  metric: string,
  { paneStartMs, series, panes, facts, chunks, cause }: PaneDifference,
): string {
  const where = chunks.map(
    ({ source, chunk, panes: inPanes, facts: inFacts }) =>
      `partition ${source.partition} chunk ${chunk}: ${inPanes} events in panes, ${inFacts} in facts`,
  );
  const name = series.length > 0 ? ` [${series.join(', ')}]` : '';
  return (
    `${metric} at ${iso(paneStartMs)}${name}: panes ${told(panes)}, facts ${told(facts)} (cause: ${cause})` +
    (where.length > 0 ? `; ${where.join('; ')}` : '')
  );
}

function told(measured: Measured | undefined): string {
  return measured === undefined ? 'nothing' : `${measured.value ?? 'no value'} of ${measured.events} events`;
}

function iso(timeMs: number): string {
  return timeMs < 0 ? 'the beginning' : new Date(timeMs).toISOString();
}
