/**
 * An independent recount of the catalogue's metrics of windows (levels are in `recount-levels.ts`), straight from a topic's records: JSON.parse
 * and maps, none of the engine's code. Slow and obvious on purpose.
 */

export interface LoggedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value: string | null;
  /** Epoch ms; only folding asks for it. */
  readonly logTimeMs?: number;
}

/**
 * The rule of "(other)": the first `maxSeries` series of a pane in a chunk of a partition are their own, in the order
 * of offsets; later ones share one row a currency.
 */
export interface Folding {
  readonly maxSeries: number;
  readonly chunkOffsets: number;
  readonly chunkLogTimeMs: number;
}

export interface Event {
  /** Partition and chunk, which its record is in. */
  readonly chunk: string;
  readonly id: string;
  readonly type: string;
  readonly timeMs: number;
  /** `data` of the CloudEvent: any JSON. */
  readonly data: Record<string, unknown>;
}

/** Numbers that make up one window of one series. */
export interface Tally {
  count: number;
  sum: number;
  numerator: number;
  denominator: number;
  readonly distinct: Set<string>;
  readonly observations: number[];
}

interface Rule {
  readonly topic: string;
  readonly sizeMs: number;
  readonly everyMs: number;
  readonly dimensions: readonly string[];
  /** Adds one event; false when the metric does not count it. */
  add(event: Event, tally: Tally): boolean;
}

const minute = 60_000;

const placed = (event: Event) => event.type === 'orders.order_placed';

/** By metric name: what each one means, said a second time. */
export const RULES: Readonly<Record<string, Rule>> = {
  orders: {
    topic: 'orders',
    sizeMs: minute,
    everyMs: minute,
    dimensions: ['channel', 'region'],
    add: (event, tally) => placed(event) && (tally.count++, true),
  },
  gross_revenue: {
    topic: 'orders',
    sizeMs: minute,
    everyMs: minute,
    dimensions: ['region', 'currency'],
    add: (event, tally) => placed(event) && ((tally.sum += Number(event.data['totalMinor'])), true),
  },
  average_order_value: {
    topic: 'orders',
    sizeMs: 5 * minute,
    everyMs: minute,
    dimensions: ['region', 'currency'],
    add: (event, tally) =>
      placed(event) && ((tally.sum += Number(event.data['totalMinor'])), tally.count++, true),
  },
  checkout_failure_rate: {
    topic: 'payments',
    sizeMs: 5 * minute,
    everyMs: minute,
    dimensions: ['provider', 'region'],
    add: (event, tally) => {
      if (event.type !== 'payments.payment_attempted') return false;
      tally.denominator++;
      if (event.data['status'] === 'failed') tally.numerator++;
      return true;
    },
  },
  active_users: {
    topic: 'clickstream',
    sizeMs: 5 * minute,
    everyMs: minute,
    dimensions: ['region'],
    add: (event, tally) => (tally.distinct.add(String(event.data['userId'])), true),
  },
  promotion_conversion: {
    topic: 'clickstream',
    sizeMs: 15 * minute,
    everyMs: minute,
    dimensions: ['campaign'],
    add: (event, tally) => {
      if (event.data['campaign'] === undefined || event.data['campaign'] === null) return false;
      if (event.type === 'clickstream.order_completed') tally.numerator++;
      else if (event.type === 'clickstream.session_started') tally.denominator++;
      return true;
    },
  },
  page_views: {
    topic: 'clickstream',
    sizeMs: minute,
    everyMs: minute,
    dimensions: ['page'],
    add: (event, tally) => event.type === 'clickstream.page_viewed' && (tally.count++, true),
  },
  payment_latency_p95: {
    topic: 'payments',
    sizeMs: 5 * minute,
    everyMs: minute,
    dimensions: ['provider'],
    add: (event, tally) =>
      event.type === 'payments.payment_attempted' &&
      (tally.observations.push(Number(event.data['latencyMs'])), true),
  },
};

/** First record of each id of a partition counts; ids come back within the horizon in every test here. */
export function eventsOnce(records: readonly LoggedRecord[], folding?: Folding): Event[] {
  const seen = new Set<string>();
  const events: Event[] = [];
  const chunkOf = chunksBy(folding);
  for (const record of records) {
    const chunk = chunkOf(record);
    if (record.value === null) continue;
    let message: { id?: unknown; type?: unknown; time?: unknown; data?: unknown };
    try {
      message = JSON.parse(record.value);
    } catch {
      continue;
    }
    const { id, type, time, data } = message;
    if (typeof id !== 'string' || typeof type !== 'string' || typeof time !== 'string') continue;
    if (typeof data !== 'object' || data === null) continue;
    const key = `${record.partition}/${id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    events.push({ chunk, id, type, timeMs: Date.parse(time), data: data as Record<string, unknown> });
  }
  return events;
}

/** Names the chunk of each record, asked in the order of partitions and offsets. */
function chunksBy(folding: Folding | undefined): (record: LoggedRecord) => string {
  if (folding === undefined) return () => '';
  let open = { partition: -1, start: 0, firstMs: 0 };
  return ({ partition, offset, logTimeMs = 0 }) => {
    const goesOn =
      open.partition === partition &&
      Math.floor(offset / folding.chunkOffsets) === Math.floor(open.start / folding.chunkOffsets) &&
      logTimeMs < open.firstMs + folding.chunkLogTimeMs;
    if (!goesOn) open = { partition, start: offset, firstMs: logTimeMs };
    return `${partition}/${open.start}`;
  };
}

/** Time of the newest event, epoch ms; -Infinity where there is none. */
export function newestEventMs(records: readonly LoggedRecord[]): number {
  return eventsOnce(records).reduce((newest, { timeMs }) => Math.max(newest, timeMs), -Infinity);
}

const emptyTally = (): Tally => ({
  count: 0,
  sum: 0,
  numerator: 0,
  denominator: 0,
  distinct: new Set(),
  observations: [],
});

/**
 * Tallies of one metric by `windowStartMs|dimension|dimension…`. Give the records of its topic in the order
 * of their offsets; all of them must be valid by the contract or obviously broken.
 */
export function recount(
  metric: string,
  records: readonly LoggedRecord[],
  folding?: Folding,
): Map<string, Tally> {
  const rule = RULES[metric];
  if (rule === undefined) throw new Error(`no rule to recount ${metric}`);
  const windows = new Map<string, Tally>();
  const ownSeries = new Map<string, Set<string>>();
  for (const event of eventsOnce(records, folding)) {
    let series = rule.dimensions.map((name) => String(event.data[name] ?? ''));
    const newest = Math.floor(event.timeMs / rule.everyMs) * rule.everyMs;
    if (folding !== undefined && rule.add(event, emptyTally())) {
      const place = `${event.chunk}|${newest}`;
      const own = ownSeries.get(place) ?? new Set<string>();
      ownSeries.set(place, own);
      const name = series.join('|');
      if (own.size < folding.maxSeries) own.add(name);
      if (!own.has(name))
        series = rule.dimensions.map((dimension, n) => (dimension === 'currency' ? series[n]! : '(other)'));
    }
    for (let start = newest; start > event.timeMs - rule.sizeMs; start -= rule.everyMs) {
      const key = [start, ...series].join('|');
      const tally = windows.get(key) ?? emptyTally();
      if (rule.add(event, tally)) windows.set(key, tally);
    }
  }
  return windows;
}

/** The metric's value from a tally, as every door of the product would show it. */
export function valueOf(metric: string, tally: Tally): number | null {
  switch (metric) {
    case 'orders':
    case 'page_views':
      return tally.count;
    case 'gross_revenue':
      return tally.sum;
    case 'average_order_value':
      return tally.count === 0 ? null : tally.sum / tally.count;
    case 'active_users':
      return tally.distinct.size;
    case 'payment_latency_p95': {
      const sorted = tally.observations.toSorted((a, b) => a - b);
      return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? null;
    }
    default:
      return tally.denominator === 0 ? null : tally.numerator / tally.denominator;
  }
}
