import packed from '@sparticuz/chromium';
import kafkajs, { type Kafka } from 'kafkajs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { makeEvents, TOPICS } from './events.js';

/** A real browser without a window, unpacked from its package; several processes, so that pages can end. */
export async function launchBrowser(): Promise<Browser> {
  const args = packed.args.filter((arg) => arg !== '--single-process');
  return chromium.launch({ executablePath: await packed.executablePath(), args, headless: true });
}

export const SCHEMES = ['light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

interface Look {
  readonly scheme?: Scheme;
  readonly width?: number;
  readonly height?: number;
  /** BCP 47: what the browser asks pages to speak. */
  readonly locale?: string;
}

/** Opens an address as a person with this taste would; waits for nothing but the page itself. */
export async function open(
  browser: Browser,
  url: string,
  { scheme = 'light', width = 1440, height = 900, locale = 'en-GB' }: Look = {},
): Promise<Page> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(url);
  return page;
}

export interface Painted {
  readonly value: number;
  readonly windowEndMs: number;
}

/** The number that a tile of Pulse shows now; undefined where it shows none. */
export async function painted(page: Page, metric: string): Promise<Painted | undefined> {
  const found = await page.evaluate((name) => {
    const shown = document.querySelector<HTMLElement>(`[data-metric="${name}"] [data-value]`);
    return shown === null ? undefined : { ...shown.dataset };
  }, metric);
  if (found?.['value'] === undefined || found['windowEnd'] === undefined) return undefined;
  return { value: Number(found['value']), windowEndMs: Number(found['windowEnd']) };
}

/**
 * Writes down, from now on, every number that a tile shows, and what would be a step back: an earlier window, or
 * less of the same window where events are only ever added.
 */
export async function watchForStepsBack(page: Page, metrics: readonly string[]): Promise<void> {
  await page.evaluate((names) => {
    const last = new Map<string, { end: number; value: number }>();
    const steps: string[] = [];
    const look = () => {
      for (const name of names) {
        const shown = document.querySelector<HTMLElement>(`[data-metric="${name}"] [data-value]`);
        if (shown === null) continue;
        const now = { end: Number(shown.dataset['windowEnd']), value: Number(shown.dataset['value']) };
        const before = last.get(name);
        const isBack =
          before !== undefined &&
          (now.end < before.end || (now.end === before.end && now.value < before.value));
        if (isBack) steps.push(`${name}: ${JSON.stringify(before)} → ${JSON.stringify(now)}`);
        last.set(name, now);
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    look();
    Object.assign(window, { stepsBack: steps });
  }, metrics);
}

export async function stepsBack(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => (window as unknown as { stepsBack: string[] }).stepsBack);
}

/** Sends a few events to every topic several times a second, with the times of now; resolves what ends it. */
export async function keepFlowing(kafka: Kafka): Promise<() => Promise<void>> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  let seed = 1_000;
  let sending = Promise.resolve();
  const send = async () => {
    const nowMs = Date.now();
    const events = makeEvents(seed++, 6, nowMs - 300, nowMs);
    for (const topic of TOPICS) await producer.send({ topic, messages: events[topic] });
  };
  const timer = setInterval(() => (sending = sending.then(send)), 300);
  return async () => {
    clearInterval(timer);
    await sending;
    await producer.disconnect();
  };
}
