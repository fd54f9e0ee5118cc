import type { AnyMetric, MetricDefinition } from '../metric.js';
import { isMetricRatio } from '../metric.js';
import { isBySession, isLevel, slotsOf } from '../slots.js';
import { GAP, GAPS_TABLE, PANE, PANES_TABLE } from './pane-columns.js';
import { inRange, isRecent } from './panes-query.js';
import { dimensionIndex, resolveSelection, type PaneSelection, type ResolvedSelection } from './selection.js';
import { lines, literal } from './text.js';
import { items } from './windows.js';

/** A selection that `windowsOfPanes` can make of panes as they are stored. */
export interface PanesWanted {
  readonly definition: MetricDefinition;
  readonly selection: ResolvedSelection;
}

/**
 * Row of `panesRead` as JSONEachRow gives it. A gap has no metric: its log times are from `start_ms` to `to_ms`, its
 * offsets from `chunk` to `through`. A pane has no topic: it is merged over all sources. Any other row tells the
 * highest offset that the panes of one metric and start have of one source.
 */
export interface PanesReadRow {
  readonly metric: string;
  readonly revision: string;
  readonly start_ms: number | string;
  /** In the order of the definition; those that no selection needs are empty. */
  readonly dimensions: readonly string[];
  readonly topic: string;
  readonly incarnation: number;
  readonly partition: number;
  readonly through: number | string;
  readonly events: number | string;
  readonly late_events: number | string;
  /** 1 where series were folded. */
  readonly partial: 0 | 1;
  /** Chunks that have folded series of it: topic, incarnation, partition, chunk. */
  readonly folded: readonly (readonly [string, number, number, number | string])[];
  /** Whole numbers of 64 bits. */
  readonly sums: readonly string[];
  readonly least: readonly (number | string | null)[];
  readonly greatest: readonly (number | string | null)[];
  readonly buckets: Readonly<Record<string, number | string>>;
  readonly chunk: number | string;
  readonly to_ms: number | string;
}

/** Panes × windows that each is in: beyond it the store merges them sooner than JavaScript. */
const MOST_STEPS = 5_000;

/**
 * The selection resolved, if JavaScript can make its windows of panes; undefined: the store has to (`panesSelect`).
 * That is so for what is made of more than the range (levels, sessions, ratios of metrics), of what rows of panes do
 * not have (sets, the order of last values, reference topics), of what may be archived, and for long ranges.
 */
export function resolvePanesWanted(definition: AnyMetric, options: PaneSelection): PanesWanted | undefined {
  if (isMetricRatio(definition) || isLevel(definition) || isBySession(definition)) return undefined;
  const { hashes, lasts } = slotsOf(definition);
  if (hashes || lasts > 0) return undefined;
  if (definition.dimensions.some(({ by }) => by?.kind === 'reference')) return undefined;
  const selection = resolveSelection(definition, options);
  if (selection.perPane || !isRecent(definition, selection)) return undefined;
  const { fromMs, toMs, everyMs, sizeMs } = selection;
  const panes = (toMs - fromMs + sizeMs) / definition.window.everyMs;
  return panes * Math.max(1, sizeMs / everyMs) > MOST_STEPS ? undefined : { definition, selection };
}

/**
 * SELECT of the panes that selections need, of what they cover and of all gaps: flat, because nearly all that a short
 * statement costs the store is planning (docs/decisions/0058). Windows, series, filters and values are made of its rows
 * by `windowsOfPanes`. At most `limit` rows.
 */
export function panesRead(wanted: readonly PanesWanted[], limit: number): string {
  const conditions = wanted.map(({ definition, selection }) => `(${inRange(definition, selection)})`);
  const pane = [PANE.metric, PANE.revision, PANE.paneStart];
  const source = [PANE.topic, PANE.incarnation, PANE.partition];
  const none = '[]::Array(String)';
  return lines(
    `SELECT ${items([
      `toString(${PANE.metric}) AS metric`,
      `toString(${PANE.revision}) AS revision`,
      `toUnixTimestamp64Milli(${PANE.paneStart}) AS start_ms`,
      `needed AS dimensions`,
      `toString(${PANE.topic}) AS topic`,
      PANE.incarnation,
      PANE.partition,
      `max(p.${PANE.through}) AS through`,
      `sum(p.${PANE.events}) AS events`,
      `sum(p.${PANE.lateEvents}) AS late_events`,
      `max(p.${PANE.partial}) AS partial`,
      `groupUniqArrayIf((${items([...source, PANE.chunk].map((name) => `p.${name}`))}), p.${PANE.partial} > 0) AS folded`,
      `arrayMap(each -> toString(each), sumForEach(p.${PANE.sums})) AS sums`,
      `minForEach(p.${PANE.extremes}) AS least`,
      `maxForEach(p.${PANE.extremes}) AS greatest`,
      `sumMap(p.${PANE.buckets}) AS buckets`,
      `toInt64(0) AS chunk`,
      `toInt64(0) AS to_ms`,
    ])}`,
    `FROM ${PANES_TABLE} AS p FINAL`,
    `WHERE ${[...new Set(conditions)].join('\n  OR ')}`,
    `GROUP BY GROUPING SETS ((${items([...pane, `${neededDimensions(wanted)} AS needed`])}), (${items([...pane, ...source])}))`,
    `LIMIT ${limit}`,
    `UNION ALL`,
    `SELECT '', '', ${GAP.fromTimeMs}, ${none}, toString(${GAP.topic}), ${GAP.incarnation}, ${GAP.partition}, ${GAP.through},`,
    `  0, 0, 0, [], ${none}, [], [], map(), ${GAP.chunk}, ${GAP.toTimeMs}`,
    `FROM ${GAPS_TABLE}`,
  );
}

/** SQL of a row's dimensions, of each metric those only that a selection groups by or filters: fewer rows. */
function neededDimensions(wanted: readonly PanesWanted[]): string {
  const byMetric = new Map<string, { definition: MetricDefinition; needed: Set<number> }>();
  for (const { definition, selection } of wanted) {
    const { needed } = byMetric.get(definition.name) ?? { needed: new Set<number>() };
    for (const name of [...selection.groupBy, ...selection.filter.map(([filtered]) => filtered)])
      needed.add(dimensionIndex(definition, name));
    byMetric.set(definition.name, { definition, needed });
  }
  const branches = [...byMetric.values()].map(({ definition: { name, dimensions }, needed }) => {
    const each = dimensions.map((_, index) =>
      needed.has(index) ? `toString(p.${PANE.dimensions}[${index + 1}])` : `''`,
    );
    return `p.${PANE.metric} = ${literal(name)}, [${each.join(', ')}]::Array(String)`;
  });
  return `multiIf(${branches.join(', ')}, [])`;
}
