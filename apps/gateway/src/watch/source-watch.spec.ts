import type { PartitionProgress } from '@freshet/freshness';
import { expect, it } from 'vitest';
import type { Ledger } from '../store/ledger-reader.js';
import { SourceWatch } from './source-watch.js';

const START = 1_700_000_000_000;
const metric = {
  ...{ metric: 'orders', topic: 'orders', targetMs: 2_000, owner: 'commerce-team' },
  sourceOwner: 'shop-team',
};

/** A watch on a ledger that answers when it is let, with everything covered up to the start. */
function bench() {
  let nowMs = START;
  const waiting: (() => void)[] = [];
  const rows: PartitionProgress[] = [
    {
      ...{ topic: 'orders', incarnation: 1, partition: 0, panesThrough: 9, frontierMs: START },
      ...{ lastLogTimeMs: START, asOfMs: START, storedAtMs: START },
    },
  ];
  const ledger = {
    life: () => Promise.resolve('one'),
    read: () =>
      new Promise<Ledger>((resolve) => {
        waiting.push(() =>
          resolve({ partitions: rows, corrections: new Map(), lookedAtMs: nowMs, flushedAtMs: [] }),
        );
      }),
  };
  const watch = new SourceWatch({ nowMs: () => nowMs }, ledger, [metric], () => undefined);
  /** Asks, and lets the store answer after `meanwhile`. */
  const answer = async (meanwhile = (): void => undefined): Promise<void> => {
    const read = watch.read();
    await Promise.resolve();
    await Promise.resolve();
    meanwhile();
    waiting.shift()?.();
    await read;
  };
  return { watch, answer, pass: (ms: number) => (nowMs += ms), now: () => nowMs };
}

it('blames the store for a question that it does not answer, and itself for standing still meanwhile', async () => {
  const { watch, answer, pass } = bench();
  await answer();
  expect(watch.current()[0]?.status).toBe('fresh');
  void watch.read();
  for (let i = 0; i < 10; i++) {
    pass(250);
    watch.current();
  }
  expect(watch.current()[0]).toMatchObject({ status: 'stale', stage: 'store' });

  const other = bench();
  await other.answer();
  other.watch.current();
  void other.watch.read();
  other.pass(2_600);
  expect(other.watch.current()[0]).toMatchObject({ status: 'stale', stage: 'serve' });
});

it('remembers a slow store for a while, and does not take its own standing still for one', async () => {
  const { watch, answer, pass } = bench();
  await answer();
  await answer(() => {
    for (let i = 0; i < 16; i++) {
      watch.current();
      pass(250);
    }
  });
  expect(watch.current()[0]).toMatchObject({ status: 'stale', stage: 'store' });
  for (let i = 0; i < 10; i++) {
    pass(900);
    await answer();
  }
  expect(watch.current()[0]).toMatchObject({ status: 'stale', stage: 'ingest' });

  const other = bench();
  await other.answer();
  other.watch.current();
  await other.answer(() => other.pass(4_000));
  await other.answer();
  expect(other.watch.current()[0]).toMatchObject({ status: 'stale', stage: 'ingest' });
});

it('knows of a broker that hangs before the question times out', async () => {
  const { watch, answer, pass, now } = bench();
  watch.brokerSaid('orders', START, [{ partition: 0, lastStable: 10, highWatermark: 10 }]);
  await answer();
  watch.current();
  watch.brokerAsked('orders', now());
  for (let i = 0; i < 9; i++) {
    pass(250);
    await answer();
    watch.current();
  }
  expect(watch.current()[0]).toMatchObject({ status: 'stale', stage: 'broker' });
  watch.brokerSaid('orders', now(), [{ partition: 0, lastStable: 10, highWatermark: 10 }]);
  expect(watch.current()[0]).toMatchObject({ status: 'stale', stage: 'ingest' });
});
