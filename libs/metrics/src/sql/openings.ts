import type { MetricDefinition } from '../metric.js';
import { paneMsOf } from '../session-panes.js';
import { ARCHIVE_COLUMNS, ARCHIVED, EMPTY_STATE, OF_ARCHIVE, unsigned, whereMetric } from './archive.js';
import { ARCHIVE, ARCHIVE_HEAD, ARCHIVE_TABLE, PANE } from './pane-columns.js';
import { levelChange } from './states.js';
import { instant, lines } from './text.js';

/** What a level was at a time: one row a series, of all archived panes that start before. */
export interface Opening {
  readonly beforeMs: number;
  /** Who wrote the rows: a number of its own, so that nobody takes them for panes. */
  readonly attempt: string;
}

/** No pane starts before. */
const LOWEST = `toDateTime64('1900-01-01 00:00:00', 3, 'UTC')`;
const [OPENED, ATTEMPT] = [`${ARCHIVED}.5.1`, `${ARCHIVED}.5.2`];

/**
 * Whether the past of a level can be one row a series: what comes late adds to it, whenever it comes. Where readings
 * open the level it cannot, because a reading that comes late makes void what moved before it.
 */
export function hasOpenings({ measure, ...rest }: MetricDefinition): boolean {
  return measure.kind === 'runningTotal' && levelChange({ measure, ...rest }).isRead === undefined;
}

/** Column for `withArchive`: the newest opening up to `atMs`; one of no rows, before all panes, where there is none. */
export function newestOpening(atMs: number): string {
  const upTo = `arrayFilter(each -> each.1 <= ${instant(atMs)}, groupArrayArray(${ARCHIVE_HEAD.openings}))`;
  return `arrayReverseSort(arrayPushBack(${upTo}, (${LOWEST}, toUInt64(0))))[1]`;
}

/** Condition of archived rows that count with it: a range of the key, however long the past. */
export function ofOpening({ window }: MetricDefinition): string {
  const lastPane = `${OPENED} - toIntervalMillisecond(if(${ATTEMPT} = 0, 0, ${paneMsOf(window)}))`;
  return (
    `${PANE.paneStart} >= ${lastPane} AND ` +
    `(${ARCHIVE.attempt} = ${ATTEMPT} OR (${PANE.paneStart} >= ${OPENED} AND ${OF_ARCHIVE}))`
  );
}

/**
 * SELECT of an opening from the archived rows of these attempts, in the order of `ARCHIVE_COLUMNS`: the last pane
 * before it holds all that came before it, late events and folded series too.
 */
export function openingSelect(
  definition: MetricDefinition,
  beforeMs: number,
  attempts: readonly string[],
): string {
  const columns: Readonly<Record<string, string>> = {
    ...EMPTY_STATE,
    [PANE.paneStart]: instant(beforeMs - paneMsOf(definition.window)),
    [PANE.dimensions]: `r.${PANE.dimensions}`,
    [PANE.chunkLogTime]: `max(r.${PANE.chunkLogTime})`,
    [ARCHIVE.firstLogTime]: `min(r.${ARCHIVE.firstLogTime})`,
    [PANE.events]: `sum(r.${PANE.events})`,
    [PANE.lateEvents]: `sum(r.${PANE.lateEvents})`,
    [PANE.partial]: `max(r.${PANE.partial})`,
    [PANE.sums]: `sumForEach(r.${PANE.sums})`,
    [ARCHIVE.lastPlaces]: '[]::Array(Tuple(UInt32, UInt32))',
  };
  return lines(
    `SELECT ${ARCHIVE_COLUMNS.map((column) => `${columns[column]!} AS ${column}`).join(', ')}`,
    `FROM ${ARCHIVE_TABLE} AS r FINAL`,
    `${whereMetric(definition)} AND r.${ARCHIVE.attempt} IN [${attempts.map(unsigned).join(', ')}]`,
    `  AND r.${PANE.paneStart} < ${instant(beforeMs)}`,
    `GROUP BY r.${PANE.dimensions}`,
  );
}
