import type { LateShare } from '@freshet/freshness';
import type {
  Alert,
  Canary,
  ClockSkew,
  Evaluator,
  Objective,
  SourceState,
  StageTime,
} from '@freshet/live-protocol';
import { Gauge, type Registry } from 'prom-client';

/** What is told of freshness and alerts when Prometheus asks; must not wait. */
export interface StateOfThings {
  alerts(): readonly Alert[];
  sources(): readonly SourceState[];
  /** By the while that each contract names; undefined: no ingest tells. */
  late(): readonly { readonly topic: string; readonly share: LateShare | undefined }[];
  canary(): Canary;
  clocks(): readonly ClockSkew[];
  evaluator(): Evaluator;
  paths(): Readonly<Record<string, readonly StageTime[]>>;
  /** Newest report; undefined: none yet. */
  objectives(): readonly Objective[] | undefined;
}

/** Registers the series of docs/guide/observability.md that tell of freshness, objectives and alerts. */
export function registerState(registry: Registry, state: StateOfThings): void {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    fill: (set: (labels: Record<Label, string>, value: number | null) => void) => void,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        fill((labels, value) => this.set(labels as never, value ?? NaN));
      },
    });
  };
  gauge(
    'freshet_objective_budget_left_ratio',
    'Error budget that is left: 1 untouched, 0 spent.',
    ['metric'],
    (set) => {
      for (const { metric, budgetLeft } of state.objectives() ?? []) set({ metric }, budgetLeft);
    },
  );
  gauge('freshet_objective_compliance_ratio', 'Good seconds of the period so far.', ['metric'], (set) => {
    for (const { metric, compliance } of state.objectives() ?? []) set({ metric }, compliance);
  });
  gauge(
    'freshet_metric_stage_seconds',
    'Time that data of a metric spends in a stage; NaN where it is not known.',
    ['metric', 'stage', 'from'],
    (set) => {
      for (const [metric, path] of Object.entries(state.paths()))
        for (const { stage, ms, from } of path) set({ metric, stage, from }, inSeconds(ms));
    },
  );
  gauge(
    'freshet_source_silent_seconds',
    'Time since the newest event of a topic that was read to its end.',
    ['topic'],
    (set) => {
      for (const { topic, state: is, silentForMs } of state.sources())
        if (is === 'flowing' || is === 'quiet' || is === 'silent')
          set({ topic }, inSeconds(silentForMs ?? 0));
    },
  );
  gauge(
    'freshet_source_late_ratio',
    'Share of the newest events of a topic that came after their windows were final; NaN where no ingest tells.',
    ['topic'],
    (set) => {
      for (const { topic, share } of state.late())
        set({ topic }, share === undefined ? null : share.late / Math.max(1, share.counted));
    },
  );
  gauge(
    'freshet_source_lag_seconds',
    'Now less the time up to which a partition is stored.',
    ['topic', 'partition'],
    (set) => {
      for (const { topic, partitions } of state.sources())
        for (const { partition, lagMs } of partitions)
          set({ topic, partition: String(partition) }, inSeconds(lagMs));
    },
  );
  gauge('freshet_canary_ok', '1 while the canary comes through in time.', [], (set) => {
    const canary = state.canary();
    if (canary.state !== 'off') set({}, canary.state === 'ok' ? 1 : 0);
  });
  gauge('freshet_canary_total_seconds', 'How long the newest canary took to be served.', [], (set) =>
    set({}, inSeconds(state.canary().totalMs)),
  );
  gauge('freshet_clock_skew_seconds', "Another machine's clock less the gateway's.", ['machine'], (set) => {
    for (const { machine, skewMs } of state.clocks()) set({ machine }, skewMs / 1000);
  });
  gauge('freshet_alerts', 'Open alerts.', ['kind', 'severity', 'status'], (set) => {
    const counts = new Map<
      string,
      { labels: Record<'kind' | 'severity' | 'status', string>; count: number }
    >();
    for (const { kind, severity, status } of state.alerts()) {
      if (status === 'resolved') continue;
      const key = `${kind} ${severity} ${status}`;
      const known = counts.get(key) ?? { labels: { kind, severity, status }, count: 0 };
      counts.set(key, { ...known, count: known.count + 1 });
    }
    for (const { labels, count } of counts.values()) set(labels, count);
  });
  gauge('freshet_evaluator_active', '1 where this gateway evaluates alerts.', [], (set) =>
    set({}, state.evaluator().isHere ? 1 : 0),
  );
  gauge(
    'freshet_evaluator_heartbeat_timestamp_seconds',
    'When alerts were last evaluated, by anybody: the dead man’s switch for an outside watcher.',
    [],
    (set) => set({}, inSeconds(state.evaluator().heartbeatMs)),
  );
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
