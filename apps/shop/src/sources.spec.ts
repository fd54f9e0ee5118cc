import { expect, test } from 'vitest';

import { SEGMENTS } from './customers/customers.js';
import type { Message } from './stream/message.js';
import { HOUR_MS, idOf, openStream, OPENED_MS, takeAll } from './testing/open-stream.js';
import { PIECES_PER_EVENT } from './warehouse/warehouse.js';

interface ShopEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  /** Any JSON. */
  readonly data: Record<string, unknown>;
}

const DAY_MS = 24 * HOUR_MS;

function eventsOf(messages: readonly Message[], topic: string): ShopEvent[] {
  return messages
    .filter((message) => message.topic === topic)
    .map(({ value }) => JSON.parse(value) as ShopEvent);
}

/** Tickets open after these events, by severity. */
function backlog(events: readonly ShopEvent[]): Map<unknown, number> {
  const open = new Map<unknown, number>();
  for (const { type, data } of events) {
    const by = type === 'support.ticket_opened' ? 1 : -1;
    open.set(data['severity'], (open.get(data['severity']) ?? 0) + by);
  }
  return open;
}

/** Amounts open on account after these events, pence. */
function openAmount(events: readonly ShopEvent[]): number {
  return events
    .filter(({ data }) => data['channel'] === 'wholesale' && data['customerId'] !== null)
    .reduce((sum, { type, data }) => {
      const amount = Number(data['totalMinor']);
      return sum + (type === 'orders.order_settled' ? -amount : amount);
    }, 0);
}

/** Without visits: what the house and the recording send in three days. */
const messages = takeAll(openStream({ house: true, speed: 21, simulate: false }), OPENED_MS + 3 * DAY_MS);

test('a ticket is opened once and closed once, and the backlog stays that of a desk that keeps up', () => {
  const events = eventsOf(messages, 'support');
  const opened = new Map<unknown, string>();
  for (const { type, time, data } of events) {
    if (type === 'support.ticket_opened') opened.set(data['ticketId'], time);
    else expect(time >= opened.get(data['ticketId'])!).toBe(true);
  }
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  const open = backlog(events);
  const total = [...open.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(40);
  expect(total).toBeLessThan(500);
  expect(open.get('urgent')).toBeLessThan(open.get('normal')!);
});

test('hours in which the shop was closed leave no ticket and no amount open that was closed in them', () => {
  const closed = [{ fromMs: OPENED_MS + 30 * HOUR_MS, untilMs: OPENED_MS + 39 * HOUR_MS }];
  const { fromMs, untilMs } = closed[0]!;
  const options = { house: true, simulate: false, speed: 21 } as const;
  const before = takeAll(openStream(options), fromMs - 1);
  const reopened = openStream({ ...options, openedMs: untilMs, closed });
  const both = [...before, ...takeAll(reopened, untilMs + 4 * DAY_MS)];
  const tickets = eventsOf(both, 'support');
  const opened = tickets.filter(({ type }) => type === 'support.ticket_opened');
  const closings = tickets.filter(({ type }) => type === 'support.ticket_closed');
  const known = new Set(opened.map(({ data }) => data['ticketId']));
  expect(closings.filter(({ data }) => !known.has(data['ticketId']))).toEqual([]);
  const ended = new Set(closings.map(({ data }) => data['ticketId']));
  const early = opened.filter(({ time }) => Date.parse(time) < fromMs);
  expect(early.filter(({ data }) => !ended.has(data['ticketId']))).toEqual([]);

  const orders = eventsOf(both, 'orders').filter(({ data }) => data['channel'] === 'wholesale');
  const placed = new Set(
    orders.filter(({ type }) => type !== 'orders.order_settled').map(({ data }) => data['orderId']),
  );
  const settled = orders.filter(({ type }) => type === 'orders.order_settled');
  expect(settled.filter(({ data }) => !placed.has(data['orderId']))).toEqual([]);
  const paid = new Set(settled.map(({ data }) => data['orderId']));
  const owed = orders.filter(
    ({ type, time, data }) =>
      type !== 'orders.order_settled' && data['customerId'] !== null && Date.parse(time) < fromMs,
  );
  expect(owed.filter(({ data }) => !paid.has(data['orderId']))).toEqual([]);
});

test('what is open on account is that of two to four recorded weeks', () => {
  const pounds = openAmount(eventsOf(messages, 'orders')) / 100;
  expect(pounds).toBeGreaterThan(300_000);
  expect(pounds).toBeLessThan(1_200_000);
});

test('stock burns down by day, is filled up, and is never below nothing', () => {
  const levels = new Map<unknown, { level: number; lowest: number; highest: number }>();
  const twoDays = takeAll(openStream({ house: true, rate: 3 }), OPENED_MS + 2 * DAY_MS);
  for (const { type, data } of eventsOf(twoDays, 'inventory')) {
    const before = levels.get(data['location']) ?? { level: 0, lowest: Infinity, highest: 0 };
    const counted = type === 'inventory.stock_counted';
    const level = counted ? Number(data['counted']) : before.level + Number(data['quantity']);
    levels.set(data['location'], {
      level,
      lowest: Math.min(before.lowest, level),
      highest: Math.max(before.highest, level),
    });
  }
  expect([...levels.keys()].sort()).toEqual(['Leeds', 'Leipzig', 'Milan', 'Rotterdam']);
  for (const { lowest, highest } of levels.values()) {
    expect(lowest).toBeGreaterThan(0);
    expect(lowest / highest).toBeLessThan(0.6);
  }
});

test('the warehouses are filled for what is really sold', () => {
  const flat = takeAll(openStream({ rate: 100, flat: true }), OPENED_MS + HOUR_MS);
  const moved = eventsOf(flat, 'inventory').reduce((sum, { data }) => sum - Number(data['quantity']), 0);
  expect(moved / flat.length / PIECES_PER_EVENT).toBeGreaterThan(0.93);
  expect(moved / flat.length / PIECES_PER_EVENT).toBeLessThan(1.07);
});

test('every customer who buys on account is described before the first order, then some are reviewed', () => {
  const described = eventsOf(messages, 'customers');
  const known = new Set<unknown>();
  for (const { data } of described) {
    known.add(data['customerId']);
    expect(SEGMENTS).toContain(data['segment']);
  }
  expect(known.size).toBe(614);
  const atOnce = described.filter(({ time }) => Date.parse(time) < OPENED_MS + 60_000);
  expect(atOnce).toHaveLength(614);
  expect(described.length - atOnce.length).toBe(3 * 24 * 4);
  for (const { data } of eventsOf(messages, 'orders'))
    if (data['channel'] === 'wholesale' && data['customerId'] !== null)
      expect(known).toContain(data['customerId']);
});

test('a stream with its house opened again at a position goes on with exactly what was still to leave', () => {
  const until = OPENED_MS + 30 * HOUR_MS;
  const positionMs = OPENED_MS + 26 * HOUR_MS + 1_234;
  const options = { house: true, simulate: false, dirt: 'high', speed: 21 } as const;
  const whole = takeAll(openStream(options), until).filter(({ emitMs }) => emitMs >= positionMs);
  const rest = takeAll(openStream({ ...options, positionMs }), until);
  const ids = (some: readonly Message[]) => some.map(({ value }) => value).sort();
  expect(rest.length).toBeGreaterThan(400);
  expect(ids(rest)).toEqual(ids(whole));
  expect(rest.some(({ value }) => idOf(value).endsWith('-settled'))).toBe(true);
});
