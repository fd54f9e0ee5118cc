import { expect, it } from 'vitest';
import { parseIsoTimeMs } from './time-text.js';
import { ZonedTime } from './time-zone.js';

it.each([
  ['in winter', '2025-01-15 12:00:00', '2025-01-15T12:00:00.000Z'],
  ['in summer', '2025-07-15 12:00:00.25', '2025-07-15T11:00:00.250Z'],
  ['that happens twice, the first', '2025-10-26 01:30:00', '2025-10-26T00:30:00.000Z'],
  ['that clocks skip, moved on', '2025-03-30 01:30:00', '2025-03-30T01:30:00.000Z'],
])('reads a time of London %s', (_, local, utc) => {
  const timeMs = new ZonedTime('Europe/London').parse(local);
  expect(timeMs === undefined ? undefined : new Date(timeMs).toISOString()).toBe(utc);
});

it.each([
  '2025-01-15T12:00:00Z',
  '2024-02-29T23:59:59.999Z',
  '1969-12-31T23:59:59.001Z',
  '2299-01-01T00:00:00Z',
])('reads %s as the language does', (text) => {
  expect(parseIsoTimeMs(text)).toBe(Date.parse(text));
});

it.each([
  '2025-02-29T00:00:00Z',
  '2025-01-15T24:00:00Z',
  '2025-01-15T12:00:60Z',
  '2025-01-15T12:00:00',
  '2025-01-15',
])('refuses %s', (text) => {
  expect(parseIsoTimeMs(text)).toBeUndefined();
});
