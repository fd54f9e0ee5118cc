import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { BOUNDS_LOADS, type BoundsLoad } from './bounds-loads.js';
import { runBounds } from './bounds.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One after the other into one ingest; `npm run prove -- --bounds` runs each alone and whole. */
const LOADS = ['hot key', 'million', 'store'].map((word) =>
  BOUNDS_LOADS.find(({ name }) => name.includes(word))!,
);
const ALL: BoundsLoad = {
  name: LOADS.map(({ name }) => name).join('; '),
  says: LOADS.flatMap(({ says }) => says),
  async send(sender, share, rig) {
    for (const load of LOADS) await load.send(sender, share, rig);
  },
};

it('folds and waits at its bounds, says so, and counts right', async () => {
  const [report] = await runBounds({
    root,
    loads: [ALL],
    share: 0.005,
    limits: { chunkOffsets: 1_000, factRows: 1_500, paneRows: 1_500 },
    say: () => undefined,
  });
  expect(report!.differences).toEqual([]);
  expect(report).toMatchObject({ lost: 0, doubled: 0, unsaid: [] });
  expect(report!.foldedRows).toBeGreaterThan(0);
  expect(report!.waitedSeconds).toBeGreaterThan(0);
  expect(report!.peakBytes).toBeLessThan(600 * 2 ** 20);
}, 300_000);
