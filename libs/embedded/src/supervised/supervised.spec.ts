import { expect, it } from 'vitest';
import { watchClock } from './index.js';

it('tells how far the clock was set back, and nothing of one that goes on or ahead', () => {
  const time = { wallMs: 1_700_000_000_000, steadyMs: 50 };
  const pass = (ms: number): void => {
    time.wallMs += ms;
    time.steadyMs += ms;
  };
  const setBack = watchClock(
    () => time.wallMs,
    () => time.steadyMs,
  );
  expect(setBack()).toBe(0);
  pass(3_600_000);
  expect(setBack()).toBe(0);
  time.wallMs += 60_000;
  expect(setBack()).toBe(0);
  pass(1_000);
  time.wallMs -= 61_500;
  expect(setBack()).toBe(61_500);
  pass(5_000);
  expect(setBack()).toBe(61_500);
});
