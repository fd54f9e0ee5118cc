import { type Options } from '../options.js';
import { measureIdle, type IdleFigure } from './idle.js';
import { measureLive, type LiveFigure } from './live-run.js';

export interface LiveResult {
  readonly figures: readonly LiveFigure[];
  readonly idle: IdleFigure;
}

const RATES = [1_000, 5_000, 20_000];
const QUICK_RATE = 500;
const TARGETS = ['2s', '200ms'];
/** Seldom: the looks' own cost would be in the figures. */
const LOOK_EVERY_MS = 250;

/** CPU per event by rate and target, and what the whole system takes when next to nothing happens. */
export async function runLive({ seconds, quick }: Options): Promise<LiveResult> {
  const figures: LiveFigure[] = [];
  for (const rate of quick ? [QUICK_RATE] : RATES) {
    for (const target of TARGETS) figures.push(await measureLive(rate, target, seconds, LOOK_EVERY_MS));
  }
  return { figures, idle: await measureIdle(seconds) };
}
