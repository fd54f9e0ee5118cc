import { Accounts, longestTermMs } from './accounts/accounts.js';
import type { ShopConfig } from './config.js';
import { Customers } from './customers/customers.js';
import { Lives } from './lives/lives.js';
import { MOST_PAST_RATE, rateAt, type Opening } from './opening.js';
import { Replay } from './replay/replay.js';
import type { Invoice } from './replay/slice.js';
import type { Rhythm } from './rhythm/rhythm.js';
import type { ClockSource } from './stream/clock-source.js';
import { LONGEST_TICKET_MS, Tickets } from './support/tickets.js';
import { EVENTS_PER_VISIT } from './visitors/arrivals.js';
import { Warehouse } from './warehouse/warehouse.js';

/** One visit in so many leads to a ticket. */
const VISITS_PER_TICKET = 150;

/**
 * What the shop sends besides the visits: recorded purchases with their customers and payments, the support desk and
 * the warehouses. The desk is that of a shop with an ordinary rate.
 */
export function sourcesOf(
  config: Pick<ShopConfig, 'sources' | 'seed' | 'rate' | 'speed' | 'flat'>,
  opening: Pick<Opening, 'openedMs' | 'openedAtWallMs' | 'firstOpenedMs' | 'closed'>,
  rhythm: Rhythm,
  invoices: readonly Invoice[],
): ClockSource[] {
  const { seed, rate, speed, flat } = config;
  const { openedMs, openedAtWallMs, firstOpenedMs: bornMs, closed } = opening;
  const sources: ClockSource[] = [];
  if (config.sources.includes('replay')) {
    sources.push(
      new Replay(invoices, speed, seed),
      new Lives(new Accounts(invoices, speed, seed), { longestMs: longestTermMs(speed), bornMs, closed }),
      new Customers(invoices, seed, openedMs),
    );
  }
  if (config.sources.includes('house')) {
    const ticketsPerHour = (Math.min(rate, MOST_PAST_RATE) * 3_600) / EVENTS_PER_VISIT / VISITS_PER_TICKET;
    sources.push(
      new Lives(new Tickets(seed, rhythm, ticketsPerHour), { longestMs: LONGEST_TICKET_MS, bornMs, closed }),
      new Warehouse({
        seed,
        rhythm,
        flat,
        ratePerSecond: (atMs) => rateAt(opening, rate, atMs),
        countsMs: [...new Set([openedMs, openedAtWallMs])],
      }),
    );
  }
  return sources;
}
