import { Random } from '../random/random.js';
import { Weighted } from '../random/weighted.js';
import type { Rhythm } from '../rhythm/rhythm.js';
import { Visit, type Campaign } from './visit.js';

/** Visits begin by slots of this length: each slot's visits follow from seed and slot alone. */
export const SLOT_MS = 1_000;

const CAMPAIGN = new Weighted<Campaign | null>([
  [null, 58],
  ['search-ads', 17],
  ['social', 11],
  ['newsletter', 8],
  ['autumn-sale', 6],
]);

/** Events of a visit on average, measured over many visits without outages or dirt; a test keeps it true. */
export const EVENTS_PER_VISIT = 5.13;
/** Known customers per event and second of the shop's average, at least a small town's worth. */
const USERS_PER_RATE = 2_000;
const FEWEST_USERS = 5_000;

export interface ArrivalSettings {
  readonly seed: number;
  /** Set apart from every other opening of the shop: part of every id. */
  readonly openingId: string;
  readonly rhythm: Rhythm;
  /** Events a second on average over the week at this time. */
  ratePerSecond(atMs: number): number;
  /** Without the rhythm of the day: the same rate at any time. */
  readonly flat: boolean;
}

/** Visits that begin in the slot at `slotMs`, in no particular order. */
export function visitsOf(settings: ArrivalSettings, slotMs: number): Visit[] {
  const { seed, openingId, rhythm, flat } = settings;
  const slot = Math.floor(slotMs / SLOT_MS);
  const random = new Random(seed, slot);
  const rate = settings.ratePerSecond(slotMs);
  const peak = flat ? undefined : rhythm.peak(slotMs);
  const mean = ((rate * SLOT_MS) / 1000 / EVENTS_PER_VISIT) * (flat ? 1 : rhythm.factor(slotMs));
  const users = Math.max(FEWEST_USERS, Math.round(rate * USERS_PER_RATE));
  const prefix = `${openingId}${slot.toString(36)}.`;
  return Array.from({ length: random.poisson(mean) }, (_, index) => {
    const startMs = slotMs + random.below(SLOT_MS);
    const campaign =
      peak !== undefined && random.unit() < peak.share ? peak.campaign : CAMPAIGN.pick(random.unit());
    const own = new Random(random.uint32() | 0, random.uint32() | 0);
    return new Visit(own, prefix + index.toString(36), startMs, campaign, users);
  });
}
