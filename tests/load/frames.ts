import type { CDPSession, Page } from 'playwright-core';

/** How smoothly a page drew over a while. Times in ms. */
export interface Frames {
  readonly frames: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Tasks of 50 ms and more. */
  readonly longTasks: number;
  readonly longTasksMs: number;
}

/** Memory after a collection. */
export interface Memory {
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** Begins to count frames and long tasks in the page. */
export async function beginFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = { frames: [] as number[], tasks: [] as number[] };
    Object.assign(window, { seen });
    let last = performance.now();
    const next = (now: number): void => {
      seen.frames.push(now - last);
      last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.tasks.push(entry.duration);
    }).observe({ type: 'longtask' });
  });
}

/** What was counted since the last call. */
export async function takeFrames(page: Page): Promise<Frames> {
  const { frames, tasks } = await page.evaluate(() => {
    const { seen } = window as unknown as { seen: { frames: number[]; tasks: number[] } };
    const taken = { frames: seen.frames.slice(1), tasks: [...seen.tasks] };
    seen.frames.length = 0;
    seen.tasks.length = 0;
    return taken;
  });
  const sorted = frames.toSorted((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return {
    frames: frames.length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    longestMs: at(1),
    longTasks: tasks.length,
    longTasksMs: round(tasks.reduce((sum, task) => sum + task, 0)),
  };
}

export async function memory(devtools: CDPSession): Promise<Memory> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((one) => one.name === name)?.value ?? 0;
  return { heapBytes: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
