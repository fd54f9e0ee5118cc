import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { until } from '@freshet/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, open } from './browser.js';
import { beginFrames, memory, takeFrames } from './load/frames.js';
import { Player } from './load/player.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const TILES = 24;
const PER_SECOND = 10;
/** `npm run bench:dashboard` asks for minutes and writes the figures down. */
const SECONDS = Number(process.env['LOAD_SECONDS'] ?? 8);
const RESULTS = process.env['LOAD_RESULTS'];

let player: Player;
let browser: Browser;
let url: string;

beforeAll(async () => {
  player = new Player({
    folder: path('../apps/dashboard/dist'),
    recording: path('load/recording.json.gz'),
    tiles: TILES,
    perSecond: PER_SECOND,
  });
  url = await player.start();
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await player?.stop();
});

describe('24 tiles with 10 updates a second each, from recorded deltas', () => {
  test(
    'go on drawing, without growing memory',
    async () => {
      const page = await open(browser, url);
      const devtools = await page.context().newCDPSession(page);
      await devtools.send('Performance.enable');
      await until(async () => (await page.locator('article [data-value]').count()) >= TILES - 1, {
        deadlineMs: 60_000,
      });
      const shown = () => page.locator('article [data-value]').allTextContents();
      // The first seconds fill caches: what grows after them goes on growing.
      await beginFrames(page);
      await seconds(Math.min(10, SECONDS / 2));
      await takeFrames(page);
      const before = await memory(devtools);
      const sent = player.sent;
      const first = await shown();
      await seconds(SECONDS);
      const frames = await takeFrames(page);
      const after = await memory(devtools);
      const updatesPerSecond = (player.sent - sent) / SECONDS;
      const figures = { tiles: TILES, seconds: SECONDS, updatesPerSecond, frames, before, after };
      if (RESULTS !== undefined) {
        const at = { at: new Date().toISOString(), cpu: cpus()[0]?.model, cores: cpus().length };
        writeFileSync(path(`../${RESULTS}`), `${JSON.stringify({ ...at, ...figures }, null, 2)}\n`);
      }
      process.stdout.write(`${JSON.stringify(figures)}\n`);
      await page.context().close();

      // The numbers are of a loaded machine with two cores and no graphics: bounds that only a fault goes beyond.
      expect(updatesPerSecond).toBeGreaterThan(TILES * PER_SECOND * 0.5);
      expect(first.length).toBeGreaterThanOrEqual(TILES - 1);
      expect(frames.frames).toBeGreaterThan(SECONDS * 2);
      expect(frames.p50Ms).toBeLessThan(400);
      expect(after.heapBytes).toBeLessThan(before.heapBytes * 1.5 + 15e6);
      expect(after.nodes).toBeLessThan(before.nodes * 1.3 + 500);
      expect(after.listeners).toBeLessThan(before.listeners * 1.3 + 100);
    },
    120_000 + SECONDS * 3_000,
  );
});

/** The load runs by the clock: this is how long it is looked at, not what is waited for. */
function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}
