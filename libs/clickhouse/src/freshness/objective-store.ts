import type { FreshnessStore } from '@freshet/freshness';
import { BEGUN_SQL } from '../schema/freshness-views.js';
import type { RowStore } from './freshness-store.js';

type Part = Pick<
  FreshnessStore,
  | 'writeSlices'
  | 'readSlices'
  | 'readBegun'
  | 'readDays'
  | 'writeObjectives'
  | 'writeExclusion'
  | 'readExclusions'
>;

interface ExclusionRow {
  readonly id: string;
  readonly kind: 'maintenance' | 'stop';
  readonly metrics: string[];
  readonly from_ms: string;
  readonly until_ms: string;
  readonly reason: string;
  readonly by: string;
}

/** Judged seconds, what they are judged by, and what is left out. */
export function objectiveStore(store: RowStore): Part {
  return {
    writeSlices: (minutes) =>
      store.insert(
        'objective_slices_log',
        minutes.map(({ metric, minuteMs, good, bad }) => ({
          metric,
          minute: minuteMs / 1000,
          good: String(good),
          bad: String(bad),
        })),
      ),
    async readSlices(fromMs) {
      const rows = await store.rows<{ metric: string; minute: number; good: string; bad: string }>(
        `SELECT metric, toUnixTimestamp(minute) AS minute, toString(groupBitOr(s.good)) AS good, toString(groupBitOr(s.bad)) AS bad
         FROM freshet.objective_slices_log AS s WHERE s.minute >= toDateTime({from:Int64}, 'UTC')
         GROUP BY metric, s.minute ORDER BY s.minute`,
        { from: Math.floor(fromMs / 1000) },
      );
      return rows.map(({ metric, minute, good, bad }) => ({
        metric,
        minuteMs: Number(minute) * 1000,
        good: BigInt(good),
        bad: BigInt(bad),
      }));
    },
    async readBegun() {
      const rows = await store.rows<{ metric: string; begun_s: string }>(BEGUN_SQL);
      return new Map(rows.map(({ metric, begun_s }) => [metric, Number(begun_s) * 1000]));
    },
    async readDays(fromMs, toMs, timeZone) {
      const range = { from: Math.floor(fromMs / 1000), to: Math.floor(toMs / 1000), zone: timeZone };
      const [days, good] = await Promise.all([
        store.rows<{ day: string; from_s: number }>(
          `WITH toDate(toDateTime({from:Int64}, 'UTC'), {zone:String}) AS first
           SELECT toString(first + number) AS day, toUnixTimestamp(toDateTime(first + number, {zone:String})) AS from_s
           FROM numbers(400) WHERE first + number <= toDate(toDateTime({to:Int64}, 'UTC'), {zone:String}) ORDER BY number`,
          range,
        ),
        store.rows<{ metric: string; day: string; seconds: string }>(
          `SELECT metric, toString(toDate(minute, {zone:String})) AS day, toString(sum(bitCount(good_bits))) AS seconds
           FROM (
             SELECT metric, minute, bitAnd(groupBitOr(s.good), bitNot(groupBitOr(s.bad))) AS good_bits
             FROM freshet.objective_slices_log AS s
             WHERE minute >= toDateTime({from:Int64}, 'UTC') AND minute < toDateTime({to:Int64}, 'UTC')
             GROUP BY metric, minute
           ) GROUP BY metric, day`,
          range,
        ),
      ]);
      return {
        days: days.map(({ day, from_s }) => ({ day, fromMs: Number(from_s) * 1000 })),
        good: good.map(({ metric, day, seconds }) => ({ metric, day, seconds: Number(seconds) })),
      };
    },
    writeObjectives: (objectives) =>
      store.insert(
        'objectives_log',
        objectives.map(({ metric, owner, targetMs, objective, overMs, actionWindowMs }) => ({
          metric,
          owner,
          target_ms: targetMs,
          objective,
          over_ms: overMs,
          action_window_ms: actionWindowMs,
        })),
      ),
    writeExclusion: ({ id, kind, metrics, fromMs, untilMs, reason, by }) =>
      store.insert('exclusions_log', [
        { id, kind, metrics, from_ms: fromMs, until_ms: untilMs ?? -1, reason, by },
      ]),
    async readExclusions(fromMs) {
      const rows = await store.rows<ExclusionRow>(
        `SELECT id, kind, metrics, from_ms, until_ms, reason, by FROM freshet.exclusions_log FINAL
         WHERE until_ms < 0 OR until_ms >= {from:Int64} ORDER BY from_ms`,
        { from: Math.floor(fromMs) },
      );
      return rows.map(({ from_ms, until_ms, ...rest }) => ({
        ...rest,
        fromMs: Number(from_ms),
        untilMs: Number(until_ms) < 0 ? null : Number(until_ms),
      }));
    },
  };
}
