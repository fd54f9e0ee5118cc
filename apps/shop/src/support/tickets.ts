import type { Births, Life } from '../lives/lives.js';
import { Random } from '../random/random.js';
import { Weighted } from '../random/weighted.js';
import type { Rhythm } from '../rhythm/rhythm.js';
import { cloudEvent } from '../stream/cloud-event.js';
import { marketOf } from '../visitors/regions.js';

type Severity = 'urgent' | 'high' | 'normal' | 'low';

const SLOT_MS = 60_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SEVERITY = new Weighted<Severity>([
  ['urgent', 5],
  ['high', 17],
  ['normal', 53],
  ['low', 25],
]);
/** Median time to an answer; the deviation of its logarithm is the same for all. */
const MEDIAN_LIFE_MS: Readonly<Record<Severity, number>> = {
  urgent: 22 * MINUTE_MS,
  high: 70 * MINUTE_MS,
  normal: 3 * HOUR_MS,
  low: 6 * HOUR_MS,
};
const LIFE_SIGMA = 0.6;
const LONGEST_ANSWER_MS = 20 * HOUR_MS;
/** Nobody answers what can wait at night: local hours. */
const NIGHT_FROM_HOUR = 22;
const MORNING_HOUR = 7;
const MORNING_RUSH_MS = 2 * HOUR_MS;
/** Answered late in the evening, a ticket waits for the end of the morning's rush. */
export const LONGEST_TICKET_MS = LONGEST_ANSWER_MS + 11 * HOUR_MS;

const CATEGORY = new Weighted([
  ['delivery', 46],
  ['product', 24],
  ['payment', 18],
  ['account', 12],
]);
const CHANNEL = new Weighted([
  ['email', 52],
  ['chat', 36],
  ['phone', 12],
]);

/**
 * Tickets of the support desk: a twentieth of the orders leads to one. Night and day follow from the shop's rhythm:
 * what came in late is answered in the morning, so the backlog rises overnight.
 */
export class Tickets implements Births {
  readonly areSilent = false;
  readonly #seed: number;
  readonly #rhythm: Rhythm;
  readonly #aSlot: number;
  #slot = 0;
  #next: Life[] = [];

  /** @param perHour tickets an hour on average */
  constructor(seed: number, rhythm: Rhythm, perHour: number) {
    this.#seed = seed;
    this.#rhythm = rhythm;
    this.#aSlot = (perHour * SLOT_MS) / HOUR_MS;
  }

  seek(timeMs: number): void {
    this.#slot = Math.floor(timeMs / SLOT_MS);
    this.#next = this.#opened(this.#slot++).filter(({ beginMs }) => beginMs >= timeMs);
    this.#fill();
  }

  nextMs(): number {
    return this.#next[0]?.beginMs ?? Infinity;
  }

  take(): Life {
    const life = this.#next.shift();
    if (life === undefined) throw new Error('No ticket is opened: seek first');
    this.#fill();
    return life;
  }

  #fill(): void {
    while (this.#next.length === 0) this.#next = this.#opened(this.#slot++);
  }

  #opened(slot: number): Life[] {
    const slotMs = slot * SLOT_MS;
    const random = new Random(this.#seed ^ 0x7469636b, slot);
    const count = random.poisson(this.#aSlot * this.#rhythm.factor(slotMs));
    return Array.from({ length: count }, (_, index) =>
      this.#ticket(
        `t${slot.toString(36)}.${index}`,
        slotMs + random.below(SLOT_MS),
        new Random(random.uint32() | 0, index),
      ),
    ).sort((a, b) => a.beginMs - b.beginMs);
  }

  #ticket(id: string, beginMs: number, random: Random): Life {
    const severity = SEVERITY.pick(random.unit());
    const answerMs = random.logNormal(MEDIAN_LIFE_MS[severity], LIFE_SIGMA);
    const answeredMs = beginMs + Math.round(Math.min(LONGEST_ANSWER_MS, Math.max(MINUTE_MS, answerMs)));
    const canWait = severity === 'normal' || severity === 'low';
    const endMs = canWait ? this.#inTheMorning(answeredMs, random) : answeredMs;
    const data =
      `{"ticketId":"${id}","severity":"${severity}","category":"${CATEGORY.pick(random.unit())}"` +
      `,"channel":"${CHANNEL.pick(random.unit())}","region":"${marketOf(random.unit()).region}"}`;
    const event = (what: 'opened' | 'closed', atMs: number) => ({
      topic: 'support' as const,
      key: id,
      value: cloudEvent(`${id}-${what}`, '/shop/support', `support.ticket_${what}`, atMs, data),
      random,
    });
    return { beginMs, endMs, begin: event('opened', beginMs), end: (atMs) => event('closed', atMs) };
  }

  #inTheMorning(answeredMs: number, random: Random): number {
    const hour = this.#rhythm.hourOf(answeredMs);
    if (hour >= MORNING_HOUR && hour < NIGHT_FROM_HOUR) return answeredMs;
    const hoursToMorning = (MORNING_HOUR - hour + 24) % 24;
    return answeredMs + Math.round(hoursToMorning * HOUR_MS + random.between(0, MORNING_RUSH_MS));
  }
}
