import type { Page } from 'playwright-core';

/**
 * Walks a page by the Tab key alone. @returns what a mouse could press and Tab did not come to; elements of a group
 * that arrows walk through (radio buttons, menus) count as reached with one of them.
 */
export async function unreachedByTab(page: Page): Promise<readonly string[]> {
  const wanted = await page.evaluate(() => {
    const selector = 'a[href], button, input, select, textarea, summary, [tabindex="0"], [role="button"]';
    const scope = document.querySelector('dialog[open], [role="dialog"]') ?? document.body;
    let count = 0;
    for (const element of scope.querySelectorAll<HTMLElement>(selector)) {
      const isOff = element.matches(':disabled, [tabindex="-1"], input[type="radio"]:not(:checked)');
      if (isOff || !element.checkVisibility({ visibilityProperty: true })) continue;
      element.dataset['wanted'] = String(count++);
    }
    (document.activeElement as HTMLElement | null)?.blur();
    return count;
  });
  // Browser chrome takes a stop of its own, and live tables may grow meanwhile.
  for (let step = 0; step < wanted * 2 + 60; step++) {
    await page.keyboard.press('Tab');
    const left = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement | null;
      delete focused?.dataset['wanted'];
      return document.querySelectorAll('[data-wanted]').length;
    });
    if (left === 0) return [];
  }
  return page.evaluate(() =>
    [...document.querySelectorAll('[data-wanted]')].map((element) => element.outerHTML.slice(0, 200)),
  );
}
