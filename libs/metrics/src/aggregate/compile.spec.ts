import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChunkAggregator, PaneRow } from '../aggregator.js';
import { mergePaneRows } from '../merge.js';
import type { MetricDefinition } from '../metric.js';
import { expectedSessions } from '../testing/expected-sessions.js';
import { expectedWindows } from '../testing/expected-windows.js';
import {
  SAMPLE_CONTRACT,
  SAMPLE_METRICS,
  sampleMetric,
  segmentsOf,
  type SampleEvent,
} from '../testing/sample.js';
import { SAMPLE_START_MS, sampleEvents } from '../testing/sample-events.js';
import { compileAggregator, explainAggregator } from './compile.js';
import { interpretAggregator } from './interpreted.js';

const compiled = compileAggregator(SAMPLE_METRICS, SAMPLE_CONTRACT);
const interpreted = interpretAggregator(SAMPLE_METRICS, SAMPLE_CONTRACT);
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

/** Rows in one order, with hashes sorted: what is stored does not depend on either. */
function settled(rows: readonly PaneRow[]): PaneRow[] {
  return rows
    .map((row) => ({
      ...row,
      buckets: row.buckets && new Map([...row.buckets].sort(([a], [b]) => a - b)),
      newHashes: row.newHashes && [...row.newHashes].sort((a, b) => (a < b ? -1 : 1)),
    }))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
const keyOf = (row: PaneRow): string =>
  JSON.stringify([row.metric, row.paneStartMs, row.partial, row.dimensions]);

function run(
  aggregator: ChunkAggregator,
  events: readonly SampleEvent[],
  blocks: readonly number[],
): PaneRow[] {
  for (const segment of segmentsOf(events, blocks)) aggregator.accumulate(segment);
  return settled(aggregator.takeChanged());
}

/** Rows that were taken several times, as the store has them: the newest of each key, all of its hashes. */
function stored(takes: readonly PaneRow[][]): PaneRow[] {
  const byKey = new Map<string, PaneRow>();
  for (const row of takes.flat()) {
    const before = byKey.get(keyOf(row));
    const newHashes = row.newHashes && [...(before?.newHashes ?? []), ...row.newHashes];
    byKey.set(keyOf(row), { ...row, newHashes });
  }
  return settled([...byKey.values()]);
}

describe('the generated aggregator', () => {
  it('agrees with the plain one for any events and any split into blocks', () => {
    fc.assert(
      fc.property(sampleEvents(), sizes, sizes, (events, blocks, otherBlocks) => {
        expect(run(compiled(), events, blocks)).toEqual(run(interpreted(), events, otherBlocks));
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same rows however often they are taken on the way', () => {
    fc.assert(
      fc.property(sampleEvents(), sizes, (events, blocks) => {
        const aggregator = compiled();
        const takes = segmentsOf(events, blocks).map((segment) => {
          aggregator.accumulate(segment);
          const expected = aggregator.changedCount;
          const rows = aggregator.takeChanged();
          expect(rows.length).toBe(expected);
          expect(aggregator.changedCount).toBe(0);
          return rows;
        });
        expect(stored(takes)).toEqual(run(compiled(), events, [1000]));
      }),
    );
  });

  it('does not mind the order of events where nothing is folded', () => {
    const unfolded = SAMPLE_METRICS.map((metric) => ({ ...metric, maxSeries: 1000 }));
    const open = compileAggregator(unfolded, SAMPLE_CONTRACT);
    const shuffled = sampleEvents().chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffled, ([events, other]) => {
        expect(run(open(), other, [7])).toEqual(run(open(), events, [1000]));
      }),
    );
  });

  it('adds amounts exactly beyond 2^53', () => {
    const events = Array.from({ length: 50_000 }, (_, index) => event(index, { amount: 1e14 - (index % 2) }));
    const metric = sampleMetric(
      'name: revenue\nmeasure: { sum: { field: amount } }\ndimensions: [currency]\nwindow: { tumbling: 1m }',
    );
    const rows = run(compileAggregator([metric], SAMPLE_CONTRACT)(), events, [50_000]);
    expect(rows[0]!.sums).toEqual([50_000n * 100_000_000_000_000n - 25_000n]);
  });

  it('folds series beyond the limit in first-seen order, and keeps currencies apart', () => {
    const metric = sampleMetric(
      'name: revenue\nmeasure: { sum: { field: amount } }\ndimensions: [shop, currency]\nlimits: { maxSeries: 2 }\nwindow: { tumbling: 1m }',
    );
    const events = ['s1', 's2', 's3', 's4', 's1'].map((shop, index) =>
      event(index, { shop, currency: index === 3 ? 'EUR' : 'GBP', amount: 10 ** index }),
    );
    const rows = run(compileAggregator([metric], SAMPLE_CONTRACT)(), events, [2]);
    expect(rows.map(({ dimensions, sums, partial }) => [...dimensions, Number(sums[0]), partial])).toEqual([
      ['s1', 'GBP', 10_001, false],
      ['s2', 'GBP', 10, false],
      ['(other)', 'EUR', 1000, true],
      ['(other)', 'GBP', 100, true],
    ]);
  });

  it('counts as late what comes when its pane has closed, and counts it all the same', () => {
    const metric = sampleMetric('name: counts\nmeasure: { count: {} }\nwindow: { tumbling: 1m }');
    const closesAtMs = SAMPLE_START_MS + 60_000 + 120_000 + 5_000;
    const events = [closesAtMs - 1, closesAtMs].map((frontierMs, index) => ({
      ...event(index, {}),
      frontierMs,
    }));
    const rows = run(compileAggregator([metric], SAMPLE_CONTRACT)(), events, [1]);
    expect(rows).toMatchObject([{ events: 2, lateEvents: 1, sums: [2n] }]);
  });

  it('reads as a program', () => {
    expect(explainAggregator(SAMPLE_METRICS.slice(2, 3), SAMPLE_CONTRACT)).toMatchSnapshot();
  });
});

describe('merging pane rows', () => {
  it('is associative and commutative, and equals counting everything at once', () => {
    const unfolded = SAMPLE_METRICS.map((metric) => ({ ...metric, maxSeries: 1000 }));
    const open = compileAggregator(unfolded, SAMPLE_CONTRACT);
    const byName = new Map(unfolded.map((metric) => [metric.name, metric]));
    const merge = (...parts: PaneRow[][]): PaneRow[] => {
      const merged = new Map<string, PaneRow>();
      for (const row of parts.flat()) {
        const before = merged.get(keyOf(row));
        merged.set(keyOf(row), before ? mergePaneRows(byName.get(row.metric)!, before, row) : row);
      }
      return settled([...merged.values()]);
    };
    fc.assert(
      fc.property(sampleEvents(), fc.nat(80), fc.nat(80), (events, i, j) => {
        const [from, to] = i < j ? [i, j] : [j, i];
        const [a, b, c] = [events.slice(0, from), events.slice(from, to), events.slice(to)].map((part) =>
          run(open(), part, [1000]),
        ) as [PaneRow[], PaneRow[], PaneRow[]];
        const whole = run(open(), events, [1000]);
        expect(merge(merge(a, b), c)).toEqual(whole);
        expect(merge(a, merge(b, c))).toEqual(whole);
        expect(merge(c, b, a)).toEqual(whole);
      }),
    );
  });
});

describe('windows of unfolded series', () => {
  const unfolded = SAMPLE_METRICS.map((metric) => ({ ...metric, maxSeries: 1000 }));
  const counted = (definitions: readonly MetricDefinition[], parts: readonly SampleEvent[][]): PaneRow[] => {
    const open = compileAggregator(definitions, SAMPLE_CONTRACT);
    return parts.flatMap((events) => run(open(), events, [5]));
  };
  const windowsOf = (definition: MetricDefinition, rows: readonly PaneRow[], everyMs: number): unknown[] => {
    const groupBy = definition.dimensions.map(({ name }) => name);
    const range = { fromMs: SAMPLE_START_MS, toMs: SAMPLE_START_MS + 12 * 60_000, everyMs };
    return [...expectedWindows(definition, rows, groupBy, range)]
      .map(([key, { value, events }]) => [key, value === null ? null : Number(value.toPrecision(10)), events])
      .sort();
  };

  it('are the same for any order and any split into partitions and chunks', () => {
    // A place of its own for every event: at the same moment the place in the log decides which value is the last.
    const split = sampleEvents(60).chain((events) => {
      const apart = events.map((each, index) => ({ ...each, timeMs: each.timeMs + index * 601 }));
      const places = fc.array(fc.nat(5), { minLength: apart.length, maxLength: apart.length });
      return fc.tuple(fc.constant(apart), fc.shuffledSubarray(apart, { minLength: apart.length }), places);
    });
    fc.assert(
      fc.property(split, ([events, shuffled, places]) => {
        const parts = [0, 1, 2, 3, 4, 5].map((part) => shuffled.filter((_, index) => places[index] === part));
        const rows = counted(unfolded, parts);
        const whole = counted(unfolded, [events]);
        for (const metric of unfolded) {
          const { everyMs } = metric.window;
          expect(windowsOf(metric, rows, everyMs), metric.name).toEqual(windowsOf(metric, whole, everyMs));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are at a longer grain what a metric with that window counts', () => {
    const grainMs = 4 * 60_000;
    const longer = unfolded.map((metric) => ({
      ...metric,
      window:
        metric.window.session === undefined
          ? { kind: 'tumbling' as const, sizeMs: grainMs, everyMs: grainMs }
          : { ...metric.window, sizeMs: grainMs, everyMs: grainMs },
    }));
    fc.assert(
      fc.property(sampleEvents(60), (events) => {
        const [rows, again] = [counted(unfolded, [events]), counted(longer, [events])];
        unfolded.forEach((metric, index) => {
          // A reading takes its place in its pane, so how long that is does matter to a level opened by readings.
          if (metric.name === 'on_hand' || metric.window.calendar !== undefined) return;
          expect(windowsOf(metric, rows, grainMs), metric.name).toEqual(
            windowsOf(longer[index]!, again, grainMs),
          );
        });
      }),
      { numRuns: 20 },
    );
  });
});

describe('sessions', () => {
  const visits = sampleMetric(
    'name: visits\nmeasure: { count: {} }\nwindow: { session: { gap: 40s, by: shop } }',
  );
  const cut = sampleMetric(
    'name: cut\nmeasure: { count: {} }\nwindow: { session: { gap: 10s, by: shop, longest: 20s } }',
  );
  const open = compileAggregator([visits, cut], SAMPLE_CONTRACT);
  const rowsOf = (parts: readonly (readonly SampleEvent[])[], { name }: MetricDefinition): PaneRow[] =>
    parts.flatMap((events) => run(open(), events, [5])).filter(({ metric }) => metric === name);
  const told = (definition: MetricDefinition, rows: readonly PaneRow[]): string[] =>
    expectedSessions(definition, rows)
      .map(({ dimensions, startMs, endMs, merged }) => [...dimensions, startMs, endMs, merged.sums[0]].join())
      .sort();

  it('are all events of a key that hang together by steps below the gap', () => {
    fc.assert(
      fc.property(sampleEvents(60), (events) => {
        // Each event with all that it reaches, found by asking every pair again and again.
        const group = events.map((_, index) => index);
        for (let changed = true; changed;) {
          changed = false;
          for (const [a, one] of events.entries()) {
            for (const [b, other] of events.entries()) {
              const near = Math.abs(one.timeMs - other.timeMs) < 40_000;
              if (!near || one.fields['shop'] !== other.fields['shop'] || group[a]! <= group[b]!) continue;
              group[a] = group[b]!;
              changed = true;
            }
          }
        }
        const wanted = [...new Set(group)].map((number) => {
          const own = events.filter((_, index) => group[index] === number);
          const times = own.map(({ timeMs }) => timeMs);
          return [own[0]!.fields['shop'], Math.min(...times), Math.max(...times) + 40_000, own.length].join();
        });
        expect(told(visits, rowsOf([events], visits))).toEqual(wanted.sort());
      }),
    );
  });

  it('are the same from panes as from each event by itself, those that are cut too', () => {
    fc.assert(
      fc.property(sampleEvents(80), (events) => {
        for (const metric of [visits, cut]) {
          const alone = rowsOf(
            events.map((each) => [each]),
            metric,
          );
          expect(told(metric, rowsOf([events], metric))).toEqual(told(metric, alone));
        }
      }),
    );
  });
});

function event(offset: number, fields: SampleEvent['fields']): SampleEvent {
  return {
    offset,
    timeMs: SAMPLE_START_MS,
    frontierMs: -1,
    fields: {
      type: 'a',
      shop: 's1',
      currency: 'GBP',
      amount: 1,
      id: `e${offset}`,
      source: '/test',
      ...fields,
    },
  };
}
