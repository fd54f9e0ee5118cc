import { type ClickHouseClient } from '@clickhouse/client';
import {
  NO_ARCHIVE,
  type ArchiveBounds,
  type ArchiveHead,
  type ArchivePlan,
  type ArchiveStore,
  type SourcePartition,
} from '@freshet/ingestion';
import {
  ARCHIVE_COLUMNS,
  ARCHIVE_HEADS_TABLE,
  ARCHIVE_TABLE,
  archiveSelect,
  archiveSummary,
  attemptSelect,
  DISTINCT_TABLE,
  FACTS_DATABASE,
  literal,
  openingSelect,
  PANES_TABLE,
  unsigned,
  whereMetric,
  withinBounds,
  type ArchiveBounds as BoundsSql,
  type MetricDefinition,
  type Opening,
} from '@freshet/metrics';
import { WRITE_SETTINGS } from '../client.js';
import { readPromoted } from '../schema/revisions.js';
import { bareName } from '../schema/table.js';
import { readRows } from './read-rows.js';

/** Whoever was at an attempt of that age has long begun another one; hours. */
const GIVEN_UP_HOURS = 24;
/** Rows of every month may meet in one step, and it may take as long as it likes. */
const STEP_SETTINGS = { ...WRITE_SETTINGS, max_partitions_per_insert_block: '0' } as const;

interface HeadRead {
  readonly step: number;
  readonly attempt: string;
  readonly attempts: readonly string[];
  readonly openings: readonly { readonly before_ms: number; readonly attempt: string }[];
  readonly before_ms: number;
  readonly sources: readonly {
    readonly topic: string;
    readonly incarnation: number;
    readonly partition: number;
    readonly first: number;
    readonly chunk: number;
    readonly through: number;
  }[];
  readonly age_ms: number;
}

// Rows that nothing was read into only propose a start, as for `loadLedger`.
const SEALED = `
SELECT incarnation, partition, argMax((chunk, end_offset), chunk) AS last FROM (
  SELECT incarnation, partition, chunk, end_offset,
    sum(is_open) OVER (PARTITION BY incarnation, partition ORDER BY chunk) AS open_so_far
  FROM (
    SELECT incarnation, partition, chunk, max(l.\`end\`) AS end_offset, max(l.panes_through) AS panes,
      max(l.facts_through) AS facts, end_offset < 0 OR panes < end_offset OR facts < end_offset AS is_open
    FROM freshet.ledger_log AS l WHERE topic = {topic: String}
    GROUP BY incarnation, partition, chunk
    HAVING end_offset >= 0 OR panes >= chunk OR facts >= chunk
  )
) WHERE open_so_far = 0
GROUP BY incarnation, partition`;

/** See `ArchiveStore`. Needs the tables that `migrate` makes. Attempts that no head names go after `givenUpHours`. */
export function createArchiveStore(client: ClickHouseClient, givenUpHours = GIVEN_UP_HOURS): ArchiveStore {
  const command = async (query: string): Promise<void> => {
    await client.command({ query, clickhouse_settings: STEP_SETTINGS });
  };
  return {
    readHead: (metric) => readHead(client, metric),
    async readSealed(topic) {
      const sealed = await readRows<{
        incarnation: number;
        partition: number;
        last: readonly [chunk: number, through: number];
      }>(client, SEALED, { topic });
      const [progress] = await readRows<{ frontier: number; now: number }>(
        client,
        `SELECT ifNull(minOrNull(frontier_ms), -1) AS frontier, toUnixTimestamp64Milli(now64(3)) AS now
         FROM freshet.source_progress WHERE topic = {topic: String}`,
        { topic },
      );
      return {
        sealed: sealed.map(({ incarnation, partition, last: [chunk, through] }) => {
          return { source: { topic, incarnation, partition }, chunk, through };
        }),
        frontierMs: progress?.frontier ?? -1,
        nowMs: progress?.now ?? 0,
      };
    },
    async isRead({ name, revision }) {
      const promoted = (await readPromoted(client)).find(({ metric }) => metric === name);
      return promoted?.revision === revision;
    },
    async readArchivable({ metric, parent, bounds }, runMs) {
      const rows = `FROM ${PANES_TABLE} ${whereMetric(metric)} AND ${withinBounds(boundsSql(bounds))}
        AND NOT (${withinBounds(boundsSql(parent))})`;
      const [runs, first] = await Promise.all([
        readRows<{ run: number; rows: number }>(
          client,
          `SELECT intDiv(toUnixTimestamp64Milli(pane_start), ${runMs}) AS run, count() AS rows ${rows}
           GROUP BY run ORDER BY run LIMIT 10000`,
        ),
        readRows<SourcePartition & { first: number }>(
          client,
          `SELECT topic, incarnation, partition, min(chunk) AS first ${rows} GROUP BY topic, incarnation, partition`,
        ),
      ]);
      return {
        runs: runs.map((row) => ({ fromMs: row.run * runMs, rows: row.rows })),
        first: first.map(({ first: chunk, ...source }) => ({ source, chunk })),
      };
    },
    async writeArchive(plan, attempt) {
      const write = (rows: string, by: string): Promise<void> =>
        command(
          `INSERT INTO ${ARCHIVE_TABLE} (metric, revision, attempt, ${ARCHIVE_COLUMNS.join(', ')})
           SELECT ${literal(plan.metric.name)}, ${literal(plan.metric.revision)}, ${unsigned(by)}, *
           FROM (${rows}) WHERE ${isStillHead(plan)}`,
        );
      await write(selectOf(plan), attempt);
      for (const opening of plan.openings) await write(openingOf(plan, attempt, opening), opening.attempt);
    },
    writeHead: (plan, attempt) => {
      const { metric, parent, bounds, openings } = plan;
      const attempts = [...parent.attempts, attempt].map(unsigned);
      const sources = bounds.sources.map(
        ({ source: { topic, incarnation, partition }, first, chunk, through }) => {
          return `(${literal(topic)}, ${incarnation}, ${partition}, ${first}, ${chunk}, ${through})`;
        },
      );
      const opened = openings.map((each) => `(${timeOf(each.beforeMs)}, ${unsigned(each.attempt)})`);
      const isWhole = [
        [attempt, selectOf(plan)] as const,
        ...openings.map((each) => [each.attempt, openingOf(plan, attempt, each)] as const),
      ].map(([by, rows]) => `(${summaryOf(attemptSelect(metric, by))}) = (${summaryOf(rows)})`);
      return command(
        `INSERT INTO ${ARCHIVE_HEADS_TABLE} (metric, revision, step, attempt, attempts, before, sources, openings)
         SELECT ${literal(metric.name)}, ${literal(metric.revision)}, ${parent.step + 1}, ${unsigned(attempt)},
           [${attempts.join(', ')}], ${timeOf(bounds.beforeMs)}, [${sources.join(', ')}],
           [${opened.join(', ')}]::Array(Tuple(DateTime64(3, 'UTC'), UInt64))
         WHERE ${isStillHead(plan)}
           AND ${isWhole.join(' AND ')}`,
      );
    },
    async removeArchived(metric, head) {
      const within = `${whereMetric(metric)} AND ${withinBounds(boundsSql(head))}`;
      let removed = 0;
      for (const table of [PANES_TABLE, DISTINCT_TABLE]) {
        const months = await readRows<{ month: number; rows: number }>(
          client,
          `SELECT toYYYYMM(pane_start) AS month, count() AS rows FROM ${table} ${within} GROUP BY month ORDER BY month`,
        );
        const target = await deleteTarget(client, table);
        for (const { month, rows } of months) {
          await command(`DELETE FROM ${target} IN PARTITION ${month} ${within}`);
          removed += rows;
        }
      }
      const given = `${whereMetric(metric)} AND attempt NOT IN [${[...head.attempts, ...head.openings.map(({ attempt }) => attempt)].map(unsigned).join(', ')}]
        AND written_at < now64(3) - toIntervalHour(${givenUpHours})`;
      const [left] = await readRows<{ rows: number }>(
        client,
        `SELECT count() AS rows FROM ${ARCHIVE_TABLE} ${given}`,
      );
      if ((left?.rows ?? 0) > 0) await command(`DELETE FROM ${ARCHIVE_TABLE} ${given}`);
      return removed;
    },
  };
}

/** What is archived of a metric's revision. */
export async function readHead(
  client: ClickHouseClient,
  metric: Pick<MetricDefinition, 'name' | 'revision'>,
): Promise<ArchiveHead> {
  const [head] = await readRows<HeadRead>(
    client,
    `SELECT step, toString(h.attempt) AS attempt, arrayMap(each -> toString(each), h.attempts) AS attempts,
       arrayMap(each -> (toUnixTimestamp64Milli(each.1), toString(each.2))::Tuple(before_ms Int64, attempt String), h.openings) AS openings,
       toUnixTimestamp64Milli(before) AS before_ms, sources, toUnixTimestamp64Milli(now64(3)) - toUnixTimestamp64Milli(at) AS age_ms
     FROM ${ARCHIVE_HEADS_TABLE} AS h FINAL ${whereMetric(metric)}`,
  );
  if (head === undefined) return NO_ARCHIVE;
  const { step, attempt, attempts, before_ms: beforeMs, age_ms: ageMs } = head;
  const sources = head.sources.map(({ first, chunk, through, ...source }) => {
    return { source, first, chunk, through };
  });
  const openings = head.openings.map((each) => ({ beforeMs: Number(each.before_ms), attempt: each.attempt }));
  return { step, attempt, attempts, openings, beforeMs, ageMs, sources };
}

function boundsSql({ beforeMs, sources }: ArchiveBounds): BoundsSql {
  return { beforeMs, sources: sources.map(({ source, chunk }) => ({ ...source, chunk })) };
}

function selectOf({ metric, bounds, parent }: ArchivePlan): string {
  return archiveSelect(metric, boundsSql(bounds), boundsSql(parent));
}

function openingOf({ metric, parent }: ArchivePlan, attempt: string, { beforeMs }: Opening): string {
  return openingSelect(metric, beforeMs, [...parent.attempts, attempt]);
}

function timeOf(ms: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
}

function summaryOf(rows: string): string {
  return `SELECT (rows, checksum) FROM (${archiveSummary(rows)})`;
}

/** Asked by the statement itself: one that comes late, or twice, does nothing. */
function isStillHead({ metric, parent }: ArchivePlan): string {
  return `(SELECT (max(step), max(attempt)) FROM ${ARCHIVE_HEADS_TABLE} FINAL ${whereMetric(metric)}) = (${parent.step}, ${unsigned(parent.attempt)})`;
}

/** Where rows of a table can be deleted: on a cluster, in the table of each shard. */
async function deleteTarget(client: ClickHouseClient, table: string): Promise<string> {
  const [found] = await readRows<{ engine: string; engine_full: string }>(
    client,
    `SELECT engine, engine_full FROM system.tables WHERE database = {database: String} AND name = {name: String}`,
    { database: FACTS_DATABASE, name: bareName(table) },
  );
  const parts = /^Distributed\('([^']+)', '([^']+)', '([^']+)'/.exec(found?.engine_full ?? '');
  return parts === null ? table : `${parts[2]!}.${parts[3]!} ON CLUSTER ${literal(parts[1]!)}`;
}
