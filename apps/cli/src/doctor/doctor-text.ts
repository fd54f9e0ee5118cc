import type { MetricArchive, TableSize } from '@freshet/clickhouse/operations';

import { textTable } from '../operations/text-table.js';
import type { PartitionReport, TopicReport } from './partitions.js';

/** Partitions in a table, then what each state that is not plain means and what to do. */
export function topicsText(topics: readonly TopicReport[]): string {
  const partitions = topics.flatMap((each) => each.partitions);
  const parts = [
    textTable(
      ['topic', 'partition', 'life', 'log from', 'log to', 'panes through', 'facts through', 'state'],
      partitions.map((each) => [
        each.topic,
        each.partition,
        each.incarnation,
        each.logStart,
        each.highWatermark,
        each.panesThrough,
        each.factsThrough,
        each.gaps.length > 0 ? `${each.state}, gap` : each.state,
      ]),
    ),
    ...topics
      .filter(({ exists }) => !exists)
      .map(({ topic }) => `${topic} does not exist: ingest waits for it.`),
  ];
  const explained = partitions.filter(({ state, gaps }) => state !== 'proven' || gaps.length > 0);
  if (explained.length > 0) parts.push(grouped(explained).join('\n'));
  return parts.join('\n\n');
}

/** Partitions of a topic in the same state with the same words are told together. */
function grouped(partitions: readonly PartitionReport[]): string[] {
  const groups = new Map<string, { name: string; numbers: number[]; lines: string[] }>();
  for (const { topic, partition, state, means, remedy, gaps } of partitions) {
    const lines = [
      ...(state === 'proven' ? [] : [means]),
      ...(remedy === undefined ? [] : [`→ ${remedy}`]),
      ...gaps,
    ];
    if (gaps.length > 0) lines.push('→ docs/runbooks/gap.md');
    const key = JSON.stringify([topic, lines]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { name: topic, numbers: [partition], lines });
    else group.numbers.push(partition);
  }
  return [...groups.values()].map(
    ({ name, numbers, lines }) => `${name}/${numbers.join(',')}: ${lines.join('\n  ')}`,
  );
}

/** Metrics of which something is archived, or a sentence. */
export function archivesText(archives: readonly MetricArchive[]): string {
  const archived = archives.filter(({ steps }) => steps > 0);
  if (archived.length === 0) return 'No window is archived yet: see FRESHET_ARCHIVE_AFTER_HOURS.';
  return textTable(
    ['archived metric', 'windows before', 'steps', 'archived rows', 'chunk rows'],
    archived.map(({ metric, beforeMs, steps, archivedRows, chunkRows }) => [
      metric,
      new Date(beforeMs).toISOString(),
      steps,
      archivedRows,
      chunkRows,
    ]),
  );
}

/** Tables with what they take and how long rows are kept. */
export function tablesText(tables: readonly TableSize[]): string {
  return textTable(
    ['table', 'rows', 'MB', 'kept'],
    tables
      .filter(({ rows }) => rows > 0)
      .map(({ name, rows, bytes, keptDays }) => [
        name,
        rows,
        Math.round(bytes / 1e5) / 10,
        keptDays === undefined ? 'for ever' : `${keptDays} days`,
      ]),
  );
}
