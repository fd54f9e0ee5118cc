import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import packed from '@sparticuz/chromium';
import { chromium, type Page } from 'playwright-core';
import { type Cleanup } from '../cleanup.js';
import { root } from '../places.js';
import { waitUntil } from '../waiting.js';
import { ordersByWindow, untilCounted, type Sample } from './counted.js';
import { type Quantiles } from './latency.js';

/**
 * Runs in the page: notes what the table of a metric shows of each window, the open one first, in the task after each
 * frame that changed it. It asks for no frame without a change.
 */
const WATCH = `(() => {
  const seen = (window.paintedSamples = []);
  const last = new Map();
  let isAsked = false;
  const look = () => {
    isAsked = false;
    for (const row of document.querySelectorAll('tr[data-window-end]')) {
      const { windowEnd, value } = row.dataset;
      if (value === undefined || last.get(windowEnd) === value) continue;
      last.set(windowEnd, value);
      setTimeout(() => seen.push([Date.now(), Number(windowEnd), Number(value)]));
    }
  };
  const ask = () => {
    if (!isAsked) requestAnimationFrame(look);
    isAsked = true;
  };
  new MutationObserver(ask).observe(document, { subtree: true, childList: true, attributeFilter: ['data-value'] });
  ask();
})()`;

/** On a machine without a GPU an emulated one takes a fifth of a core from what is measured, to the same pixels. */
const EMULATES_GPU = /^--(use-gl|use-angle|enable-unsafe-swiftshader|in-process-gpu|ignore-gpu-blocklist)\b/;

/** A real browser that shows the orders, and tells afterwards when each of them was on the screen. */
export class PaintWatch {
  private constructor(private readonly page: Page) {}

  /** Opens the page of the orders of the dashboard at `url`. */
  static async open(cleanup: Cleanup, url: string): Promise<PaintWatch> {
    const args = packed.args.filter((arg) => arg !== '--single-process' && !EMULATES_GPU.test(arg));
    const browser = await chromium.launch({
      executablePath: await packed.executablePath(),
      args: [...args, '--disable-gpu'],
    });
    cleanup.add(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${url}/metrics/orders`);
    await page.evaluate(WATCH);
    return new PaintWatch(page);
  }

  /**
   * Milliseconds from the scheduled send of each order of `file` (of produce-live) to the frame whose count
   * includes it: the n-th of a window is on the screen when the window's count is at least n. Orders of windows that
   * are not on the screen, and those of the first `warmUpMs`, are left out.
   */
  async finish(file: string, warmUpMs: number): Promise<Quantiles> {
    const windows = ordersByWindow(file);
    const newest = Math.max(...windows.keys());
    const samples = async () => (await this.page.evaluate('window.paintedSamples')) as Sample[];
    // The newest window's last orders; there may be a window after it already.
    await waitUntil(
      'the last order on the screen',
      async () =>
        (await samples()).some(
          ([, end, count]) => end > newest || (end === newest && count >= windows.get(newest)!.length),
        ),
      { limitMs: 30_000 },
    ).catch(() => undefined);
    return untilCounted(windows, await samples(), warmUpMs);
  }
}

/** The dashboard as it is shipped, built where it is not yet. */
export function buildDashboard(): void {
  if (existsSync(`${root}/apps/dashboard/dist/index.html`)) return;
  const vite = `${root}/node_modules/vite/bin/vite.js`;
  const built = spawnSync(process.execPath, [vite, 'build'], {
    cwd: `${root}/apps/dashboard`,
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error('The dashboard does not build, see above.');
}
