import { RULES } from './recount.js';
import { quantiles, type Quantiles } from './latency.js';

/**
 * The gateway has just been started, and is watched all day: these make its connections and compile its code, and are not
 * counted. After ten an answer by region still takes it two to three times the CPU that it takes after sixty.
 */
const WARM_ROUNDS = 60;
const ROUNDS = 25;
/** What a tile of a metric of minutes shows: an hour, and what its first windows need of before. */
const SPAN_MS = 62 * 60_000;
const DAY_MS = 86_400_000;

export interface PulseAnswers {
  readonly all: Quantiles;
  readonly byMetric: Readonly<Record<string, Quantiles>>;
}

/**
 * Asks a gateway for what Pulse shows, one number after the other: the line of each metric, the same whole by its
 * first dimension, and its line a day before. Milliseconds of an answer, from the request to its last byte.
 * @param endMs end of the newest windows that are stored
 */
export async function askAsPulse(url: string, endMs: number): Promise<PulseAnswers> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) {
    for (const [metric, { dimensions }] of Object.entries(RULES)) {
      for (const [toMs, groupBy] of [
        [endMs, ''],
        [endMs, dimensions[0] ?? ''],
        [endMs - DAY_MS, ''],
      ] as const) {
        const query = new URLSearchParams({ from: String(toMs - SPAN_MS), to: String(toMs), groupBy });
        const startedAt = performance.now();
        const answer = await fetch(`${url}/api/metrics/${metric}/values?${query.toString()}`);
        const text = await answer.text();
        if (!answer.ok) throw new Error(`the gateway refused ${metric}: ${text.slice(0, 300)}`);
        if (round >= WARM_ROUNDS) (times[metric] ??= []).push(performance.now() - startedAt);
      }
    }
  }
  const byMetric = Object.fromEntries(
    Object.entries(times).map(([metric, values]) => [metric, quantiles(values)]),
  );
  return { all: quantiles(Object.values(times).flat()), byMetric };
}
