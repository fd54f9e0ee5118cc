import { daysFromCivil, isCivilDate } from './civil-time.js';

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?$/;

/**
 * Epoch milliseconds of an RFC 3339 time (`2025-01-31T12:00:00.123Z`, `…+02:00`); undefined for anything
 * else, dates that do not exist and leap seconds. Digits below the millisecond are cut off.
 */
export function parseIsoTimeMs(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const civilMs = civilTimeMs(match);
  if (civilMs === undefined || match[8] === undefined) return civilMs;
  const [hours, minutes] = [Number(match[9]), Number(match[10])];
  if (hours > 23 || minutes > 59) return undefined;
  const offsetMs = (hours * 60 + minutes) * 60_000;
  return match[8] === '+' ? civilMs - offsetMs : civilMs + offsetMs;
}

/** Milliseconds that a local time (`2025-01-31 12:00:00`) would be if it were UTC; undefined when it is none. */
export function parseLocalTimeMs(text: string): number | undefined {
  const match = LOCAL.exec(text);
  return match === null ? undefined : civilTimeMs(match);
}

function civilTimeMs(match: RegExpExecArray): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (!isCivilDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  return daysFromCivil(year, month, day) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}
