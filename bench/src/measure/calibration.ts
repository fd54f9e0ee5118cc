import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import { mean } from './latency.js';

/** How fast the machine was beside a figure. */
export interface Calibration {
  /** CPU seconds of a fixed work: rises when others share caches, clock and memory. */
  readonly cpuSeconds: number;
  /** Wall seconds of the same: rises when others take the cores. */
  readonly wallSeconds: number;
  /** Runnable processes over the last minute. */
  readonly loadAverage: number;
}

/** Does the fixed work (some 0.3 s): JSON, hashing and arithmetic, in one thread. */
export function calibrate(): Calibration {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const sample = JSON.stringify({
    id: 'a-1',
    data: { lines: Array.from({ length: 20 }, (_, sku) => ({ sku })) },
  });
  const hash = createHash('sha256');
  let sum = 0;
  for (let round = 0; round < 40_000; round++) {
    sum = (sum + (JSON.parse(sample) as { data: { lines: unknown[] } }).data.lines.length) | 0;
    if (round % 4 === 0) hash.update(sample);
  }
  for (let round = 0; round < 40_000_000; round++) sum = (Math.imul(sum, 1_664_525) + round) | 0;
  hash.update(String(sum)).digest();
  const used = process.cpuUsage(before);
  return {
    cpuSeconds: (used.user + used.system) / 1e6,
    wallSeconds: (performance.now() - startedAt) / 1e3,
    loadAverage: loadavg()[0] ?? 0,
  };
}

/** @param all one at least */
export function meanCalibration(all: readonly Calibration[]): Calibration {
  const of = (key: keyof Calibration): number => mean(all.map((each) => each[key]));
  return { cpuSeconds: of('cpuSeconds'), wallSeconds: of('wallSeconds'), loadAverage: of('loadAverage') };
}
