import { parseLocalTimeMs } from './time-text.js';

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const MAX_CACHED = 10_000;

/** Turns local times of one IANA time zone into UTC, by the time zone data of the runtime. */
export class ZonedTime {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsetsMs = new Map<number, number>();

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Epoch milliseconds of `2025-01-31 12:00:00`; undefined when it is no such text. */
  parse(text: string): number | undefined {
    const civilMs = parseLocalTimeMs(text);
    return civilMs === undefined ? undefined : this.toUtcMs(civilMs);
  }

  /**
   * Of a time that happens twice, the first; a time that clocks skip is read as if they had not been moved
   * yet, as java.time does.
   */
  toUtcMs(civilMs: number): number {
    const beforeMs = this.#offsetMs(civilMs - DAY_MS);
    const first = civilMs - beforeMs;
    if (this.#offsetMs(first) === beforeMs) return first;
    const afterMs = this.#offsetMs(civilMs + DAY_MS);
    const second = civilMs - afterMs;
    return this.#offsetMs(second) === afterMs ? second : first;
  }

  #offsetMs(utcMs: number): number {
    const quarter = Math.floor(utcMs / QUARTER_MS);
    const known = this.#offsetsMs.get(quarter);
    if (known !== undefined) return known;
    const parts = new Map(
      this.#format.formatToParts(quarter * QUARTER_MS).map((p) => [p.type, Number(p.value)]),
    );
    const get = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const local = Date.UTC(
      get('year'),
      get('month') - 1,
      get('day'),
      get('hour'),
      get('minute'),
      get('second'),
    );
    const offsetMs = local - quarter * QUARTER_MS;
    if (this.#offsetsMs.size >= MAX_CACHED) this.#offsetsMs.clear();
    this.#offsetsMs.set(quarter, offsetMs);
    return offsetMs;
  }
}
