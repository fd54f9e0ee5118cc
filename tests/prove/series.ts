import type { App } from './rig.js';

/** What a process tells Prometheus, as text. */
export async function seriesOf({ port }: App): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** Sum over the labels of a series in Prometheus' text. */
export function sumOf(series: string, name: string): number {
  return [...series.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'gm'))].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
}
