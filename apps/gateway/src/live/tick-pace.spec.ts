import { expect, it } from 'vitest';
import { TickPace } from './tick-pace.js';

const START = 1_700_000_000_000;

it('reads just after ingest has stored, whatever the phase', () => {
  const pace = new TickPace(500, 1_000);
  const next = pace.nextMs(START, START + 60, { lookedAtMs: START, flushedAtMs: [START - 300] });
  expect(next).toBe(START + 740);
  // Of two ingest processes the one that stores first, but never more often than the least.
  const two = { lookedAtMs: START, flushedAtMs: [START - 300, START - 800] };
  expect(pace.nextMs(START, START + 60, two)).toBe(START + 500);
});

it('looks again soon, then less often, for what does not come', () => {
  const pace = new TickPace(500, 1_000);
  const waits = Array.from({ length: 6 }, () => {
    const look = { lookedAtMs: START, flushedAtMs: [START - 2_000] };
    return pace.nextMs(START, START, look) - START;
  });
  expect(waits).toEqual([50, 100, 200, 400, 500, 500]);
  expect(pace.nextMs(START, START, undefined)).toBe(START + 500);
});

it('leaves the store alone for as long as reads take of late', () => {
  const pace = new TickPace(50, 50);
  const nextMs = (tookMs: number) =>
    pace.nextMs(START, START + tookMs, { lookedAtMs: START, flushedAtMs: [START - 10] }) - START;
  for (let i = 0; i < 100; i++) nextMs(100);
  expect(nextMs(100)).toBeCloseTo(200, 1);
  // Also where nothing was stored.
  expect(
    pace.nextMs(START, START + 100, { lookedAtMs: START, flushedAtMs: [START - 200] }) - START,
  ).toBeCloseTo(200, 1);
  // One slow read holds up the next by little, and a short one by no more than itself.
  expect(nextMs(900)).toBeCloseTo(1_100, 1);
  expect(nextMs(60)).toBe(120);
});
