import { expect, test } from 'vitest';

import { Random } from './random.js';

test('the same seeds give the same numbers, and neighbours share none', () => {
  const draw = (a: number, b: number) => {
    const random = new Random(a, b);
    return Array.from({ length: 8 }, () => random.uint32());
  };
  expect(draw(7, 9)).toEqual(draw(7, 9));
  const firsts = new Set<number>();
  for (let b = 0; b < 1_000; b++) firsts.add(draw(7, b)[0]!);
  for (let a = 8; a < 1_008; a++) firsts.add(draw(a, 9)[0]!);
  expect(firsts.size).toBe(2_000);
});

test('first numbers of neighbouring seeds are uniform', () => {
  let sum = 0;
  for (let seed = 0; seed < 20_000; seed++) sum += new Random(1, seed).unit();
  expect(sum / 20_000).toBeCloseTo(0.5, 2);
});

test.each([0.3, 2, 12, 400])('a Poisson number has its mean and variance (%d)', (mean) => {
  const random = new Random(3, 4);
  const values = Array.from({ length: 40_000 }, () => random.poisson(mean));
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
  expect(average / mean).toBeCloseTo(1, 1);
  expect(variance / mean).toBeCloseTo(1, 1);
});

test('a log-normal number has its median', () => {
  const random = new Random(5, 6);
  const values = Array.from({ length: 20_001 }, () => random.logNormal(340, 0.45)).sort((a, b) => a - b);
  expect(values[10_000]! / 340).toBeCloseTo(1, 1);
});
