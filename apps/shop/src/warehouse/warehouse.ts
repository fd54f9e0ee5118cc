import { Random } from '../random/random.js';
import type { Rhythm } from '../rhythm/rhythm.js';
import type { ClockSource, SourceEvent } from '../stream/clock-source.js';
import { LOCATIONS, type Location } from './locations.js';
import { stockCounted, stockMoved } from './stock-event.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const STEP_MS = 10 * 60_000;
/** Local hours: the night's delivery, and the count after it, when hardly anything is sold. */
const NIGHT_DELIVERY_HOUR = 2;
const COUNT_HOUR = 5;
/** Of an average day's sales: what lies there at the morning's count, and what each of the two deliveries brings. */
const MORNING_STOCK = 1.25;
const DELIVERY = 0.5;
/** Pieces sold per event of a visit, measured over many visits; a test keeps it true. */
export const PIECES_PER_EVENT = 0.112;

interface Planned {
  readonly atMs: number;
  readonly value: string;
  readonly location: Location;
  readonly random: Random;
}

export interface WarehouseSettings {
  readonly seed: number;
  readonly rhythm: Rhythm;
  readonly flat: boolean;
  /** Events a second on average over the week at this time. */
  ratePerSecond(atMs: number): number;
  /** Stock is counted at these times too: when the shop opens, and when it goes over to its full rate. */
  readonly countsMs: readonly number[];
}

/**
 * Deliveries and stock counts of all warehouses; what visitors buy is told by their visits. A delivery brings what an
 * average day sells, so that the morning's count finds about the same every day and corrects the rest.
 */
export class Warehouse implements ClockSource {
  readonly #settings: WarehouseSettings;
  #planned: Planned[] = [];
  #day = 0;

  constructor(settings: WarehouseSettings) {
    this.#settings = settings;
  }

  seek(timeMs: number): void {
    this.#day = Math.floor(timeMs / DAY_MS) - 1;
    this.#planned = [];
    while (this.#planned.length === 0)
      this.#planned = this.#plan(this.#day++).filter(({ atMs }) => atMs >= timeMs);
  }

  nextMs(): number {
    return this.#planned[0]?.atMs ?? Infinity;
  }

  take(): SourceEvent {
    const event = this.#planned.shift();
    if (event === undefined) throw new Error('Nothing is planned: seek first');
    while (this.#planned.length === 0) this.#planned = this.#plan(this.#day++);
    const { location, value, random } = event;
    return { topic: 'inventory', key: location, value, random };
  }

  /** Everything of a day of the epoch, in order of time. */
  #plan(day: number): Planned[] {
    const { countsMs, seed } = this.#settings;
    const [fromMs, toMs] = [day * DAY_MS, (day + 1) * DAY_MS];
    const planned: Planned[] = [];
    LOCATIONS.forEach(({ location, share, deliveryHour }, index) => {
      const random = new Random(seed ^ 0x73746f63, day * LOCATIONS.length + index);
      const add = (atMs: number, value: string) => planned.push({ atMs, value, location, random });
      const id = (what: string, atMs: number) =>
        `${location}-${what}-${Math.floor(atMs / 1000).toString(36)}`;
      for (const hour of [NIGHT_DELIVERY_HOUR, deliveryHour]) {
        const atMs = this.#localHour(fromMs, hour) + random.below(HOUR_MS / 2);
        const pieces = Math.round(DELIVERY * this.#aDay(atMs) * share);
        add(atMs, stockMoved(id('delivery', atMs), atMs, location, 'delivery', pieces));
      }
      const morningMs = this.#localHour(fromMs, COUNT_HOUR);
      for (const atMs of [morningMs, ...countsMs.filter((ms) => ms >= fromMs && ms < toMs)]) {
        const pieces = Math.round(this.#level(atMs, deliveryHour) * share * random.between(0.98, 1.02));
        add(atMs, stockCounted(id('count', atMs), atMs, location, Math.max(0, pieces)));
      }
    });
    return planned.sort((a, b) => a.atMs - b.atMs);
  }

  /** Pieces of an average day's sales. */
  #aDay(atMs: number): number {
    return (this.#settings.ratePerSecond(atMs) * PIECES_PER_EVENT * DAY_MS) / 1000;
  }

  /** What lies in all warehouses together at a time of the day, after its sales and deliveries since the morning. */
  #level(atMs: number, deliveryHour: number): number {
    const { rhythm, flat } = this.#settings;
    let hour = rhythm.hourOf(atMs);
    let sold = 0;
    for (let ms = atMs - ((hour - COUNT_HOUR + 24) % 24) * HOUR_MS; ms < atMs; ms += STEP_MS)
      sold += ((flat ? 1 : rhythm.factor(ms)) * STEP_MS) / DAY_MS;
    if (hour < COUNT_HOUR) hour += 24;
    const deliveries = [deliveryHour, NIGHT_DELIVERY_HOUR + 24].filter((at) => at < hour).length;
    return this.#aDay(atMs) * (MORNING_STOCK + DELIVERY * deliveries - sold);
  }

  /** A local hour of a day of the epoch. */
  #localHour(dayMs: number, hour: number): number {
    return dayMs + ((hour - this.#settings.rhythm.hourOf(dayMs) + 24) % 24) * HOUR_MS;
  }
}
