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

it('leaves the store alone for as long as a read took', () => {
  const pace = new TickPace(50, 50);
  const look = { lookedAtMs: START, flushedAtMs: [START - 10] };
  expect(pace.nextMs(START, START + 100, look)).toBe(START + 200);
  expect(pace.nextMs(START, START + 100, { ...look, flushedAtMs: [START - 200] })).toBe(START + 200);
});
