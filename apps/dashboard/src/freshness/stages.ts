import { stageSchema, type Freshness, type FreshnessList } from '@freshet/live-protocol';

/** What each stage of the way to a metric took lately: the producer's, the canary's and the browser's measures. */
export type Way = FreshnessList['paths'][string];
type Stage = Way[number]['stage'];

export interface StagePart {
  readonly stage: Stage;
  readonly ms: number;
}

/** Stages within what `ingest` is behind by: from the log to the store. */
const TO_STORE: readonly Stage[] = ['broker', 'ingest', 'store'];

/**
 * The parts of a bar, in the order of the way; stages of which nothing is known are left out. A fresh metric's time
 * from log to store is told as one; it is divided as the canary's was. Before and after it come what producing and
 * painting took. When something is at fault, what is known of the fault is shown as it is.
 */
export function stagesOf(freshness: Freshness | undefined, way: Way | undefined): readonly StagePart[] {
  if (freshness === undefined) return [];
  const measured = new Map(way?.map(({ stage, ms }) => [stage, ms]));
  const parts: Partial<Record<Stage, number>> = { ...freshness.stages };
  if (freshness.status === 'fresh') {
    for (const stage of ['produce', 'paint'] as const) parts[stage] ??= measured.get(stage) ?? 0;
    const whole = TO_STORE.reduce((sum, stage) => sum + (measured.get(stage) ?? 0), 0);
    const behind = parts.ingest ?? 0;
    if (whole > 0 && parts.broker === undefined && parts.store === undefined) {
      for (const stage of TO_STORE) parts[stage] = (behind * (measured.get(stage) ?? 0)) / whole;
    }
  }
  return stageSchema.options.flatMap((stage) => {
    const ms = parts[stage] ?? 0;
    return ms > 0 ? [{ stage, ms }] : [];
  });
}
