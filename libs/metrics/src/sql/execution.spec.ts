import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { factColumnName, factColumns } from '@freshet/contracts';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileAggregator } from '../aggregate/compile.js';
import type { PaneRow } from '../aggregator.js';
import { BUCKET_BOUNDS, bucketOf } from '../buckets.js';
import { TextHasher, distinctHashSql, toBigint } from '../hash.js';
import type { MetricDefinition, MetricRatio } from '../metric.js';
import { valueOf } from '../merge.js';
import { paneMetric } from '../session-panes.js';
import { slotsOf } from '../slots.js';
import { expectedSessions } from '../testing/expected-sessions.js';
import { expectedWindows as expected, onePerPane, type ExpectedWindow } from '../testing/expected-windows.js';
import {
  SAMPLE_CONTRACT,
  SAMPLE_METRICS,
  SAMPLE_RATIOS,
  segmentsOf,
  type SampleEvent,
} from '../testing/sample.js';
import { SAMPLE_START_MS, sampleEvents } from '../testing/sample-events.js';
import { calendarSteps, hasEvenHours, trustState } from '@freshet/windowing';
import { coveredByPanes, panesAnswer, windowsOfPanes } from '../windows-of-panes.js';
import { stepEndSql, windowStartSql } from './calendar-sql.js';
import { bucketSql } from './states.js';
import {
  ARCHIVE_COLUMNS,
  archiveSelect,
  archiveSummary,
  attemptSelect,
  withArchive,
  withinBounds,
  type ArchiveBounds,
} from './archive.js';
import { factsQuery, type FactsQueryRow } from './facts-query.js';
import { coverageSelect, panesSelect, type PaneQueryRow, type PanesSelectOptions } from './panes-query.js';
import { panesRead, resolvePanesWanted, type PanesReadRow } from './panes-read.js';
import { chunksSelect, numberSql, numberWhere, type ChunkRow } from './number-query.js';
import { hasOpenings, openingSelect } from './openings.js';
import { ratioFactsQuery } from './ratio-facts.js';
import { ratioNumberSql } from './ratio-number.js';
import { type PaneSelection } from './selection.js';
import { metricViewTypes } from './view-types.js';
import { metricViewSelect, newestValuesSql } from './view.js';

const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'freshet-metrics-sql-'));
let session: Session;
const rowsOf = <T>(sql: string): T[] =>
  session
    .query(`${sql} SETTINGS output_format_json_quote_64bit_integers = 0`, 'JSONEachRow')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

beforeAll(() => {
  session = new Session(join(folder, 'data'));
  const key = `metric LowCardinality(String), revision LowCardinality(String), pane_start DateTime64(3, 'UTC'),
    dimensions Array(LowCardinality(String)), topic LowCardinality(String), incarnation UInt32, partition UInt32, chunk Int64`;
  const order = 'ORDER BY (metric, revision, pane_start, dimensions, topic, incarnation, partition, chunk)';
  const fields = factColumns(SAMPLE_CONTRACT).map(({ name, type }) => `\`${name}\` ${type}`);
  for (const statement of [
    'CREATE DATABASE freshet',
    'CREATE DATABASE metrics',
    `CREATE TABLE freshet.metric_panes (${key}, through Int64, chunk_log_time DateTime64(3, 'UTC'), events UInt64, late_events UInt64, partial UInt8,
      sums Array(Int64), extremes Array(Nullable(Int64)), last_times Array(Nullable(Int64)),
      last_offsets Array(Nullable(Int64)), buckets Map(Int32, UInt64)) ENGINE = ReplacingMergeTree(through) ${order}`,
    `CREATE TABLE freshet.metric_distinct_panes (${key}, chunk_log_time SimpleAggregateFunction(max, DateTime64(3, 'UTC')), members SimpleAggregateFunction(groupUniqArrayArray, Array(UInt64)))
      ENGINE = AggregatingMergeTree ${order}`,
    `CREATE TABLE freshet.metric_archived_panes (metric LowCardinality(String), revision LowCardinality(String),
      pane_start DateTime64(3, 'UTC'), dimensions Array(String), attempt UInt64, chunk_log_time DateTime64(3, 'UTC'),
      first_log_time DateTime64(3, 'UTC'), events UInt64, late_events UInt64, partial UInt8, sums Array(Int64),
      extremes Array(Nullable(Int64)), last_times Array(Nullable(Int64)), last_offsets Array(Nullable(Int64)),
      last_places Array(Tuple(UInt32, UInt32)), buckets Map(Int32, UInt64), members Array(UInt64))
      ENGINE = ReplacingMergeTree ORDER BY (metric, revision, pane_start, dimensions, attempt)`,
    `CREATE TABLE freshet.metric_archives_log (metric LowCardinality(String), revision LowCardinality(String), step UInt64,
      attempt UInt64, attempts Array(UInt64), before DateTime64(3, 'UTC'), openings Array(Tuple(DateTime64(3, 'UTC'), UInt64)),
      sources Array(Tuple(topic String, incarnation UInt32, partition UInt32, first Int64, chunk Int64, through Int64)))
      ENGINE = ReplacingMergeTree(step) ORDER BY (metric, revision)`,
    `CREATE TABLE freshet.source_progress (topic String, frontier_ms Int64, as_of_ms Int64) ENGINE = Memory`,
    `CREATE TABLE freshet.reference_values (contract String, fields String, key String, value String, place Int64, deleted Bool)
      ENGINE = ReplacingMergeTree(place) ORDER BY (contract, fields, key)`,
    `CREATE TABLE freshet.gaps_log (topic String, incarnation UInt32, partition UInt32, chunk Int64, through_offset Int64,
      from_time_ms Int64, to_time_ms Int64) ENGINE = Memory`,
    `CREATE TABLE freshet.sample (incarnation UInt32, partition UInt32, offset Int64, chunk Int64,
      event_time DateTime64(3, 'UTC'), ${fields.join(', ')}) ENGINE = Memory`,
  ]) {
    session.query(statement);
  }
});
afterAll(() => {
  session.cleanup();
  rmSync(folder, { recursive: true, force: true });
});

const CHUNK = 80;
const time = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
const insert = (table: string, rows: readonly object[], columns = ''): void => {
  if (rows.length === 0) return;
  session.query(
    `INSERT INTO ${table} ${columns} FORMAT JSONEachRow ${rows.map((row) => JSON.stringify(row)).join('\n')}`,
  );
};

/** What the reference topic says of shops; the rest is `none`. */
const SEGMENTS: Readonly<Record<string, string>> = {
  s1: 'gold',
  s2: 'silver',
  märkt: 'gold',
  '': '',
  '(other)': '(other)',
};
/** Rows as readers see them: keys of the reference topic mapped. */
const asRead = (rows: readonly PaneRow[]): PaneRow[] =>
  rows.map((row) =>
    row.metric === 'by_segment'
      ? { ...row, dimensions: [SEGMENTS[row.dimensions[0]!] ?? 'none', row.dimensions[1]!] }
      : row,
  );

/** Stores events of two partitions: their facts, and the panes of each chunk in two versions. */
function store(events: readonly SampleEvent[]): PaneRow[] {
  const archive = ['metric_archived_panes', 'metric_archives_log'];
  const tables = [
    'metric_panes',
    'metric_distinct_panes',
    ...archive,
    'sample',
    'source_progress',
    'gaps_log',
  ];
  for (const table of tables) session.query(`TRUNCATE TABLE freshet.${table}`);
  insert(
    'freshet.reference_values',
    [...Object.entries(SEGMENTS), ['s1', 'bronze']].map(([key, value], index) => {
      return {
        contract: 'sample',
        fields: 'shop → promo',
        key,
        value,
        place: value === 'bronze' ? -1 : index,
      };
    }),
  );
  const newest: PaneRow[] = [];
  const open = compileAggregator(SAMPLE_METRICS, SAMPLE_CONTRACT);
  for (const partition of [0, 1]) {
    const own = events.filter((_, index) => index % 3 === partition || (partition === 0 && index % 3 === 2));
    for (let chunk = 0; chunk < 200; chunk += CHUNK) {
      const inChunk = own.filter(({ offset }) => offset >= chunk && offset < chunk + CHUNK);
      const at = { topic: 'sample', incarnation: 1, partition, chunk };
      insert(
        'freshet.sample',
        inChunk.map((event) => ({ ...at, ...factOf(event) })),
      );
      const aggregator = open();
      const byKey = new Map<string, PaneRow>();
      for (const segment of segmentsOf(inChunk, [Math.ceil(inChunk.length / 2)])) {
        aggregator.accumulate(segment);
        const rows = aggregator.takeChanged();
        const through = segment.offsets[segment.count - 1]!;
        insert(
          'freshet.metric_panes',
          rows.map((row) => ({ ...at, ...paneOf(row), through })),
        );
        const sets = rows.filter(({ newHashes }) => newHashes !== undefined);
        insert(
          'freshet.metric_distinct_panes',
          sets.map((row) => ({ ...at, ...keyOf(row), members: [...row.newHashes!].map(String) })),
          '(metric, revision, pane_start, dimensions, topic, incarnation, partition, chunk, members)',
        );
        for (const row of rows) {
          const name = JSON.stringify([row.metric, row.paneStartMs, row.partial, row.dimensions]);
          const hashes = [...(byKey.get(name)?.newHashes ?? []), ...(row.newHashes ?? [])];
          byKey.set(name, { ...row, newHashes: row.newHashes && hashes });
        }
      }
      newest.push(...byKey.values());
    }
  }
  return asRead(newest);
}

const keyOf = (row: PaneRow): object => ({
  metric: row.metric,
  revision: row.revision,
  pane_start: time(row.paneStartMs),
  dimensions: row.dimensions,
});
const paneOf = (row: PaneRow): object => ({
  ...keyOf(row),
  events: row.events,
  late_events: row.lateEvents,
  partial: row.partial ? 1 : 0,
  sums: row.sums.map(String),
  extremes: row.extremes,
  last_times: row.lastTimesMs,
  last_offsets: row.lastOffsets,
  buckets: Object.fromEntries(row.buckets ?? []),
});
function factOf(event: SampleEvent): object {
  const fields = Object.entries(event.fields).map(([name, value]) => [
    factColumnName(name),
    name === 'time' ? time(value as number) : value,
  ]);
  return { offset: event.offset, event_time: time(event.timeMs), ...Object.fromEntries(fields) };
}

/** Metrics of which `windowsOfPanes` makes the windows. */
const TAKEN = new Set([
  ...['counts', 'total', 'revenue', 'basket', 'conversion', 'p90', 'level_quantiles', 'heaviest', 'lightest'],
  ...['weight_share', 'pace', 'by_size', 'by_group', 'by_day', 'rate_by_hour'],
  ...['visitors', 'promos', 'levels'],
]);
/** A gap in the log, long before everything else. */
const LOST = { topic: 'sample', incarnation: 1, from_time_ms: 1, to_time_ms: 2 };
const RANGE = { fromMs: SAMPLE_START_MS, toMs: SAMPLE_START_MS + 12 * MINUTE };
/** Days of a zone in which it is midnight in the middle of the range. */
const MIDNIGHT = { calendar: { unit: 'day', timeZone: 'Pacific/Fiji' } } as const;
/** Exact for whole numbers; quotients and bucket middles may differ in their last bits. */
const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(12));

/** Rows without a state, in an order of their own; numbers as exact as two ways of dividing are. */
const told = (rows: readonly PaneQueryRow[]): string[] =>
  rows
    .map(({ value, numerator, denominator, state: _, ...row }) => {
      const numbers = [value, numerator, denominator].map((number) => rounded(number));
      return JSON.stringify([numbers, ...Object.entries(row).sort().flat()]);
    })
    .sort();

interface Asked {
  readonly definition: MetricDefinition;
  readonly options: PaneSelection & { readonly topics: readonly string[]; readonly sub: string };
}

/** What is made of one flat read must be what the store makes, and cover what that covers. */
function expectTheSame(asked: readonly Asked[]): void {
  const wanted = asked.map(({ definition, options }) => resolvePanesWanted(definition, options)!);
  const answer = panesAnswer(rowsOf<PanesReadRow>(panesRead(wanted, 100_000)));
  const isLossy = answer.gaps.some(({ topic }) => topic === 'sample');
  // In parts: a statement has a greatest length.
  for (let from = 0; from < asked.length; from += 25) {
    const part = asked
      .slice(from, from + 25)
      .map((each, index) => ({ ...each, wanted: wanted[from + index]! }));
    const selects = part.map(
      ({ definition, options }) =>
        `SELECT * FROM (${panesSelect(definition, { ...options, withState: false })})`,
    );
    const ofPanes = part.map((each, index) =>
      windowsOfPanes(answer, each.wanted, from + index, each.options.topics, each.options.sub),
    );
    // Sets that `top` folds only the store can unite, and what folded series lack only it knows.
    const subs = new Set(
      part.filter((_, index) => ofPanes[index] !== undefined).map(({ options }) => options.sub),
    );
    const ofAll = rowsOf<PaneQueryRow>(`SELECT * FROM (${selects.join('\nUNION ALL\n')})`);
    for (const { definition, options } of part) {
      const isOfIt = ({ metric, partial }: PanesReadRow): boolean =>
        metric === definition.name && partial === 1;
      if (subs.has(options.sub) || (isLossy && answer.panes.some(isOfIt))) continue;
      expect([slotsOf(definition).hashes, options.top]).toEqual([true, expect.any(Number)]);
    }
    expect(told(ofPanes.flatMap((rows) => rows ?? []))).toEqual(
      told(ofAll.filter(({ sub }) => subs.has(sub))),
    );
    const covered = part.flatMap((each) =>
      coveredByPanes(answer, each.wanted).map(({ topic, incarnation, partition, through }) =>
        JSON.stringify({ sub: each.options.sub, topic, incarnation, partition, through }),
      ),
    );
    const ofStore = rowsOf(coverageSelect(part.map(({ definition, options }) => [definition, options])));
    expect(covered.sort()).toEqual(ofStore.map((row) => JSON.stringify(row)).sort());
  }
}

describe('the SQL on the real engine', () => {
  const groupings = SAMPLE_METRICS.map((definition) => {
    const names = definition.dimensions.map(({ name }) => name);
    const money = definition.currencyDimension;
    const whole = money === undefined ? [] : [money];
    return { definition, groupBys: names.length === whole.length ? [names] : [names, whole] };
  });

  it('gives the numbers of the aggregator, from panes and from facts, for every metric, grouping and grain', () => {
    fc.assert(
      fc.property(sampleEvents(90), (events) => {
        const stored = store(events);
        const panes: string[] = [];
        const wanted = new Map<string, ExpectedWindow>();
        for (const { definition, groupBys } of groupings) {
          for (const groupBy of groupBys) {
            const { calendar, everyMs: paneMs } = definition.window;
            const grains = calendar
              ? [{ calendar }]
              : [{ everyMs: paneMs }, { everyMs: 4 * MINUTE }, MIDNIGHT];
            for (const grain of grains) {
              const selection = { ...RANGE, ...grain, groupBy };
              const sub = JSON.stringify([definition.name, groupBy, grain]);
              panes.push(panesSelect(definition, { ...selection, topics: ['sample'], sub }));
              const windows = expected(definition, stored, groupBy, selection);
              for (const [key, row] of windows) wanted.set(sub + key, row);
              const facts = rowsOf<FactsQueryRow>(
                factsQuery(definition, SAMPLE_CONTRACT, { ...selection, fold: true }),
              );
              expect(
                facts
                  .map((row) => [
                    JSON.stringify([row.window_end_ms, row.series]),
                    rounded(row.value),
                    row.events,
                  ])
                  .sort(),
              ).toEqual(
                [...windows]
                  // A step that says only that late events have changed it: facts do not know what came late.
                  .filter(([, { events }]) => definition.window.session === undefined || events > 0)
                  .map(([key, { value, events }]) => [key, rounded(value), events])
                  .sort(),
              );
            }
          }
        }
        // In parts: a statement has a greatest length.
        const parts = [0, 1, 2].map((part) => panes.filter((_, index) => index % 3 === part));
        const rows = parts.flatMap((part) =>
          rowsOf<PaneQueryRow>(
            `SELECT * FROM (${part.map((select) => `SELECT * FROM (${select})`).join('\nUNION ALL\n')})`,
          ),
        );
        const found = rows.map((row) => [
          row.sub + JSON.stringify([row.window_end_ms, row.series]),
          rounded(row.value),
          row.events,
          row.late_events,
        ]);
        expect(found.sort()).toEqual(
          [...wanted]
            .map(([key, { value, events, lateEvents }]) => [key, rounded(value), events, lateEvents])
            .sort(),
        );
      }),
      { numRuns: 2, seed: 11, endOnFailure: true },
    );
  });

  const sample = fc
    .sample(sampleEvents(90), { numRuns: 30, seed: 5 })
    .sort((a, b) => b.length - a.length)[0]!;
  const named = (name: string): MetricDefinition => SAMPLE_METRICS.find((metric) => metric.name === name)!;

  it('filters, and calls every series of a window partial where any was folded', () => {
    const stored = store(sample);
    const revenue = named('revenue');
    const selection = { ...RANGE, groupBy: ['shop'], filter: { shop: ['s1', "o'k\\"] } };
    const rows = rowsOf<PaneQueryRow>(panesSelect(revenue, { ...selection, topics: ['sample'] }));
    const windows = expected(revenue, stored, ['shop', 'currency'], selection);
    expect(rows.map((row) => [JSON.stringify([row.window_end_ms, row.series]), row.value]).sort()).toEqual(
      [...windows].map(([key, { value }]) => [key, value]).sort(),
    );
    const folded = new Set(
      stored.filter((row) => row.metric === 'revenue' && row.partial).map((row) => row.paneStartMs + MINUTE),
    );
    expect(folded.size).toBeGreaterThan(0);
    for (const row of rows) expect(row.partial === 1).toBe(folded.has(row.window_end_ms));
  });

  it('merges all but the largest series into (other), by states', () => {
    store(sample);
    for (const name of ['counts', 'by_segment', 'backlog', 'conversion', 'visitors', 'p90', 'basket']) {
      const definition = named(name);
      const groupBy = definition.dimensions.map((dimension) => dimension.name);
      const read = (selection: Partial<PaneSelection>): PaneQueryRow[] =>
        rowsOf(panesSelect(definition, { ...RANGE, groupBy, topics: ['sample'], ...selection }));
      const all = read({});
      const top = read({ top: 1 });
      const money = groupBy.indexOf('currency');
      const heads = new Set(top.map(({ series }) => series.filter((_, at) => at !== money).join()));
      expect(top.length).toBeLessThan(all.length);
      expect([...heads]).toContain(
        groupBy
          .filter((_, at) => at !== money)
          .map(() => '(other)')
          .join(),
      );
      const events = (rows: PaneQueryRow[]): number => rows.reduce((sum, row) => sum + row.events, 0);
      expect(events(top)).toBe(events(all));
      if (money >= 0) {
        expect(new Set(top.map(({ series }) => series[money]))).toEqual(
          new Set(all.map(({ series }) => series[money])),
        );
      }
    }
  });

  it('makes in JavaScript of one flat read what the store makes, for every selection that it takes', () => {
    fc.assert(
      fc.property(sampleEvents(90), (events) => {
        store(events);
        const [folded] = rowsOf<{ partition: number; chunk: number }>(
          `SELECT partition, chunk FROM freshet.metric_panes FINAL WHERE metric = 'revenue' AND partial = 1 LIMIT 1`,
        );
        insert('freshet.gaps_log', [
          { topic: 'elsewhere', from_time_ms: 0, to_time_ms: SAMPLE_START_MS * 2 },
        ]);
        const gaps = [
          { topic: 'sample', from_time_ms: SAMPLE_START_MS + 61_000, to_time_ms: SAMPLE_START_MS + 62_000 },
          ...(folded === undefined ? [] : [{ ...LOST, ...folded, through_offset: folded.chunk }]),
        ];
        const selections = groupings.flatMap(({ definition, groupBys }) => {
          const { calendar, everyMs: paneMs } = definition.window;
          const grains = calendar
            ? [{ calendar }]
            : [{ everyMs: paneMs }, { everyMs: 2 * paneMs }, { everyMs: 4 * MINUTE }, MIDNIGHT];
          const filters = definition.dimensions.flatMap(({ name, by }) =>
            by?.kind === 'quantile'
              ? [{ quantile: ['p50', 'p99.9'] }]
              : [{ [name]: ['s1', 'p1', 'EUR', 'true', "o'k"] }, { [name]: [] }],
          );
          const parts: readonly Partial<PaneSelection>[] = [
            ...grains,
            ...filters.map((filter) => ({ ...grains[0]!, filter })),
            ...grains.slice(0, 2).map((grain) => ({ ...grain, top: 1 })),
            { ...grains[0]!, filter: filters[0] ?? {}, top: 2 },
            // Windows of sets are bits of words of 64.
            { ...grains[0]!, fromMs: RANGE.fromMs - 130 * MINUTE },
          ];
          return groupBys.flatMap((groupBy) =>
            parts.map((part, index) => {
              const range = { fromMs: RANGE.fromMs + 2 * MINUTE, toMs: RANGE.toMs, nowMs: 0 };
              const sub = JSON.stringify([definition.name, groupBy, index]);
              return { definition, options: { ...range, ...part, groupBy, topics: ['sample'], sub } };
            }),
          );
        });
        const taken = selections.filter(
          ({ definition, options }) => resolvePanesWanted(definition, options) !== undefined,
        );
        expect(new Set(taken.map(({ definition: { name } }) => name))).toEqual(TAKEN);
        expectTheSame(taken);
        insert('freshet.gaps_log', gaps);
        expectTheSame(taken);
      }),
      { numRuns: 2, seed: 3, endOnFailure: true },
    );
  });

  it('tells one of several quantiles, and the same again from the facts', () => {
    const stored = store(sample);
    const several = named('level_quantiles');
    const told = (selection: Partial<PaneSelection>): unknown[] =>
      rowsOf<PaneQueryRow>(panesSelect(several, { ...RANGE, topics: ['sample'], ...selection }))
        .map((row) => [JSON.stringify([row.window_end_ms, row.series]), rounded(row.value)])
        .sort();
    for (const [label, wanted] of [
      [undefined, 'p90'],
      ['p50', 'p50'],
      ['p99.9', 'p99.9'],
    ] as const) {
      const filter = label === undefined ? {} : { quantile: [label] };
      const windows = expected(several, stored, [], { ...RANGE, filter: { quantile: [wanted] } });
      expect(told({ filter })).toEqual([...windows].map(([key, { value }]) => [key, rounded(value)]).sort());
      for (const row of rowsOf<PaneQueryRow>(
        panesSelect(several, { ...RANGE, filter, topics: ['sample'] }),
      )) {
        const number = { startMs: row.window_start_ms, endMs: row.window_end_ms, filter };
        const [again] = rowsOf<PaneQueryRow>(numberSql(several, SAMPLE_CONTRACT, number));
        expect([rounded(again!.value), again!.events]).toEqual([rounded(row.value), row.events]);
        const chunks = rowsOf<ChunkRow>(chunksSelect(several, number));
        expect(chunks.reduce((sum, { events }) => sum + Number(events), 0)).toBe(row.events);
      }
    }
    expect(told({ filter: { quantile: ['p7'] } })).toEqual([]);
    // Ranked by events, so each of the kept series has all of its quantiles.
    const top = rowsOf<PaneQueryRow>(
      panesSelect(several, { ...RANGE, groupBy: ['quantile', 'shop'], top: 1, topics: ['sample'] }),
    );
    const labels = ['p90', 'p50', 'p99.9'];
    expect(new Set(top.map(({ series }) => series[0]))).toEqual(new Set(labels));
    expect(new Set(top.map(({ series }) => series[1])).size).toBe(2);
  });

  it('gives the same of every metric before, between and after the steps of archiving', () => {
    store(sample);
    insert('freshet.gaps_log', [{ ...LOST, partition: 0, chunk: CHUNK, through_offset: CHUNK }]);
    const nothing: ArchiveBounds = { beforeMs: 0, sources: [] };
    const sources = [
      { incarnation: 1, partition: 0, chunk: CHUNK },
      { incarnation: 1, partition: 1, chunk: 0 },
    ];
    const bounds = [
      { beforeMs: SAMPLE_START_MS + 3 * MINUTE, sources: sources.slice(0, 1) },
      { beforeMs: SAMPLE_START_MS + 7 * MINUTE, sources },
    ];
    const wanted = (known: Pick<PanesSelectOptions, 'nowMs' | 'archivedBeforeMs'> = {}): string[] =>
      groupings.map(({ definition, groupBys: [groupBy] }) => {
        const options = { ...RANGE, ...known, groupBy: groupBy!, topics: ['sample'], sub: definition.name };
        return panesSelect(definition, options);
      });
    const old = { nowMs: RANGE.toMs + 48 * 60 * MINUTE };
    // In parts: a statement has a greatest length.
    const read = (selects = wanted()): unknown[] =>
      [0, 1, 2].flatMap((part) => {
        const own = selects.filter((_, index) => index % 3 === part);
        const all = own.map((select) => `SELECT * FROM (${select})`).join('\nUNION ALL\n');
        return rowsOf(`SELECT * FROM (${all}) ORDER BY sub, window_end_ms, series`);
      });
    const count = (table: string): number =>
      Number(rowsOf<{ n: number }>(`SELECT count() AS n FROM freshet.${table}`)[0]!.n);
    const before = read();
    expect(read(wanted({ nowMs: RANGE.fromMs }))).toEqual(before);
    expect(read(wanted({ ...old, archivedBeforeMs: -Infinity }))).toEqual(before);
    const taken = groupings.flatMap(({ definition, groupBys: [groupBy] }): Asked[] => {
      const options = { ...RANGE, groupBy: groupBy!, topics: ['sample'], sub: definition.name };
      const early = { ...options, toMs: SAMPLE_START_MS + 4 * MINUTE, sub: `${definition.name} early` };
      const all = [options, early].map((each) => ({ definition, options: each }));
      return TAKEN.has(definition.name) ? all : [];
    });
    expectTheSame(taken);
    const stored = count('metric_panes');
    bounds.forEach((each, index) => {
      const attempt = 7 * (index + 1);
      for (const { definition } of groupings) {
        const select = archiveSelect(definition, each, bounds[index - 1] ?? nothing);
        // The second is another archiver's, which no head names.
        for (const number of [attempt, 1_000 + attempt])
          session.query(
            `INSERT INTO freshet.metric_archived_panes (metric, revision, attempt, ${ARCHIVE_COLUMNS.join(', ')})
             SELECT '${definition.name}', '${definition.revision}', ${number}, * FROM (${select})`,
          );
        const [merged] = rowsOf(archiveSummary(select));
        expect(rowsOf(archiveSummary(attemptSelect(definition, String(attempt))))).toEqual([merged]);
      }
      expect(read()).toEqual(before);
      insert(
        'freshet.metric_archives_log',
        groupings.map(({ definition: { name, revision } }) => ({
          ...{ metric: name, revision, step: index + 1, attempt },
          attempts: [7, 14].slice(0, index + 1),
          before: time(each.beforeMs),
          sources: each.sources.map((source) => ({ topic: 'sample', ...source, first: 0, through: 159 })),
        })),
      );
      expect(read()).toEqual(before);
      for (const table of ['metric_panes', 'metric_distinct_panes'])
        session.query(`DELETE FROM freshet.${table} WHERE ${withinBounds(each)}`);
      expect(read()).toEqual(before);
      expectTheSame(taken);
    });
    expect(read(wanted({ ...old, archivedBeforeMs: bounds[1]!.beforeMs }))).toEqual(before);
    // Whoever takes it for all there is, though it is archived, misses it.
    expect(read(wanted({ ...old, archivedBeforeMs: -Infinity }))).not.toEqual(before);
    expect(count('metric_panes')).toBeLessThan(stored);
    // The archive is read, not something beside it.
    session.query('TRUNCATE TABLE freshet.metric_archived_panes');
    expect(read()).not.toEqual(before);
  });

  it('gives the same levels by openings, whatever comes late, and reads no pane before them', () => {
    store(sample);
    const openings = [1, 4].map((minute, index) => {
      return { beforeMs: SAMPLE_START_MS + minute * MINUTE, attempt: String(21 + index) };
    });
    const bounds: ArchiveBounds = {
      beforeMs: openings[1]!.beforeMs,
      sources: [
        { incarnation: 1, partition: 0, chunk: CHUNK },
        { incarnation: 1, partition: 1, chunk: 0 },
      ],
    };
    const levels = groupings.filter(({ definition }) => hasOpenings(definition));
    expect(levels.map(({ definition: { name } }) => name)).toEqual(['backlog', 'balance', 'level_by_day']);
    // From before the first opening, from between the two, and from the last on.
    const read = (): unknown[] =>
      [0, 2, 4].flatMap((minute) => {
        const all = levels.map(({ definition, groupBys: [groupBy] }) => {
          const range = { ...RANGE, fromMs: SAMPLE_START_MS + minute * MINUTE, groupBy: groupBy! };
          return `SELECT * FROM (${panesSelect(definition, { ...range, topics: ['sample'], sub: definition.name })})`;
        });
        return rowsOf(`SELECT * FROM (${all.join('\nUNION ALL\n')}) ORDER BY sub, window_end_ms, series`);
      });
    const insertArchived = (name: string, revision: string, attempt: string, select: string): unknown =>
      session.query(
        `INSERT INTO freshet.metric_archived_panes (metric, revision, attempt, ${ARCHIVE_COLUMNS.join(', ')})
         SELECT '${name}', '${revision}', ${attempt}, * FROM (${select})`,
      );
    const before = read();
    for (const { definition } of levels) {
      const { name, revision } = definition;
      insertArchived(name, revision, '7', archiveSelect(definition, bounds, { beforeMs: 0, sources: [] }));
      for (const { beforeMs, attempt } of openings)
        insertArchived(name, revision, attempt, openingSelect(definition, beforeMs, ['7']));
    }
    const head = (opened: typeof openings): void =>
      insert(
        'freshet.metric_archives_log',
        levels.map(({ definition: { name, revision } }) => ({
          ...{ metric: name, revision, step: 1 + opened.length, attempt: 7, attempts: [7] },
          before: time(bounds.beforeMs),
          sources: bounds.sources.map((source) => ({ topic: 'sample', ...source, first: 0, through: 159 })),
          openings: opened.map(({ beforeMs, attempt }) => [time(beforeMs), attempt]),
        })),
      );
    head([]);
    for (const table of ['metric_panes', 'metric_distinct_panes'])
      session.query(`DELETE FROM freshet.${table} WHERE ${withinBounds(bounds)}`);
    expect(read()).toEqual(before);
    // What comes late for panes long archived, in a chunk that is not.
    for (const minute of [-3, 0, 3])
      session.query(
        `INSERT INTO freshet.metric_panes SELECT * REPLACE (toDateTime64('${time(SAMPLE_START_MS + minute * MINUTE)}', 3, 'UTC') AS pane_start,
           400 AS chunk, 5 AS late_events) FROM freshet.metric_panes FINAL WHERE chunk > ${CHUNK} AND partition = 1
         LIMIT 1 BY metric, dimensions`,
      );
    const late = read();
    expect(late).not.toEqual(before);
    head(openings);
    expect(read()).toEqual(late);
    const [table, last] = ['freshet.metric_archived_panes', openings[1]!];
    // Panes before the last opening are not read where it is; the opening is.
    session.query(
      `DELETE FROM ${table} WHERE attempt = 7 AND pane_start < '${time(last.beforeMs - MINUTE)}'`,
    );
    const since = (rows: readonly unknown[]): unknown[] => rows.slice(-2 * levels.length);
    expect(since(read())).toEqual(since(late));
    session.query(`DELETE FROM ${table} WHERE attempt = ${last.attempt}`);
    expect(since(read())).not.toEqual(since(late));
  });

  it('sees one state of the archive in one statement, however often it names it', () => {
    const scalar = withArchive(named('total')).replace('(SELECT (', '(SELECT (generateUUIDv4(), ');
    const twice = `(${scalar} SELECT archived.1 AS id UNION ALL SELECT archived.1 AS id)`;
    expect(
      rowsOf(`SELECT uniqExact(id) AS ids FROM (SELECT * FROM ${twice} UNION ALL SELECT * FROM ${twice})`),
    ).toEqual([{ ids: 1 }]);
  });

  it('tells state and gaps', () => {
    store([
      ...sample,
      { ...sample[0]!, offset: 180, timeMs: SAMPLE_START_MS, frontierMs: SAMPLE_START_MS + 10 * MINUTE },
    ]);
    const read = (): PaneQueryRow[] => rowsOf(panesSelect(named('total'), { ...RANGE, topics: ['sample'] }));
    expect(new Set(read().map(({ state }) => state))).toEqual(new Set(['live']));
    // Closes all that ends by minute 5: allowed lateness is two minutes, the delay five seconds.
    const frontier_ms = SAMPLE_START_MS + 7 * MINUTE + 5000;
    insert('freshet.source_progress', [
      { topic: 'sample', frontier_ms, as_of_ms: SAMPLE_START_MS },
      { topic: 'sample', frontier_ms: frontier_ms + MINUTE, as_of_ms: SAMPLE_START_MS },
      { topic: 'elsewhere', frontier_ms: 0, as_of_ms: 0 },
    ]);
    insert('freshet.gaps_log', [
      { topic: 'sample', from_time_ms: SAMPLE_START_MS + 61_000, to_time_ms: SAMPLE_START_MS + 62_000 },
    ]);
    for (const row of read()) {
      const isClosed = row.window_end_ms <= SAMPLE_START_MS + 5 * MINUTE;
      expect(row.state).toBe(isClosed ? (row.late_events > 0 ? 'revised' : 'final') : 'live');
      expect(row.incomplete).toBe(row.window_start_ms === SAMPLE_START_MS + MINUTE ? 1 : 0);
    }
    expect(read()[0]).toBeDefined();
    expect(read().some(({ state }) => state === 'revised')).toBe(true);
  });

  it('calls folded windows of a chunk that lost records incomplete, whatever their time, and no others', () => {
    store(sample);
    const read = (name: string): PaneQueryRow[] =>
      rowsOf(
        `SELECT * FROM (${panesSelect(named(name), { ...RANGE, topics: ['sample'] })}) ORDER BY window_end_ms, series`,
      );
    const before = read('revenue');
    const [folded, other] = rowsOf<{ partition: number; chunk: number; ends: readonly number[] }>(
      `SELECT partition, chunk, groupUniqArray(toUnixTimestamp64Milli(pane_start) + ${MINUTE}) AS ends
       FROM freshet.metric_panes FINAL WHERE metric = 'revenue' AND partial = 1
       GROUP BY partition, chunk ORDER BY length(ends)`,
    );
    expect(other).toBeDefined();
    // Log times long before the windows, so that nothing but the chunk tells.
    const { partition, chunk, ends } = folded!;
    insert('freshet.gaps_log', [{ ...LOST, partition, chunk: chunk - 1, through_offset: chunk - 1 }]);
    expect(read('revenue')).toEqual(before);
    insert('freshet.gaps_log', [{ ...LOST, partition, chunk: chunk - 1, through_offset: chunk + 7 }]);
    const lacks = ({ window_end_ms }: PaneQueryRow): boolean => ends.includes(window_end_ms);
    expect(before.some((row) => row.partial === 1 && !lacks(row))).toBe(true);
    expect(read('revenue')).toEqual(before.map((row) => (lacks(row) ? { ...row, incomplete: 1 } : row)));
    expect(read('total').every(({ incomplete }) => incomplete === 0)).toBe(true);
    const view = metricViewSelect(named('revenue'), ['sample']);
    const inView = rowsOf<{ at: number }>(
      `SELECT DISTINCT toUnixTimestamp64Milli(window_end) AS at FROM (${view}) WHERE incomplete = 1 AND partial = 1`,
    );
    expect(inView.map(({ at }) => at).sort()).toEqual([...ends].sort());
  });

  it('tells which offsets the rows of several selections cover', () => {
    store(sample);
    const [, ratio] = SAMPLE_RATIOS;
    const before = { ...RANGE, fromMs: RANGE.fromMs - 20 * MINUTE, toMs: RANGE.fromMs - 10 * MINUTE };
    const early = { ...before, topics: ['sample'], sub: 'early' };
    const covered = (...wanted: Parameters<typeof coverageSelect>[0]): unknown[] =>
      rowsOf<{ sub: string }>(`SELECT * FROM (${coverageSelect(wanted)}) ORDER BY ALL`);
    const total = { ...RANGE, topics: ['sample'], sub: 'total' };
    const alone = covered([named('total'), total]);
    const offsets = sample.map(({ offset }) => offset);
    expect(alone.length).toBe(2);
    expect(Math.max(...(alone as { through: number }[]).map(({ through }) => through))).toBe(
      Math.max(...offsets),
    );
    expect(covered([named('total'), early])).toEqual([]);
    const ofRatio = covered([ratio!, { ...RANGE, topics: ['sample'], sub: 'ratio' }]);
    expect(
      covered(
        [named('total'), early],
        [ratio!, { ...RANGE, topics: ['sample'], sub: 'ratio' }],
        [named('total'), total],
      ),
    ).toEqual([...ofRatio, ...alone]);
  });

  it('divides two metrics over what they share, at every door', () => {
    const stored = store(sample);
    insert('freshet.source_progress', [
      { topic: 'sample', frontier_ms: SAMPLE_START_MS + 20 * MINUTE, as_of_ms: SAMPLE_START_MS },
    ]);
    const contracts = { numerator: SAMPLE_CONTRACT, denominator: SAMPLE_CONTRACT };
    for (const ratio of SAMPLE_RATIOS) {
      const groupBy = ratio.dimensions.map(({ name }) => name);
      for (const grain of [{ everyMs: MINUTE }, { everyMs: 4 * MINUTE }, MIDNIGHT]) {
        const selection = { ...RANGE, ...grain, groupBy };
        const upper = expected(ratio.numerator, stored, groupBy, selection);
        const lower = expected(ratio.denominator, stored, groupBy, selection);
        const wanted = [...new Set([...upper.keys(), ...lower.keys()])].map((key) => {
          const [over, under] = [upper.get(key)?.value ?? 0, lower.get(key)?.value ?? 0];
          const events = (upper.get(key)?.events ?? 0) + (lower.get(key)?.events ?? 0);
          return [key, rounded(under === 0 ? null : over / under), events];
        });
        const found = (sql: string): unknown[] =>
          rowsOf<PaneQueryRow>(sql).map((row) => [
            JSON.stringify([row.window_end_ms, row.series]),
            rounded(row.value),
            row.events,
          ]);
        const topics = ['sample', 'elsewhere'];
        expect(found(panesSelect(ratio, { ...selection, topics })).sort(), ratio.name).toEqual(wanted.sort());
        expect(found(ratioFactsQuery(ratio, contracts, { ...selection, fold: true })).sort()).toEqual(wanted);
        for (const row of rowsOf<PaneQueryRow>(panesSelect(ratio, { ...selection, groupBy: [], topics }))) {
          // Amounts of two currencies are two numbers.
          const filter = row.series.length > 0 ? { currency: row.series } : {};
          const number = { startMs: row.window_start_ms, endMs: row.window_end_ms, filter };
          const [again] = rowsOf<PaneQueryRow>(ratioNumberSql(ratio, contracts, number));
          expect([rounded(again?.value ?? null), again?.events]).toEqual([rounded(row.value), row.events]);
        }
        const top = rowsOf<PaneQueryRow>(panesSelect(ratio, { ...selection, topics, top: 1 }));
        expect(top.length <= wanted.length).toBe(true);
        expect(top.reduce((sum, row) => sum + row.events, 0)).toBe(
          wanted.reduce((sum, [, , events]) => sum + (events as number), 0),
        );
      }
    }
    const [pace] = SAMPLE_RATIOS as [MetricRatio];
    const states = (topics: string[]): Set<string> =>
      new Set(rowsOf<PaneQueryRow>(panesSelect(pace, { ...RANGE, topics })).map(({ state }) => state));
    expect(states(['sample']).has('live')).toBe(false);
    expect(states(['sample', 'elsewhere'])).toEqual(new Set(['live']));
  });

  it('makes views that agree with the pane query and run the dashboard SQL', () => {
    store(sample);
    const bySteps = SAMPLE_METRICS.filter(({ window }) => window.session === undefined);
    for (const definition of [...bySteps, ...SAMPLE_RATIOS]) {
      session.query(
        `CREATE OR REPLACE VIEW metrics.${definition.name} AS ${metricViewSelect(definition, ['sample'])}`,
      );
      const types = metricViewTypes(definition);
      const described = rowsOf<{ name: string; type: string }>(`DESCRIBE TABLE metrics.${definition.name}`);
      if (types !== undefined)
        expect(Object.entries(types), definition.name).toEqual(
          described.map(({ name, type }) => [name, type]),
        );
      const groupBy = definition.dimensions.map(({ name }) => name);
      const panes = rowsOf<PaneQueryRow>(panesSelect(definition, { ...RANGE, groupBy, topics: ['sample'] }));
      const names = groupBy.map((name) => `\`${name}\``).join(', ');
      // A range is widened to whole days.
      const last = definition.window.calendar === undefined ? 'window_end' : 'window_start';
      const view = rowsOf<PaneQueryRow>(
        `SELECT toUnixTimestamp64Milli(window_end) AS window_end_ms, [${names}]::Array(String) AS series, value, late_events, partial, state
         FROM metrics.${definition.name}
         WHERE window_end > fromUnixTimestamp64Milli(toInt64(${RANGE.fromMs}), 'UTC') AND ${last} <= fromUnixTimestamp64Milli(toInt64(${RANGE.toMs}), 'UTC')`,
      );
      const flat = (rows: PaneQueryRow[]): unknown[] =>
        rows
          .map((row) =>
            [
              row.window_end_ms,
              row.series,
              rounded(row.value),
              row.late_events,
              row.partial,
              row.state,
            ].join(),
          )
          .sort();
      expect(flat(view), definition.name).toEqual(flat(panes));
      expect(() => rowsOf(newestValuesSql(definition))).not.toThrow();
    }
  });

  it('makes a row for every session in the view, and gives a number of sessions again from the facts', () => {
    const late = { ...sample[0]!, offset: 180, timeMs: SAMPLE_START_MS + 5 * MINUTE };
    const stored = store([...sample, { ...late, frontierMs: SAMPLE_START_MS + 10 * MINUTE }]);
    insert('freshet.source_progress', [
      { topic: 'sample', frontier_ms: SAMPLE_START_MS + 9 * MINUTE, as_of_ms: SAMPLE_START_MS },
    ]);
    let explained = 0;
    for (const definition of SAMPLE_METRICS.filter(({ window }) => window.session !== undefined)) {
      session.query(
        `CREATE OR REPLACE VIEW metrics.${definition.name} AS ${metricViewSelect(definition, ['sample'])}`,
      );
      const names = [...definition.dimensions.map(({ name }) => name), 'session'];
      const own = stored.filter(({ metric }) => metric === definition.name);
      const wanted = expectedSessions(definition, onePerPane(definition, own));
      const view = rowsOf<PaneQueryRow>(
        `SELECT toUnixTimestamp64Milli(window_start) AS window_start_ms, toUnixTimestamp64Milli(window_end) AS window_end_ms,
           [${names.join(', ')}]::Array(String) AS series, value, late_events, state FROM metrics.${definition.name}`,
      );
      const text = (...told: unknown[]): string => JSON.stringify(told);
      expect(
        view
          .map((row) =>
            text(
              row.series,
              row.window_start_ms,
              row.window_end_ms,
              rounded(row.value),
              row.late_events,
              row.state,
            ),
          )
          .sort(),
        definition.name,
      ).toEqual(
        wanted
          .map((each) => {
            const watermarkMs = SAMPLE_START_MS + 9 * MINUTE - 5000;
            const { endMs, lateEvents } = each;
            const state = trustState({ endMs, allowedMs: 2 * MINUTE, watermarkMs, lateEvents });
            const value = rounded(valueOf(definition, each.merged));
            return text(each.dimensions, each.startMs, endMs, value, lateEvents, state);
          })
          .sort(),
      );
      expect(() => rowsOf(newestValuesSql(definition))).not.toThrow();
      expect(() =>
        rowsOf(chunksSelect(definition, { startMs: RANGE.fromMs, endMs: RANGE.toMs, filter: {} })),
      ).not.toThrow();

      const selection = { ...RANGE, everyMs: 4 * MINUTE, filter: { type: ['a'] } };
      const filter = definition.name === 'visit_length' ? selection.filter : {};
      for (const row of rowsOf<PaneQueryRow>(
        panesSelect(definition, { ...selection, filter, topics: ['sample'] }),
      )) {
        const money = row.series.length > 0 ? { currency: row.series } : {};
        const number = {
          startMs: row.window_start_ms,
          endMs: row.window_end_ms,
          filter: { ...filter, ...money },
        };
        const [again] = rowsOf<PaneQueryRow>(numberSql(definition, SAMPLE_CONTRACT, number));
        expect([rounded(again!.value), again!.events]).toEqual([rounded(row.value), row.events]);
        const [events] = rowsOf<{ n: number }>(
          `SELECT count() AS n FROM freshet.sample WHERE ${numberWhere(definition, SAMPLE_CONTRACT, number)}`,
        );
        expect(events!.n).toBe(row.events);
        explained += row.events;
      }

      // What the audit compares: fragments as they are stored.
      const pane = paneMetric(definition);
      const all = { ...RANGE, groupBy: names, perPane: true };
      const fragments = rowsOf<PaneQueryRow>(panesSelect(pane, { ...all, topics: ['sample'] }));
      const twin = rowsOf<FactsQueryRow>(factsQuery(pane, SAMPLE_CONTRACT, all));
      const told = (rows: readonly FactsQueryRow[]): string[] =>
        rows
          .map((row) =>
            text(row.window_start_ms, row.series, row.value, row.numerator, row.denominator, row.events),
          )
          .sort();
      expect(told(fragments)).toEqual(told(twin));
      expect(fragments.length).toBeGreaterThan(10);
    }
    expect(explained).toBeGreaterThan(0);
  });

  it('knows the hours and days of a time zone as JavaScript does', () => {
    const zones = [
      'Europe/Berlin',
      'Europe/London',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Asia/Kolkata',
    ];
    const more = ['Africa/Cairo', 'America/Havana', 'Asia/Kathmandu', 'Pacific/Chatham', 'America/St_Johns'];
    for (const timeZone of [...zones, ...more]) {
      for (const unit of ['day', 'hour'] as const) {
        if (unit === 'hour' && !hasEvenHours(timeZone)) continue;
        const calendar = { unit, timeZone };
        const [fromMs, quarters] =
          unit === 'day' ? [Date.UTC(2017, 0, 1), 1200 * 96] : [Date.UTC(2026, 9, 20), 10 * 96];
        const steps = { everyMs: unit === 'day' ? 24 * 60 * MINUTE : 60 * MINUTE, calendar };
        const time = `(${fromMs} + toInt64(number) * 900000)`;
        const rows = rowsOf<{ s: number; e: number; n: number }>(
          `SELECT toUnixTimestamp64Milli(window_end) AS e, ${windowStartSql(steps, steps.everyMs)} AS s, n FROM (
             SELECT fromUnixTimestamp64Milli(toInt64(${stepEndSql(steps, time)}), 'UTC') AS window_end, count() AS n
             FROM numbers(${quarters}) GROUP BY window_end) ORDER BY e`,
        ).slice(1, -1);
        const found = rows.map(({ s, e }) => [s, e]);
        const expectedSteps = calendarSteps(calendar, found[0]![0]!, found.at(-1)![1]!);
        expect(found, timeZone).toEqual(expectedSteps.map(({ startMs, endMs }) => [startMs, endMs]));
        for (const { s, e, n } of rows) expect(n).toBe((e - s) / 900_000);
      }
    }
  });

  it('hashes and buckets as JavaScript does', () => {
    const texts = fc.sample(fc.string({ unit: 'grapheme', maxLength: 60 }), { numRuns: 300, seed: 1 });
    const hasher = new TextHasher();
    const list = texts.map((text) => `unhex('${Buffer.from(text).toString('hex')}')`).join(', ');
    const hashes = rowsOf<{ h: string }>(
      `SELECT toString(${distinctHashSql('t')}) AS h FROM (SELECT arrayJoin([${list}]) AS t)`,
    );
    expect(hashes.map(({ h }) => h)).toEqual(
      texts.map((text) => {
        const { high, low } = hasher.hash(text);
        return String(toBigint(high, low));
      }),
    );
    const edges = BUCKET_BOUNDS.filter((bound) => bound <= 1e14).flatMap((bound) => [
      bound - 1,
      bound,
      bound + 1,
    ]);
    const values = [...edges, 0, ...edges.map((edge) => -edge)];
    const buckets = rowsOf<{ b: number }>(
      `SELECT ${bucketSql('v')} AS b FROM (SELECT arrayJoin([${values.join(', ')}]::Array(Int64)) AS v)`,
    );
    expect(buckets.map(({ b }) => b)).toEqual(values.map((value) => bucketOf(value) + 0));
  });
});
