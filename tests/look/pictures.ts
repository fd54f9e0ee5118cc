import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { until } from '@freshet/testkit';
import type { Page } from 'playwright-core';
import { SCHEMES } from '../browser.js';

/** Where pictures of every page and state are left for people to look at. */
export const PICTURES = fileURLToPath(new URL('../../screenshots/', import.meta.url));

/** Leaves a picture of what a page shows now, whole, in light and dark: `NAME-light.png`, `NAME-dark.png`. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: `${PICTURES}${name}-${scheme}.png`, fullPage: true });
  }
}

/** Pictures at every width, each in one scheme; resolves the widths at which the page is wider than its window. */
export async function widths(page: Page, name: string): Promise<readonly string[]> {
  mkdirSync(PICTURES, { recursive: true });
  const tooWide: string[] = [];
  for (const [width, scheme] of [
    [2560, 'dark'],
    [1280, 'light'],
    [768, 'dark'],
    [360, 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    const over = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await until(async () => (await over()) <= 0, { deadlineMs: 20_000 }).catch(async () => {
      tooWide.push(`${name} at ${width} by ${await over()}`);
    });
    await page.screenshot({ path: `${PICTURES}${name}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  return tooWide;
}

/** What axe finds, in light and dark: the second look is at colours alone, for nothing else changes. */
export async function barriers(page: Page, name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    const axe = new AxeBuilder({ page });
    const { violations } = await (scheme === 'light' ? axe : axe.withRules(['color-contrast'])).analyze();
    for (const { id, nodes } of violations)
      found.push(`${name} ${scheme} ${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  }
  return found;
}
