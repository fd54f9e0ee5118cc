import { Random } from '../random/random.js';
import { PROVIDERS, type Provider } from './providers.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export interface Outage {
  readonly provider: Provider;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Every day one provider is down for 6 to 14 minutes, between 9:00 and 21:00 UTC: a function of seed and day. */
export function scheduledOutage(seed: number, atMs: number): Outage {
  const day = Math.floor(atMs / DAY_MS);
  const random = new Random(seed ^ 0x6f757467, day);
  const provider = PROVIDERS[random.below(PROVIDERS.length)]!;
  const fromMs = day * DAY_MS + Math.round(random.between(9 * HOUR_MS, 21 * HOUR_MS));
  return { provider, fromMs, untilMs: fromMs + Math.round(random.between(6, 14) * MINUTE_MS) };
}

/** Asks whether a provider is down by schedule; the day's outage is looked up once. */
export class OutageCalendar {
  readonly #seed: number;
  #day = Number.NaN;
  #outage: Outage | undefined;

  constructor(seed: number) {
    this.#seed = seed;
  }

  isDown(provider: Provider, atMs: number): boolean {
    const day = Math.floor(atMs / DAY_MS);
    if (day !== this.#day || this.#outage === undefined) {
      this.#day = day;
      this.#outage = scheduledOutage(this.#seed, atMs);
    }
    const { fromMs, untilMs } = this.#outage;
    return this.#outage.provider === provider && atMs >= fromMs && atMs < untilMs;
  }
}
