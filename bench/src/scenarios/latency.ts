import { type Options } from '../options.js';
import { measureLive, type LiveFigure } from './live-run.js';
import { measureStreams, type RivalFigure } from './rival-latency.js';

export interface LatencyResult {
  /**
   * All metrics ask, then one does: without a browser, which takes a good part of a core for itself, and with one. It
   * shows another metric of the same topic, since the open window of one that is stale is not shown.
   */
  readonly figures: readonly LiveFigure[];
  /** Not in a quick run. */
  readonly rival?: RivalFigure;
}

const RATE = 5_000;
const QUICK_RATE = 500;
/** A target that makes the flush as frequent as it gets. */
const TARGET = '200ms';
const ASKING = { metric: 'gross_revenue', topic: 'orders' };
const LOOK_EVERY_MS = 20;
/** Where the browser is what looks: each look at the ledger takes 2 ms of the store's time, and its own, from it. */
const LOOK_SELDOM_MS = 250;

/** From the scheduled send to queryable and to painted in a real browser, where targets ask for it. */
export async function runLatency({ seconds, quick }: Options): Promise<LatencyResult> {
  const rate = quick ? QUICK_RATE : RATE;
  const figures = [
    await measureLive(rate, TARGET, seconds, LOOK_EVERY_MS),
    await measureLive(rate, TARGET, seconds, LOOK_EVERY_MS, { asking: ASKING }),
    await measureLive(rate, TARGET, seconds, LOOK_SELDOM_MS, { asking: ASKING, withBrowser: true }),
  ];
  if (quick) return { figures };
  return { figures, rival: await measureStreams(rate, seconds, LOOK_EVERY_MS) };
}
