import { readFileSync } from 'node:fs';
import { until } from '@freshet/testkit';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { open } from '../browser.js';
import { unreachedByTab } from './keyboard.js';
import { barriers, picture, PICTURES, widths } from './pictures.js';
import { showStates } from './states.js';

/** The running product as these tests find it. */
interface Running {
  readonly browser: Browser;
  readonly url: string;
  /** Addresses by name; `metric` is among them. */
  readonly pages: Readonly<Record<string, string>> & { readonly metric: string };
}

const STATES = ['loading', 'forbidden', 'error', 'empty', 'gap', 'unknown', 'catching_up'] as const;

/** What opens over a page, and the key that opens it. */
const OPENED = [
  ['explain', '/metrics/checkout_failure_rate', 'e', '[data-agreement]'],
  ['search', '/', '/', '[role="dialog"] input'],
  ['keys', '/', '?', '[role="dialog"] kbd'],
] as const;

/** Opens a page and waits until it shows what it is there for. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const look = await open(browser, url);
  await look.getByRole('heading', { level: 1 }).waitFor();
  await look.waitForFunction(() => document.querySelector('[data-state="loading"]') === null);
  if (url.includes('/metrics/')) await look.locator('[data-plot] path').first().waitFor();
  return look;
}

/** Tests of how every page and state looks, and who can use it. */
export function lookTests(of: () => Running): void {
  test('has no barrier that axe finds, is reached by the keyboard alone, fits every width: every page', async () => {
    const { browser, url, pages } = of();
    const found: string[] = [];
    for (const [name, path] of Object.entries(pages)) {
      const look = await openPage(browser, url + path);
      found.push(...(await barriers(look, name)));
      found.push(
        ...(await unreachedByTab(look)).map((element) => `${name}: Tab does not come to ${element}`),
      );
      found.push(...(await widths(look, name)));
      await picture(look, name);
      await look.context().close();
    }
    expect(found).toEqual([]);
  }, 600_000);

  test('has none in the states of a tile either, nor in what opens over a page', async () => {
    const { browser, url } = of();
    const found: string[] = [];
    const look = await open(browser, 'about:blank');
    await showStates(look);
    await look.goto(url);
    await until(
      async () => {
        const seen = await look
          .locator('article[data-metric]')
          .evaluateAll((tiles) =>
            tiles.map((tile) => `${tile.getAttribute('data-metric')}: ${tile.getAttribute('data-state')}`),
          );
        const missing = STATES.filter((state) => !seen.some((one) => one.endsWith(`: ${state}`)));
        if (missing.length > 0) throw new Error(`no tile is ${missing.join(', ')}; ${seen.join(', ')}`);
        return true;
      },
      { deadlineMs: 60_000 },
    );
    found.push(...(await barriers(look, 'pulse-states')));
    await picture(look, 'pulse-states');
    await look.goto(`${url}/?wall`);
    await look.locator('article[data-state="error"]').waitFor();
    await picture(look, 'wall-states');
    await look.context().close();

    for (const [name, path, key, opened] of OPENED) {
      const over = await openPage(browser, url + path);
      await until(async () => (await over.keyboard.press(key), over.locator(opened).first().isVisible()), {
        deadlineMs: 60_000,
      });
      found.push(...(await barriers(over, name)));
      found.push(
        ...(await unreachedByTab(over)).map((element) => `${name}: Tab does not come to ${element}`),
      );
      await picture(over, name);
      await over.context().close();
    }
    expect(found).toEqual([]);
  }, 600_000);

  test('holds still under the pointer, says what waits, and gives the chart as a picture and as a table', async () => {
    const { browser, url, pages } = of();
    const look = await openPage(browser, url + pages.metric);
    const box = await look.locator('[data-plot]').first().boundingBox();
    if (box === null) throw new Error('there is no chart');
    await look.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.5);
    await look.getByText(/^Live paused/).waitFor();
    await look.locator('tr[data-lit]').waitFor({ state: 'attached' });
    await picture(look, 'metric-held');
    for (const [name, begins] of [
      ['PNG', '\u0089PNG'],
      ['CSV', ''],
    ] as const) {
      const [download] = await Promise.all([
        look.waitForEvent('download'),
        look.getByRole('button', { name, exact: true }).click(),
      ]);
      const path = `${PICTURES}${download.suggestedFilename()}`;
      await download.saveAs(path);
      const bytes = readFileSync(path);
      expect(bytes.byteLength).toBeGreaterThan(500);
      expect(bytes.toString('latin1', 0, begins.length)).toBe(begins);
    }
    await look.context().close();
  }, 120_000);

  test('walks through the teams on a wall, by the clock', async () => {
    const { browser, url } = of();
    const look = await open(browser, `${url}/?wall&cycle=5`);
    const teams = new Set<string>();
    await until(
      async () => {
        teams.add((await look.locator('header time span').first().textContent({ timeout: 5_000 })) ?? '');
        return teams.size > 1;
      },
      { deadlineMs: 60_000, everyMs: 500 },
    );
    await look.context().close();
  }, 120_000);
}
