import { type Options } from '../options.js';
import { measureLive, type LiveFigure } from './live-run.js';

export interface LatencyResult {
  readonly figures: readonly LiveFigure[];
}

const RATE = 5_000;
const QUICK_RATE = 500;
/** A target that makes the flush as frequent as it gets. */
const TARGET = '200ms';
const LOOK_EVERY_MS = 20;

/** From the scheduled send to queryable and to painted in a real browser, for metrics whose targets ask for it. */
export async function runLatency({ seconds, quick }: Options): Promise<LatencyResult> {
  return {
    figures: [
      await measureLive(quick ? QUICK_RATE : RATE, TARGET, seconds, LOOK_EVERY_MS, { withBrowser: true }),
    ],
  };
}
