import type { Topic } from './events.js';
import { eventsOnce, type Event, type LoggedRecord } from './recount.js';

/**
 * An independent recount of the catalogue's levels, as `recount.ts` does it for metrics of windows: what a level is at
 * the end of every minute, from the records of the log.
 */

export type Logs = Readonly<Record<Topic, readonly LoggedRecord[]>>;

interface Level {
  readonly topic: Topic;
  readonly dimensions: readonly string[];
  /** Values of the dimensions; undefined: it does not count. */
  series(event: Event, segments: ReadonlyMap<string, string>): readonly string[] | undefined;
  /** What it adds to the level. */
  change(event: Event): number;
  /** What the level was found to be, which all that moved before does not matter for; from the beginning of its minute. */
  reading?(event: Event): number | undefined;
}

const MINUTE_MS = 60_000;

const signed = (event: Event, field: string, plus: readonly string[], minus: readonly string[]): number => {
  const amount = field === '' ? 1 : Number(event.data[field]);
  return (plus.includes(event.type) ? amount : 0) - (minus.includes(event.type) ? amount : 0);
};

export const LEVELS: Readonly<Record<string, Level>> = {
  support_backlog: {
    topic: 'support',
    dimensions: ['severity'],
    series: ({ data }) => [String(data['severity'])],
    change: (event) => signed(event, '', ['support.ticket_opened'], ['support.ticket_closed']),
  },
  risk_exposure: {
    topic: 'orders',
    dimensions: ['segment', 'currency'],
    series: ({ data }, segments) => {
      const customer = data['customerId'];
      if (data['channel'] !== 'wholesale' || customer === null || customer === undefined) return undefined;
      return [segments.get(String(customer)) ?? 'not known', String(data['currency'])];
    },
    change: (event) =>
      signed(
        event,
        'totalMinor',
        ['orders.order_placed', 'orders.order_cancelled'],
        ['orders.order_settled'],
      ),
  },
  inventory_level: {
    topic: 'inventory',
    dimensions: ['location'],
    series: ({ data }) => [String(data['location'])],
    change: (event) => (event.type === 'inventory.stock_moved' ? Number(event.data['quantity']) : 0),
    reading: (event) =>
      event.type === 'inventory.stock_counted' ? Number(event.data['counted']) : undefined,
  },
};

/** Values by `windowStartMs|dimension…`, for every minute from a series' first event to `untilMs`, a whole minute. */
export function recountLevel(metric: string, logs: Logs, untilMs: number): Map<string, number> {
  const level = LEVELS[metric];
  if (level === undefined) throw new Error(`no level ${metric}`);
  const segments = new Map(
    eventsOnce(logs.customers).map(({ data }) => [String(data['customerId']), String(data['segment'])]),
  );
  const bySeries = new Map<string, Event[]>();
  for (const event of eventsOnce(logs[level.topic])) {
    const series = level.series(event, segments)?.join('|');
    if (series !== undefined) bySeries.set(series, [...(bySeries.get(series) ?? []), event]);
  }
  const values = new Map<string, number>();
  for (const [series, events] of bySeries) {
    const minuteOf = ({ timeMs }: Event): number => Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    // A stable sort: events of one time stay in the order of their offsets.
    const ordered = events.toSorted((a, b) => a.timeMs - b.timeMs);
    let value = 0;
    let next = 0;
    for (let startMs = minuteOf(ordered[0]!); startMs < untilMs; startMs += MINUTE_MS) {
      let found: number | undefined;
      let moved = 0;
      for (; next < ordered.length && minuteOf(ordered[next]!) === startMs; next += 1) {
        found = level.reading?.(ordered[next]!) ?? found;
        moved += level.change(ordered[next]!);
      }
      value = (found ?? value) + moved;
      values.set(`${startMs}|${series}`, value);
    }
  }
  return values;
}
