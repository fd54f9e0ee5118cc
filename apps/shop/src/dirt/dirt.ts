import type { Random } from '../random/random.js';
import { isoTime } from '../stream/iso-time.js';
import type { Topic } from '../stream/message.js';
import { INVALID_KINDS, spoil } from './spoil.js';

/** What real life does to messages, in shares of all events. */
export interface DirtRates {
  /** The same message again, seconds later. */
  readonly duplicate: number;
  /** Held back for seconds, some for up to two hours. */
  readonly late: number;
  /** Overtaken by others within four seconds. */
  readonly outOfOrder: number;
  /** A clock that is minutes to hours ahead. */
  readonly wrongClock: number;
  /** An unreadable message beside the good one. */
  readonly invalid: number;
  /** Of the duplicates: share that comes under another key (most land in another partition). */
  readonly duplicateElsewhere: number;
}

export const DIRT_LEVELS = ['none', 'low', 'default', 'high'] as const;
export type DirtLevel = (typeof DIRT_LEVELS)[number];
export const DIRT: Readonly<Record<DirtLevel, DirtRates>> = {
  none: { duplicate: 0, late: 0, outOfOrder: 0, wrongClock: 0, invalid: 0, duplicateElsewhere: 0 },
  low: {
    duplicate: 0.0005,
    late: 0.0004,
    outOfOrder: 0.005,
    wrongClock: 0.00002,
    invalid: 0.00005,
    duplicateElsewhere: 0,
  },
  default: {
    duplicate: 0.002,
    late: 0.001,
    outOfOrder: 0.02,
    wrongClock: 0.0001,
    invalid: 0.0002,
    duplicateElsewhere: 0,
  },
  high: {
    duplicate: 0.02,
    late: 0.01,
    outOfOrder: 0.06,
    wrongClock: 0.001,
    invalid: 0.005,
    duplicateElsewhere: 0.05,
  },
};

export const DIRT_KINDS = [
  'duplicate',
  'duplicate_elsewhere',
  'late',
  'out_of_order',
  'wrong_clock',
  ...INVALID_KINDS,
] as const;
export type DirtKind = (typeof DIRT_KINDS)[number];

/** No message is held back for longer. */
export const LONGEST_DELAY_MS = 2 * 3_600_000;
const MINUTE_MS = 60_000;

/** Where messages go: at once, or at a later time. */
export interface DirtOutlet {
  send(topic: Topic, key: string, value: string): void;
  hold(topic: Topic, key: string, value: string, untilMs: number): void;
  count(kind: DirtKind): void;
}

export class Dirt {
  readonly #rates: DirtRates;
  readonly #aheadOfMs: number;
  readonly #clean: number;

  /**
   * `aheadOfMs`: wrong clocks are ahead of this time at least, because the log stamps what is sent about the past
   * with the time of sending, and an event below that is not ahead of it.
   */
  constructor(rates: DirtRates, aheadOfMs: number) {
    this.#rates = rates;
    this.#aheadOfMs = aheadOfMs;
    this.#clean = 1 - rates.duplicate - rates.late - rates.outOfOrder - rates.wrongClock - rates.invalid;
  }

  /** Sends one event of `atMs` as real life would. Draws exactly one number for a clean one. */
  pass(random: Random, topic: Topic, key: string, value: string, atMs: number, outlet: DirtOutlet): void {
    const u = random.unit();
    if (u < this.#clean) return outlet.send(topic, key, value);
    const { duplicate, late, outOfOrder, wrongClock, duplicateElsewhere } = this.#rates;
    let above = this.#clean;
    if (u < (above += duplicate)) {
      const elsewhere = random.unit() < duplicateElsewhere;
      outlet.send(topic, key, value);
      outlet.hold(
        topic,
        elsewhere ? `${key}~` : key,
        value,
        atMs + skewed(random, 50, 30_000, 10 * MINUTE_MS),
      );
      outlet.count(elsewhere ? 'duplicate_elsewhere' : 'duplicate');
    } else if (u < (above += late)) {
      outlet.hold(topic, key, value, atMs + skewed(random, 8_000, 2 * MINUTE_MS, LONGEST_DELAY_MS));
      outlet.count('late');
    } else if (u < (above += outOfOrder)) {
      outlet.hold(topic, key, value, atMs + Math.round(random.between(100, 4_000)));
      outlet.count('out_of_order');
    } else if (u < above + wrongClock) {
      const aheadMs = Math.round(random.between(10 * MINUTE_MS, 6 * 60 * MINUTE_MS));
      const time = isoTime(Math.max(atMs, this.#aheadOfMs) + aheadMs);
      outlet.send(topic, key, value.replace(/"time":"[^"]*"/, `"time":"${time}"`));
      outlet.count('wrong_clock');
    } else {
      const kind = INVALID_KINDS[random.below(INVALID_KINDS.length)]!;
      outlet.send(topic, key, value);
      outlet.send(topic, key, spoil(kind, value));
      outlet.count(kind);
    }
  }
}

/** Mostly between `from` and `usual`, one in eight up to `longest`; milliseconds. */
function skewed(random: Random, from: number, usual: number, longest: number): number {
  return Math.round(random.unit() < 0.875 ? random.between(from, usual) : random.between(usual, longest));
}
