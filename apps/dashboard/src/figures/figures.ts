import { type MetricInfo } from '@freshet/live-protocol';

export type Unit = MetricInfo['unit'];

/** A number in words: `text` carries a currency sign, `unit` follows it in small type. */
export interface Figure {
  readonly text: string;
  readonly unit: string;
}

const NBSP = '\u00a0';

/** Numbers, money and times in the way of one business: its locale, currency and time zone. */
export class Figures {
  readonly #number = new Map<string, Intl.NumberFormat>();
  readonly #time = new Map<string, Intl.DateTimeFormat>();

  constructor(
    readonly locale: string,
    readonly currency: string,
    readonly timeZone: string,
    /** Short for points of per cent. */
    readonly points: string,
  ) {}

  /**
   * A value in its unit, as the protocol carries it: money in minor units, shares as 0..1.
   * @param currency of money; the business's own when absent.
   */
  figure(unit: Unit, value: number, currency: string = this.currency): Figure {
    switch (unit) {
      case 'percent':
        return { text: this.decimals(value * 100, 2), unit: '%' };
      case 'money':
        return { text: this.money(value, currency), unit: '' };
      case 'milliseconds':
        return { text: this.decimals(value, value < 10 ? 1 : 0), unit: 'ms' };
      case 'seconds':
        return { text: this.decimals(value, value < 10 ? 1 : 0), unit: 's' };
      case 'count':
      case 'users':
        return { text: this.decimals(value, 0), unit: '' };
    }
  }

  /** The same in one string: `2.06 %`. */
  value(unit: Unit, value: number | null, currency?: string): string {
    if (value === null) return '–';
    const { text, unit: after } = this.figure(unit, value, currency);
    return after === '' ? text : `${text}${NBSP}${after}`;
  }

  /** Without its unit, for columns that carry it in their head; money keeps its sign out of the column, too. */
  plain(unit: Unit, value: number | null, currency: string = this.currency): string {
    if (value === null) return '–';
    if (unit === 'money') {
      const digits = this.minorDigits(currency);
      return this.decimals(value / 10 ** digits, digits);
    }
    return this.figure(unit, value, currency).text;
  }

  /** Money of `minor` units; cents are left out from 1,000 major units on. */
  money(minor: number, currency: string): string {
    const digits = this.minorDigits(currency);
    const major = minor / 10 ** digits;
    const shown = major === 0 || Math.abs(major) >= 1000 ? 0 : digits;
    return this.#format(`money ${currency} ${shown}`, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: shown,
      maximumFractionDigits: shown,
    }).format(major);
  }

  decimals(value: number, digits: number): string {
    return this.#format(`decimals ${digits}`, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value);
  }

  /** At most three significant digits: `0.5`, `1.25`. */
  short(value: number): string {
    return this.#format('axis', { maximumSignificantDigits: 3 }).format(value);
  }

  /** A short axis label: `1.2k`, `6 %`, `€40k`. */
  axis(unit: Unit, value: number, currency: string = this.currency): string {
    if (unit === 'percent') return this.#format('axis', { maximumSignificantDigits: 3 }).format(value * 100);
    if (unit === 'money') {
      const major = value / 10 ** this.minorDigits(currency);
      return this.#format(`axis ${currency}`, {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        notation: 'compact',
        maximumFractionDigits: 1,
        minimumFractionDigits: 0,
      }).format(major);
    }
    return this.#format('axis count', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
  }

  /** How long, in the two largest fitting words: `0.7 s`, `14 s`, `6 min`, `2 h 12 m`, `3 d 4 h`. */
  duration(ms: number): string {
    const s = Math.max(0, ms) / 1000;
    if (s < 9.95) return `${this.decimals(s, 1)}${NBSP}s`;
    if (s < 90) return `${this.decimals(s, 0)}${NBSP}s`;
    const minutes = Math.round(s / 60);
    if (minutes < 90) return `${minutes}${NBSP}min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 48) return `${hours}${NBSP}h${minutes % 60 === 0 ? '' : `${NBSP}${minutes % 60}${NBSP}m`}`;
    const days = Math.floor(hours / 24);
    return `${days}${NBSP}d${hours % 24 === 0 ? '' : `${NBSP}${hours % 24}${NBSP}h`}`;
  }

  /** A length that is set, not measured: `2 s`, `1 min`, `6 h`, `7 d`; no more digits than it has. */
  span(ms: number): string {
    const units = [
      [86_400_000, 'd'],
      [3_600_000, 'h'],
      [60_000, 'min'],
      [1000, 's'],
    ] as const;
    for (const [size, name] of units) {
      if (ms >= size && ms % size === 0) return `${ms / size}${NBSP}${name}`;
    }
    return ms < 1000 ? `${ms}${NBSP}ms` : `${this.decimals(ms / 1000, 1)}${NBSP}s`;
  }

  /** `14:32`, in the business's time zone. */
  time(ms: number): string {
    return this.#clock('hm', { hour: '2-digit', minute: '2-digit' }).format(ms);
  }

  /** `14:32:41`. */
  seconds(ms: number): string {
    return this.#clock('hms', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms);
  }

  /** `14:32:41.118`. */
  millis(ms: number): string {
    return this.#clock('ms', {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
    }).format(ms);
  }

  /** `Thu 20 Nov`. */
  day(ms: number): string {
    return this.#clock('day', { weekday: 'short', day: 'numeric', month: 'short' })
      .format(ms)
      .replaceAll(',', '');
  }

  /** `Thu`. */
  weekday(ms: number): string {
    return this.#clock('weekday', { weekday: 'short' }).format(ms);
  }

  /** `20 Nov 14:32`. */
  dayTime(ms: number): string {
    return `${this.#clock('dm', { day: 'numeric', month: 'short' }).format(ms)} ${this.time(ms)}`;
  }

  /** Digits after the point of a currency: 2 for EUR, 0 for JPY. */
  minorDigits(currency: string): number {
    return (
      this.#format(`currency ${currency}`, { style: 'currency', currency }).resolvedOptions()
        .maximumFractionDigits ?? 2
    );
  }

  #format(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    let found = this.#number.get(key);
    if (found === undefined) this.#number.set(key, (found = new Intl.NumberFormat(this.locale, options)));
    return found;
  }

  #clock(key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    let found = this.#time.get(key);
    if (found === undefined) {
      const all = { ...options, timeZone: this.timeZone, hourCycle: 'h23' as const };
      this.#time.set(key, (found = new Intl.DateTimeFormat(this.locale, all)));
    }
    return found;
  }
}
