import { type DirtLevel } from '../dirt/dirt.js';
import { Incidents } from '../incidents/incidents.js';
import type { ClosedHours } from '../lives/lives.js';
import { readInvoices, RECORDED_WEEK } from '../replay/slice.js';
import { Rhythm } from '../rhythm/rhythm.js';
import { sourcesOf } from '../sources.js';
import { type Message } from '../stream/message.js';
import { ShopStream } from '../stream/shop-stream.js';

export const HOUR_MS = 3_600_000;
export const OPENED_MS = Date.parse('2026-03-02T00:00:00Z');

const INVOICES = readInvoices(RECORDED_WEEK);

interface Options {
  readonly seed?: number;
  readonly rate?: number;
  readonly flat?: boolean;
  readonly dirt?: DirtLevel;
  readonly simulate?: boolean;
  /** Support desk and warehouses, too. */
  readonly house?: boolean;
  readonly openedMs?: number;
  readonly closed?: readonly ClosedHours[];
  readonly speed?: number;
  readonly positionMs?: number;
  readonly incidents?: Incidents;
}

/** A stream that opened at OPENED_MS; recorded purchases only where a speed is given. */
export function openStream(options: Options = {}): ShopStream {
  const { seed = 1, rate = 10, flat = false, dirt = 'none', simulate = true, house = false } = options;
  const { speed, openedMs = OPENED_MS, closed = [] } = options;
  const openedAtWallMs = OPENED_MS + 48 * HOUR_MS;
  const rhythm = new Rhythm('Europe/London');
  const sources = [...(speed === undefined ? [] : ['replay' as const]), ...(house ? ['house' as const] : [])];
  return new ShopStream({
    arrivals: {
      seed,
      openingId: 'test',
      rhythm,
      ratePerSecond: () => rate,
      flat,
    },
    simulate,
    sources: sourcesOf(
      { sources, seed, rate, speed: speed ?? 1, flat },
      { openedMs, openedAtWallMs, firstOpenedMs: OPENED_MS, closed: [...closed] },
      rhythm,
      INVOICES,
    ),
    dirt,
    incidents: options.incidents ?? new Incidents(),
    openedMs,
    openedAtWallMs,
    positionMs: options.positionMs ?? openedMs,
  });
}

/** Everything that leaves up to a time. */
export function takeAll(stream: ShopStream, untilMs: number): Message[] {
  const all: Message[] = [];
  for (;;) {
    const some = stream.take(untilMs, 5_000);
    if (some.length === 0) return all;
    for (const message of some) all.push(message);
  }
}

export function idOf(value: string): string {
  return /"id":"([^"]*)"/.exec(value)?.[1] ?? '';
}

export function timeOf(value: string): number {
  return Date.parse(/"time":"([^"]*)"/.exec(value)?.[1] ?? '');
}
