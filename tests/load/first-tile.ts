import type { Browser } from 'playwright-core';

/** From the address to the first tile with a number on the screen; ms since the navigation began. */
export interface FirstTile {
  readonly paintedMs: readonly number[];
  readonly medianMs: number;
  /** What was there when, in the median run. */
  readonly steps: Readonly<Record<Step, number>>;
}

const STEPS = ['html', 'scripts', 'catalogue', 'socket', 'snapshot', 'value', 'painted'] as const;
type Step = (typeof STEPS)[number];

/** Opens the home page `times` times, each in a browser profile of its own that has nothing cached. */
export async function measureFirstTile(browser: Browser, url: string, times: number): Promise<FirstTile> {
  const runs: Record<Step, number>[] = [];
  for (let run = 0; run < times; run++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(watchSteps);
    await page.goto(url);
    await page.waitForFunction(() => 'painted' in (window as unknown as Seen).seen, undefined, {
      timeout: 60_000,
    });
    runs.push(await page.evaluate(() => (window as unknown as Seen).seen as Record<Step, number>));
    await context.close();
  }
  const sorted = runs.toSorted((a, b) => a.painted - b.painted);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error('nothing was measured');
  return {
    paintedMs: sorted.map(({ painted }) => Math.round(painted)),
    medianMs: Math.round(median.painted),
    steps: Object.fromEntries(STEPS.map((step) => [step, Math.round(median[step])])) as Record<Step, number>,
  };
}

interface Seen {
  readonly seen: Partial<Record<string, number>>;
}

/** Runs in the page, before its own scripts. */
function watchSteps(): void {
  const seen: Partial<Record<string, number>> = {};
  Object.assign(window, { seen });
  const once = (step: string): void => void (seen[step] ??= performance.now());
  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    constructor(address: string | URL) {
      super(address);
      this.addEventListener('open', () => once('socket'));
      this.addEventListener('message', ({ data }) => {
        if (String(data).includes('"op":"snapshot"')) once('snapshot');
      });
    }
  };
  const observer = new MutationObserver(() => {
    if (document.querySelector('article [data-value]') === null) return;
    observer.disconnect();
    once('value');
    requestAnimationFrame(() => {
      // After the frame in which it was drawn.
      setTimeout(() => {
        const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
        const files = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
        const ends = (pattern: RegExp): number =>
          Math.max(
            0,
            ...files.filter(({ name }) => pattern.test(name)).map(({ responseEnd }) => responseEnd),
          );
        seen['html'] = page?.responseEnd ?? 0;
        seen['scripts'] = ends(/\.js$/);
        seen['catalogue'] = ends(/\/api\/metrics$/);
        once('painted');
      }, 0);
    });
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
}
