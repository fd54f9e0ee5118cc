import type { StartPosition } from '@freshet/contracts';
import { Random } from './random.js';

/** What a whole schedule is about, besides the faults that every schedule has. */
export interface Traits {
  /** `latest`: records are there before anybody reads, and instances propose different starts. */
  readonly start: StartPosition;
  /** The topic is deleted and created anew in the middle; an operator then opens a new incarnation. */
  readonly recreated: boolean;
  /** The topic is compacted: refused. */
  readonly compacted: boolean;
  /** Series of one pane of one chunk that keep their names. */
  readonly maxSeries: number;
  /** The broker's answers come when the schedule says so, or never. */
  readonly slowLog: boolean;
  /** Writes that were stored and acknowledged are sometimes stored again later, as something between repeats them. */
  readonly repeats: boolean;
  /** How far the clocks of ingest processes are from the broker's at most, ms. */
  readonly skewMs: number;
  /** Processes archive beside all that. */
  readonly archives: boolean;
}

const NONE: Traits = {
  start: 'earliest',
  recreated: false,
  compacted: false,
  maxSeries: Number.POSITIVE_INFINITY,
  slowLog: false,
  repeats: false,
  skewMs: 0,
  archives: false,
};

/** Drawn apart from the schedule, so that `plain` gives the schedule that the seed gave before there were traits. */
export function drawTraits(seed: number, plain: boolean): Traits {
  if (plain) return NONE;
  const random = new Random(seed ^ 0x7ae1);
  return {
    start: random.chance(0.2) ? 'latest' : 'earliest',
    recreated: random.chance(0.2),
    compacted: random.chance(0.01),
    maxSeries: random.chance(0.3) ? 2 : NONE.maxSeries,
    slowLog: random.chance(0.5),
    repeats: random.chance(0.3),
    skewMs: random.chance(0.2) ? 120_000 : NONE.skewMs,
    archives: random.chance(0.25),
  };
}
