import { expect, test } from 'vitest';

import { Incidents } from '../incidents/incidents.js';
import { scheduledOutage } from '../payments/outages.js';
import { HOUR_MS, idOf, openStream, OPENED_MS, takeAll, timeOf } from '../testing/open-stream.js';

const noon = OPENED_MS + 12 * HOUR_MS;

test('the rate is kept on average over two days, and without the rhythm at any time', () => {
  const seconds = 48 * 3_600;
  const stream = openStream({ rate: 3 });
  let count = 0;
  for (let hour = 1; hour <= 48; hour++) count += takeAll(stream, OPENED_MS + hour * HOUR_MS).length;
  expect(count / seconds / 3).toBeGreaterThan(0.95);
  expect(count / seconds / 3).toBeLessThan(1.12);
  const flat = takeAll(openStream({ flat: true, rate: 100 }), OPENED_MS + HOUR_MS / 2);
  expect(flat.length / 1_800 / 100).toBeGreaterThan(0.96);
  expect(flat.length / 1_800 / 100).toBeLessThan(1.04);
});

test('the same seed gives the same messages, another one others', () => {
  const until = OPENED_MS + HOUR_MS;
  const first = takeAll(openStream({ seed: 7, dirt: 'high', speed: 21 }), until);
  expect(first.length).toBeGreaterThan(1_000);
  expect(takeAll(openStream({ seed: 7, dirt: 'high', speed: 21 }), until)).toEqual(first);
  expect(takeAll(openStream({ seed: 8, dirt: 'high', speed: 21 }), until)).not.toEqual(first);
});

test('without dirt everything leaves in event-time order over all topics, each id once', () => {
  const messages = takeAll(openStream({ speed: 21 }), OPENED_MS + 6 * HOUR_MS);
  const times = messages.map(({ value }) => timeOf(value));
  expect(times.every((time, index) => index === 0 || time >= times[index - 1]!)).toBe(true);
  expect(new Set(messages.map(({ value }) => idOf(value))).size).toBe(messages.length);
  for (const { value } of messages) JSON.parse(value);
});

test('the size of what is taken at once changes nothing', () => {
  const until = OPENED_MS + HOUR_MS;
  const inOne = takeAll(openStream({ dirt: 'high' }), until);
  const stream = openStream({ dirt: 'high' });
  const bit: typeof inOne = [];
  for (let now = OPENED_MS; now <= until; now += 977) bit.push(...stream.take(now, 1e6));
  bit.push(...stream.take(until, 1e6));
  expect(bit).toEqual(inOne);
});

test('a stream opened again at a position goes on with exactly what was still to leave', () => {
  const until = OPENED_MS + 5 * HOUR_MS;
  const whole = takeAll(openStream({ dirt: 'high', speed: 21 }), until);
  for (const positionMs of [OPENED_MS, OPENED_MS + 1_234_567, OPENED_MS + 4 * HOUR_MS]) {
    const rest = takeAll(openStream({ dirt: 'high', speed: 21, positionMs }), until);
    expect(rest.length).toBeGreaterThan(100);
    const byValue = (a: { value: string }, b: { value: string }) => (a.value < b.value ? -1 : 1);
    expect(rest.toSorted(byValue)).toEqual(
      whole.filter(({ emitMs }) => emitMs >= positionMs).toSorted(byValue),
    );
  }
});

test("an order's events and a session's events have one key each and keep their order", () => {
  const messages = takeAll(openStream({ rate: 50, flat: true }), OPENED_MS + HOUR_MS / 2);
  const sessions = new Map<string, string[]>();
  const placed = new Set<string>();
  for (const { topic, key, value } of messages) {
    const { type, data } = JSON.parse(value);
    if (topic === 'clickstream') {
      expect(key).toBe(data.sessionId);
      sessions.set(key, [...(sessions.get(key) ?? []), type]);
    } else if (topic === 'payments') {
      expect(key).toBe(data.orderId);
    } else if (topic === 'inventory') {
      expect(key).toBe(data.location);
      expect(Math.sign(data.quantity)).toBe(data.reason === 'return' ? 1 : -1);
    } else {
      expect(key).toBe(data.customerId);
      expect(Math.sign(data.totalMinor)).toBe(type === 'orders.order_placed' ? 1 : -1);
      if (type === 'orders.order_placed') placed.add(data.orderId);
      else expect(placed.has(data.orderId.slice(1))).toBe(true);
    }
  }
  const completed = [...sessions.values()].filter((types) => types.includes('clickstream.order_completed'));
  expect(completed.length).toBe(placed.size);
  for (const types of completed) expect(types.at(-1)).toBe('clickstream.order_completed');
});

/** Failed attempts and all attempts of a provider between two times. */
function failures(messages: readonly { value: string; emitMs: number }[], provider: string) {
  const attempts = messages.filter(({ value }) => value.includes(`"provider":"${provider}"`));
  return {
    attempts: attempts.length,
    failed: attempts.filter(({ value }) => value.includes('"status":"failed"')).length,
  };
}

test('every day has an outage of one provider, seen in its failures alone', () => {
  const outage = scheduledOutage(1, OPENED_MS);
  const messages = takeAll(openStream({ rate: 60, positionMs: outage.fromMs }), outage.untilMs).filter(
    ({ emitMs, topic }) => topic === 'payments' && emitMs >= outage.fromMs + 30_000,
  );
  const down = failures(messages, outage.provider);
  expect(down.attempts).toBeGreaterThan(10);
  expect(down.failed / down.attempts).toBeGreaterThan(0.7);
  const other = failures(messages, outage.provider === 'Adyen' ? 'PayPal' : 'Adyen');
  expect(other.failed / other.attempts).toBeLessThan(0.15);
});

test('an outage on request fails nearly all attempts of its provider while it runs', () => {
  const incidents = new Incidents();
  const stream = openStream({ rate: 60, flat: true, incidents, positionMs: noon });
  incidents.start({ kind: 'provider-outage', provider: 'PayPal', minutes: 3 }, noon);
  const messages = takeAll(stream, noon + 10 * 60_000).filter(({ topic }) => topic === 'payments');
  const during = failures(
    messages.filter(({ emitMs }) => emitMs > noon + 40_000 && emitMs < noon + 180_000),
    'PayPal',
  );
  const after = failures(
    messages.filter(({ emitMs }) => emitMs > noon + 240_000),
    'PayPal',
  );
  expect(during.failed / during.attempts).toBeGreaterThan(0.7);
  expect(after.failed / after.attempts).toBeLessThan(0.2);
});

test('a late wave holds its topic back and lets it go at the end, losing nothing', () => {
  const incidents = new Incidents();
  const stream = openStream({ rate: 50, flat: true, incidents });
  incidents.start({ kind: 'late-wave', topic: 'clickstream', minutes: 2 }, OPENED_MS + 60_000);
  const until = OPENED_MS + 5 * 60_000;
  takeAll(stream, OPENED_MS + 120_000);
  expect(stream.resumeMs).toBe(OPENED_MS + 60_000);
  const again = new Incidents();
  const other = openStream({ rate: 50, flat: true, incidents: again });
  again.start({ kind: 'late-wave', topic: 'clickstream', minutes: 2 }, OPENED_MS + 60_000);
  const messages = takeAll(other, until);
  const calm = takeAll(openStream({ rate: 50, flat: true }), until);
  expect(new Set(messages.map(({ value }) => value))).toEqual(new Set(calm.map(({ value }) => value)));
  const during = messages.filter(
    ({ topic, emitMs }) =>
      topic === 'clickstream' && emitMs >= OPENED_MS + 60_000 && emitMs < OPENED_MS + 180_000,
  );
  expect(during).toHaveLength(0);
});

test('silence loses its topic alone, while it runs', () => {
  const incidents = new Incidents();
  const stream = openStream({ rate: 50, flat: true, incidents });
  incidents.start({ kind: 'silence', topic: 'payments', minutes: 2 }, OPENED_MS);
  const messages = takeAll(stream, OPENED_MS + 4 * 60_000);
  const firstPayment = messages.find(({ topic }) => topic === 'payments');
  expect(firstPayment?.emitMs).toBeGreaterThanOrEqual(OPENED_MS + 120_000);
  expect(messages.some(({ topic, emitMs }) => topic === 'orders' && emitMs < OPENED_MS + 60_000)).toBe(true);
  expect(stream.silenced).toBeGreaterThan(50);
});
