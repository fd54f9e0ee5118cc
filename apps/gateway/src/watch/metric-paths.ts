import { ownerOf, type PartitionProgress, type WatchedMetric } from '@freshet/freshness';
import type { Canary, Stage, StageTime } from '@freshet/live-protocol';

const STAGES: readonly Stage[] = ['produce', 'broker', 'ingest', 'store', 'serve', 'paint'];
/** Older events say nothing about how fast events come now. */
const RECENT_MS = 60_000;

/** The way of every metric's data. */
export class MetricPaths {
  constructor(
    private readonly metrics: () => readonly WatchedMetric[],
    private readonly partitionsOf: (topic: string) => readonly PartitionProgress[],
    private readonly canary: () => Canary,
    private readonly paintMs: (metric: string, nowMs: number) => number | undefined,
  ) {}

  /** By metric, each stage in order. */
  all(nowMs: number): Record<string, StageTime[]> {
    const canary = this.canary();
    return Object.fromEntries(
      this.metrics().map((metric) => {
        const partitions = this.partitionsOf(metric.topic);
        const paintMs = this.paintMs(metric.metric, nowMs);
        return [metric.metric, metricPath(metric, nowMs, partitions, canary, paintMs)];
      }),
    );
  }
}

/** How long data of a metric spends in each stage, newest evidence, and who owns that stage. */
function metricPath(
  metric: WatchedMetric,
  nowMs: number,
  partitions: readonly PartitionProgress[],
  canary: Canary,
  paintMs: number | undefined,
): StageTime[] {
  return STAGES.map((stage): StageTime => {
    const owner = ownerOf(metric, stage);
    const unknown: StageTime = { stage, ms: null, owner, from: 'unknown' };
    if (stage === 'produce') {
      const ms = produceMs(nowMs, partitions);
      return ms === undefined ? unknown : { stage, ms, owner, from: 'measured' };
    }
    if (stage === 'paint')
      return paintMs === undefined ? unknown : { stage, ms: paintMs, owner, from: 'browser' };
    const ms = canary.stages.find((each) => each.stage === stage)?.ms ?? null;
    return ms === null ? unknown : { stage, ms, owner, from: 'canary' };
  });
}

/** From the newest event's time to its being appended, the slowest partition. */
function produceMs(nowMs: number, partitions: readonly PartitionProgress[]): number | undefined {
  const recent = partitions.filter(({ lastLogTimeMs }) => nowMs - lastLogTimeMs < RECENT_MS);
  if (recent.length === 0) return undefined;
  return Math.max(...recent.map(({ lastLogTimeMs, frontierMs }) => Math.max(0, lastLogTimeMs - frontierMs)));
}
