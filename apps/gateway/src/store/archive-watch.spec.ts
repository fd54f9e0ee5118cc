import type { MetricDefinition } from '@freshet/metrics';
import { expect, it } from 'vitest';
import { ArchiveWatch } from './archive-watch.js';

const metric = (name: string, revision = 'r1'): MetricDefinition =>
  // Nothing else of it is looked at.
  ({ name, revision }) as unknown as MetricDefinition;

/** A store of which every answer counts up, on a clock that the test moves. */
function parts() {
  const time = { nowMs: 0, suspendedMs: 0 };
  const store = {
    looks: 0,
    rows: <Row>(): Promise<Row[]> => {
      store.looks += 1;
      return Promise.resolve([
        { metric: 'orders', revision: 'r1', before_ms: String(store.looks * 1_000) } as Row,
      ]);
    },
  };
  const clocks = () => ({ steadyMs: time.nowMs, wallMs: time.nowMs + time.suspendedMs });
  const watch = new ArchiveWatch(store, clocks);
  const ask = (of = metric('orders')): Promise<number | undefined> =>
    watch.during((before) => Promise.resolve(before(of)));
  return { time, store, watch, ask };
}

it('knows from when on panes of a revision are not archived, as of at most 20 seconds ago', async () => {
  const { time, store, ask } = parts();
  expect(await ask()).toBe(1_000);
  expect(await ask(metric('orders', 'r2'))).toBe(-Infinity);
  time.nowMs = 19_999;
  expect(await ask()).toBe(1_000);
  time.nowMs = 20_000;
  expect(await ask()).toBe(2_000);
  expect(store.looks).toBe(2);
  const ratio = { ...metric('share'), numerator: metric('orders'), denominator: metric('orders') };
  expect(await ask(ratio as never)).toBeUndefined();
});

it('looks again when the machine was suspended, or its clock set', async () => {
  const { time, store, ask } = parts();
  await ask();
  time.suspendedMs = 3_600_000;
  expect(await ask()).toBe(2_000);
  time.suspendedMs = 0;
  expect(await ask()).toBe(3_000);
  expect(store.looks).toBe(3);
});

it('looks once for all that ask at the same moment', async () => {
  const { store, ask } = parts();
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1_000, 1_000, 1_000]);
  expect(store.looks).toBe(1);
});

it('reads again what came so late that archived rows may be deleted', async () => {
  const { time, watch } = parts();
  const tookMs = [50_000, 45_000, 44_999];
  const told: (number | undefined)[] = [];
  const answer = await watch.during((before) => {
    told.push(before(metric('orders')));
    time.nowMs += tookMs[told.length - 1]!;
    return Promise.resolve(told.length);
  });
  expect(answer).toBe(3);
  expect(told).toEqual([1_000, 2_000, 3_000]);
});
