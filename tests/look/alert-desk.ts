import type { Page } from 'playwright-core';
import { barriers, picture } from './pictures.js';

/** An alert has to wait for most of its action window before it fires. */
const FIRES_WITHIN_MS = 180_000;

/** Decides about the alert on a page of alerts that fires with these words, as a person would; answers what axe finds. */
export async function decideAboutAlert(page: Page, words: string): Promise<readonly string[]> {
  const alert = page.locator('article').filter({ hasText: words }).first();
  const inState = (status: string) =>
    alert.and(page.locator(`[data-status="${status}"]`)).waitFor({ timeout: FIRES_WITHIN_MS });
  const press = (name: string) => alert.getByRole('button', { name, exact: true });

  await inState('firing');
  await alert.getByRole('link', { name: /^stale-/ }).waitFor();
  await press('Acknowledge').click();
  await inState('acknowledged');
  await alert.getByText(/^acknowledged by local at /).waitFor();

  await press('Silence').click();
  await alert.getByLabel('For').selectOption({ index: 1 });
  await alert.getByLabel('Reason').fill('a new disk is being built in');
  const found = await barriers(page, 'alerts-silencing');
  await picture(page, 'alerts-silencing');
  await press('Silence').last().click();
  await inState('silenced');
  await alert.getByText(/^silenced by local until .*: a new disk is being built in$/).waitFor();
  await picture(page, 'alerts-silenced');
  await press('End the silence').click();
  await inState('acknowledged');
  return found;
}
