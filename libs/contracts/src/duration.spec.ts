import { expect, it } from 'vitest';
import { parseDurationMs } from './duration.js';

it.each([
  ['500ms', 500],
  ['5s', 5000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
  ['0s', 0],
  ['5', undefined],
  ['-5s', undefined],
  ['1.5h', undefined],
  ['5 s', undefined],
  ['99999d', undefined],
])('reads the duration %s', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected);
});
