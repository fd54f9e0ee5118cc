import type { Contract } from '@freshet/contracts';
import { BUCKET_BOUNDS, GAMMA } from '../buckets.js';
import { fieldOf } from '../filter-values.js';
import { distinctHashSql } from '../hash.js';
import type { MetricDefinition, SimpleMeasure } from '../metric.js';
import { isLevel, slotsOf, type MeasurePart } from '../slots.js';
import { columnSql, filterSql } from './filter-sql.js';
import { ARCHIVE, DISTINCT, FACT, PANE } from './pane-columns.js';

/** A mergeable column of a measure: how it is made from pane rows or facts, and how two become one. */
export interface StateColumn {
  readonly name: string;
  readonly fromPanes: string;
  readonly fromFacts: (contract: Contract) => string;
  readonly merge: string;
}

/**
 * The states of a metric's measure, numerator first.
 * @param perPane each pane by itself: of sessions, the first and the last event time of the fragment too
 * @param isLast see `ValueMode.isLast`
 */
export function stateColumns(definition: MetricDefinition, perPane = false, isLast = false): StateColumn[] {
  const { parts, span } = slotsOf(definition);
  const states = parts.flatMap((part, index) => ofPart(part, `p${index}`, isLast));
  if (span === undefined || !perPane) return states;
  const time = `toUnixTimestamp64Milli(${FACT.eventTime})`;
  const extreme = (name: string, kind: 'min' | 'max', slot: number): StateColumn => ({
    name,
    fromPanes: `assumeNotNull(${kind}(${PANE.extremes}[${slot + 1}]))`,
    fromFacts: () => `${kind}(${time})`,
    merge: `${kind}(${name})`,
  });
  return [...states, extreme('span_first', 'min', span.first), extreme('span_last', 'max', span.last)];
}

function ofPart({ measure, slots }: MeasurePart, prefix: string, isLast: boolean): StateColumn[] {
  const summed = (name: string, slot: number, fromFacts: StateColumn['fromFacts']): StateColumn => ({
    name,
    fromPanes: `sum(${PANE.sums}[${slot + 1}])`,
    fromFacts,
    merge: `sum(${name})`,
  });
  switch (slots.kind) {
    case 'count':
    case 'sessions':
      return [summed(`${prefix}_sum`, slots.sum, (contract) => counted(measure, contract))];
    case 'duration':
      return [summed(`${prefix}_sum`, slots.sum, () => 'toInt64(0)')];
    case 'sum':
      return [summed(`${prefix}_sum`, slots.sum, (contract) => added(measure, contract))];
    case 'avg':
      return [
        summed(`${prefix}_sum`, slots.sum, (contract) => added(measure, contract)),
        summed(`${prefix}_count`, slots.count, (contract) => counted(measure, contract)),
      ];
    case 'min':
    case 'max': {
      const name = `${prefix}_extreme`;
      return [
        {
          name,
          fromPanes: `${slots.kind}(${PANE.extremes}[${slots.extreme + 1}])`,
          fromFacts: (contract) =>
            `${slots.kind}(if(${present(measure, contract)}, toNullable(${value(measure)}), NULL))`,
          merge: `${slots.kind}(${name})`,
        },
      ];
    }
    case 'last': {
      const extreme = `${PANE.extremes}[${slots.extreme + 1}]`;
      const at = (column: string): string => `assumeNotNull(${column}[${slots.last + 1}])`;
      const place = `${ARCHIVE.lastPlaces}[${slots.last + 1}]`;
      const [last, count] = [`${prefix}_last`, `${prefix}_lasts`];
      return [
        {
          name: last,
          fromPanes:
            `maxIf((${at(PANE.lastTimes)}, ${at(PANE.lastOffsets)}, ${place}.1, ${place}.2, ` +
            `assumeNotNull(${extreme})), isNotNull(${extreme}))`,
          fromFacts: (contract) =>
            `maxIf((toUnixTimestamp64Milli(${FACT.eventTime}), ${FACT.offset}, ${FACT.incarnation}, ` +
            `${FACT.partition}, assumeNotNull(${value(measure)})), ${present(measure, contract)})`,
          merge: `maxIf(${last}, ${count} > 0)`,
        },
        {
          name: count,
          fromPanes: `countIf(isNotNull(${extreme}))`,
          fromFacts: (contract) => `countIf(${present(measure, contract)})`,
          merge: `sum(${count})`,
        },
      ];
    }
    case 'distinct': {
      const name = `${prefix}_set`;
      const united = isLast ? 'uniqExactArray' : 'groupUniqArrayArray';
      return [
        {
          name,
          fromPanes: `${united}(${DISTINCT.members})`,
          fromFacts: (contract) =>
            `groupUniqArrayIf(${distinctHashSql(`assumeNotNull(toString(${value(measure)}))`)}, ${present(measure, contract)})`,
          merge: `${united}(${name})`,
        },
      ];
    }
    case 'quantile': {
      const name = `${prefix}_buckets`;
      return [
        {
          name,
          fromPanes: `sumMap(${PANE.buckets})`,
          fromFacts: (contract) =>
            `sumMapIf(map(${bucketSql(`assumeNotNull(${value(measure)})`)}, toUInt64(1)), ${present(measure, contract)})`,
          merge: `sumMap(${name})`,
        },
      ];
    }
  }
}

/** Value of a part from its states, in the unit of its field; NULL where nothing was measured. */
function partValue(
  { measure, slots }: MeasurePart,
  prefix: string,
  { q, isLast = false }: ValueMode,
): string {
  switch (slots.kind) {
    case 'count':
    case 'sessions':
      return `${prefix}_sum`;
    case 'duration':
      return `(${prefix}_sum) / 1000`;
    case 'sum':
      return unscaled(`${prefix}_sum`, measure);
    case 'avg':
      return unscaled(`if(${prefix}_count = 0, NULL, ${prefix}_sum / ${prefix}_count)`, measure);
    case 'min':
    case 'max':
      return unscaled(`${prefix}_extreme`, measure);
    case 'last':
      return unscaled(`if(${prefix}_lasts = 0, NULL, ${prefix}_last.5)`, measure);
    case 'distinct':
      return isLast ? `${prefix}_set` : `length(${prefix}_set)`;
    case 'quantile':
      return unscaled(quantileSql(`${prefix}_buckets`, rankSql(measure, q)), measure);
  }
}

function rankSql(measure: SimpleMeasure, q: string | undefined): string {
  return measure.kind === 'quantiles' ? (q ?? String(measure.at[0])) : String((measure as { q: number }).q);
}

/** How values are made of states. */
export interface ValueMode {
  /** SQL of the length of a window, ms: what a rate divides by. */
  readonly lengthMs: string;
  /** Each pane by itself: of a running total the change, see `PaneSelection.perPane`. */
  readonly perPane?: boolean;
  /** Nothing is merged after the windows, so that sets are their sizes already: docs/decisions/0051. */
  readonly isLast?: boolean;
  /** Of several quantiles: SQL of the rank, 0 to 1; absent: the first. */
  readonly q?: string;
}

/** States that windows are made of: those of the panes, but of a running total its level. */
export function windowStates(
  definition: MetricDefinition,
  perPane = false,
  isLast = false,
): readonly Pick<StateColumn, 'name' | 'merge'>[] {
  return isLevel(definition, perPane) ? LEVEL_STATES : stateColumns(definition, perPane, isLast);
}

/** Of one series in one window; `unopened` is 1 where the opening was not read yet. */
export const LEVEL_STATES = [
  { name: 'run_level', merge: 'sum(run_level)' },
  { name: 'run_unopened', merge: 'max(run_unopened)' },
] as const;

/** Movement within a pane, and whether its opening was read in it and how much it was; whole numbers. */
export function levelChange(definition: MetricDefinition): {
  readonly movement: string;
  readonly isRead: string | undefined;
  readonly reading: string | undefined;
} {
  const { parts } = slotsOf(definition);
  const { measure } = definition;
  const hasMinus = measure.kind === 'runningTotal' && measure.minus !== undefined;
  const opening = parts.findIndex(({ slots }) => slots.kind === 'last');
  return {
    movement: hasMinus ? 'p0_sum - p1_sum' : 'p0_sum',
    isRead: opening < 0 ? undefined : `p${opening}_lasts > 0`,
    reading: opening < 0 ? undefined : `p${opening}_last.5`,
  };
}

/** SQL of a metric's value over its window's states; numerator and denominator for ratios. */
export function valueSql(
  definition: MetricDefinition,
  mode: ValueMode,
): {
  readonly value: string;
  readonly numerator: string | undefined;
  readonly denominator: string | undefined;
  /** How large a series is, for choosing the largest ones. */
  readonly size: string;
} {
  const { lengthMs, perPane = false } = mode;
  const { parts } = slotsOf(definition);
  const { measure } = definition;
  if (measure.kind === 'runningTotal') {
    if (!perPane) {
      const value = unscaled('run_level', measure.plus);
      return { value, numerator: undefined, denominator: undefined, size: 'toFloat64(abs(run_level))' };
    }
    const { movement, isRead, reading } = levelChange(definition);
    const read =
      isRead === undefined ? undefined : unscaled(`if(${isRead}, ${reading!}, NULL)`, measure.plus);
    const value = unscaled(`(${movement})`, measure.plus);
    return { value, numerator: read && value, denominator: read, size: `toFloat64(${PANE.events})` };
  }
  const [first, second] = parts.map((part, index) => partValue(part, `p${index}`, mode));
  const { session } = definition.window;
  if (session !== undefined && perPane) {
    // Where in its pane the fragment begins and ends, as one whole number: below 2^53 for gaps of up to a day.
    const into = (at: string): string => `positiveModulo(${at}, ${session.gapMs})`;
    const value = `${into('span_first')} * ${session.gapMs} + ${into('span_last')}`;
    return { value, numerator: first, denominator: second, size: `toFloat64(${PANE.events})` };
  }
  if (measure.kind === 'rate') {
    const value = `(${first!}) * 1000 / ${lengthMs}`;
    return { value, numerator: undefined, denominator: undefined, size: `toFloat64(${first!})` };
  }
  if (second !== undefined) {
    return {
      value: `if(ifNull(${second}, 0) = 0, NULL, (${first}) / (${second}))`,
      numerator: first,
      denominator: second,
      size: `ifNull(toFloat64(${second}), 0)`,
    };
  }
  const { kind } = parts[0]!.slots;
  const isAdditive = ['count', 'sum', 'distinct', 'sessions', 'duration'].includes(kind);
  return {
    value: first!,
    numerator: undefined,
    denominator: undefined,
    size: isAdditive ? `toFloat64(${first})` : `toFloat64(${PANE.events})`,
  };
}

function unscaled(sql: string, measure: SimpleMeasure): string {
  const scale = 'scale' in measure ? (measure.scale ?? 0) : 0;
  return scale === 0 ? sql : `(${sql}) / 1e${scale}`;
}

function value(measure: SimpleMeasure): string {
  return columnSql((measure as { field: string }).field);
}

/** Condition that an event counts for the part: its `where`, and the field is there. */
function present(measure: SimpleMeasure, contract: Contract): string {
  const conditions = measure.where ? [`(${filterSql(measure.where, contract)})`] : [];
  if ('field' in measure && !fieldOf(contract, measure.field).required) {
    conditions.push(`isNotNull(${value(measure)})`);
  }
  return conditions.join(' AND ') || '1';
}

function counted(measure: SimpleMeasure, contract: Contract): string {
  return `toInt64(countIf(${present(measure, contract)}))`;
}

function added(measure: SimpleMeasure, contract: Contract): string {
  return `toInt64(sumIf(assumeNotNull(${value(measure)}), ${present(measure, contract)}))`;
}

/** The bucket of `bucketOf`: a logarithm, corrected by the same table of whole bounds. */
export function bucketSql(column: string): string {
  const table = `[${BUCKET_BOUNDS.join(',')}]::Array(Int64)`;
  const size = `abs(${column})`;
  const guess = `greatest(1, least(toInt32(floor(log(greatest(${size}, 1)) / log(${GAMMA}))) + 1, ${BUCKET_BOUNDS.length}))`;
  // Bounds repeat at small values (1.02 … 1.98 are all 2 as whole numbers), so the last equal one is meant.
  const bucket =
    `arrayReduce('max', arrayMap(step -> if(step >= 1 AND step <= ${BUCKET_BOUNDS.length} ` +
    `AND (${table})[step] <= ${size}, step, 1), range(toInt32(${guess}) - 1, toInt32(${guess}) + 2)))`;
  return `toInt32(if(${column} = 0, 0, sign(${column}) * ${bucket}))`;
}

/** Nearest-rank quantile over a sorted map of buckets, see `quantileOf`. */
function quantileSql(buckets: string, q: string): string {
  const bucket =
    `mapKeys(${buckets})[arrayFirstIndex(running -> running >= ${q} * arraySum(mapValues(${buckets})), ` +
    `arrayCumSum(mapValues(${buckets})))]`;
  const middle = `pow(${GAMMA}, abs(${bucket}) - 1) * ${(2 * GAMMA) / (GAMMA + 1)}`;
  return `if(empty(${buckets}), NULL, sign(${bucket}) * ${middle})`;
}
