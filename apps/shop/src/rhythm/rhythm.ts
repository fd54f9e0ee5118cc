/**
 * How busy the shop is, as a factor of its average: 24 hours, weekends, and two campaigns. The factor's
 * average over a week is 1, so that a rate given per second is the week's average.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Relative visits by local hour of the day, 0 … 23. */
const BY_HOUR = [
  0.32, 0.22, 0.17, 0.15, 0.16, 0.24, 0.45, 0.75, 1.0, 1.2, 1.3, 1.35, 1.45, 1.4, 1.3, 1.25, 1.25, 1.3, 1.4,
  1.55, 1.65, 1.5, 1.05, 0.6,
];
/** By local day of the week, Sunday first. */
const BY_WEEKDAY = [0.92, 1.02, 1.04, 1.04, 1.05, 1.02, 0.86];

/** A campaign draws more visits while it runs: every day between two local times. */
export interface CampaignPeak {
  readonly campaign: 'newsletter' | 'autumn-sale';
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Visits are multiplied by this while it runs. */
  readonly lift: number;
  /** Share of the visits in that time that came by the campaign. */
  readonly share: number;
}
const PEAKS: readonly CampaignPeak[] = [
  { campaign: 'newsletter', fromMinute: 10 * 60, toMinute: 10 * 60 + 45, lift: 1.35, share: 0.35 },
  { campaign: 'autumn-sale', fromMinute: 19 * 60, toMinute: 21 * 60, lift: 1.5, share: 0.45 },
];

/** Milliseconds to add to UTC for the wall clock of an IANA time zone, looked up once an hour. */
export function zoneOffset(timeZone: string): (utcMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  let hour = Number.NaN;
  let offsetMs = 0;
  return (utcMs) => {
    const asked = Math.floor(utcMs / HOUR_MS);
    if (asked !== hour) {
      hour = asked;
      const name = format.formatToParts(utcMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
      const found = /([+-])(\d\d):(\d\d)/.exec(name);
      offsetMs = found
        ? (found[1] === '-' ? -1 : 1) * (Number(found[2]) * HOUR_MS + Number(found[3]) * MINUTE_MS)
        : 0;
    }
    return offsetMs;
  };
}

export class Rhythm {
  readonly #offset: (utcMs: number) => number;
  readonly #average: number;

  constructor(timeZone: string) {
    this.#offset = zoneOffset(timeZone);
    let sum = 0;
    for (let minute = 0; minute < 7 * 1440; minute++) sum += shape(minute * MINUTE_MS);
    this.#average = sum / (7 * 1440);
  }

  /** Factor of the week's average at this time. */
  factor(utcMs: number): number {
    return shape(utcMs + this.#offset(utcMs)) / this.#average;
  }

  /** Hour of the local day, 0 … 23. */
  hourOf(utcMs: number): number {
    return Math.floor((utcMs + this.#offset(utcMs)) / HOUR_MS) % 24;
  }

  /** The campaign that runs at this time. */
  peak(utcMs: number): CampaignPeak | undefined {
    return peakAt(utcMs + this.#offset(utcMs));
  }
}

/** The factor before it is scaled to its average, continuous but for the campaigns. */
function shape(localMs: number): number {
  const hour = localMs / HOUR_MS - 0.5;
  const before = Math.floor(hour);
  const part = hour - before;
  const byHour =
    BY_HOUR[((before % 24) + 24) % 24]! * (1 - part) + BY_HOUR[(((before + 1) % 24) + 24) % 24]! * part;
  const weekday = (((Math.floor(localMs / DAY_MS) + 4) % 7) + 7) % 7;
  return byHour * BY_WEEKDAY[weekday]! * (peakAt(localMs)?.lift ?? 1);
}

function peakAt(localMs: number): CampaignPeak | undefined {
  const minute = Math.floor((((localMs % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS);
  return PEAKS.find((peak) => minute >= peak.fromMinute && minute < peak.toMinute);
}
