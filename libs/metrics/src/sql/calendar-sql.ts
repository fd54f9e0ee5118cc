import { hourPhaseMs, type Calendar } from '@freshet/windowing';
import { integer, literal } from './text.js';

/** How windows follow each other: steps of a fixed length from the epoch on, or those of a calendar. */
export interface Steps {
  readonly everyMs: number;
  readonly calendar?: Calendar | undefined;
}

const END_MS = 'toUnixTimestamp64Milli(window_end)';

/** End of the step that holds a time; both are SQL of epoch ms. */
export function stepEndSql({ everyMs, calendar }: Steps, timeMs: string): string {
  if (calendar?.unit === 'day') return dateStart(calendar, `${dateOf(calendar, timeMs)} + 1`);
  const phaseMs = calendar === undefined ? 0 : hourPhaseMs(calendar.timeZone);
  const into = phaseMs === 0 ? timeMs : `${timeMs} + ${integer(phaseMs)}`;
  return `${timeMs} - positiveModulo(${into}, ${integer(everyMs)}) + ${integer(everyMs)}`;
}

/** Start of a window of one step or of `sizeMs`, SQL of epoch ms over the column `window_end`. */
export function windowStartSql({ calendar }: Pick<Steps, 'calendar'>, sizeMs: number): string {
  if (calendar?.unit !== 'day') return `${END_MS} - ${integer(sizeMs)}`;
  return dateStart(calendar, dateOf(calendar, `${END_MS} - 1`));
}

/** Length of a window in ms, for what is told by the second; SQL over `window_end`. */
export function windowLengthSql(steps: Pick<Steps, 'calendar'>, sizeMs: number): string {
  if (steps.calendar?.unit !== 'day') return integer(sizeMs);
  return `(${END_MS} - (${windowStartSql(steps, sizeMs)}))`;
}

/** Array of the ends of steps in (after, until]; all are SQL of epoch ms. */
export function stepEndsSql(steps: Steps, afterMs: string, untilMs: string): string {
  const { calendar, everyMs } = steps;
  if (calendar?.unit !== 'day') {
    return `range(${stepEndSql(steps, afterMs)}, ${untilMs} + 1, ${integer(everyMs)})`;
  }
  const number = (timeMs: string): string => `toUInt32(${dateOf(calendar, timeMs)})`;
  const ends = `arrayMap(date -> ${dateStart(calendar, 'toDate(date)')}, range(${number(afterMs)}, ${number(untilMs)} + 1))`;
  return `arrayFilter(end -> end > ${afterMs} AND end <= ${untilMs}, ${ends})`;
}

/** Date on the clock of the time zone. */
function dateOf({ timeZone }: Calendar, timeMs: string): string {
  return `toDate(fromUnixTimestamp64Milli(toInt64(${timeMs}), 'UTC'), ${literal(timeZone)})`;
}

/** First instant that has the date, epoch ms. */
function dateStart({ timeZone }: Calendar, date: string): string {
  return `toInt64(toUnixTimestamp(toDateTime(${date}, ${literal(timeZone)}))) * 1000`;
}
