const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that `timeZone` is ahead of UTC at `ms`. */
export function offsetMs(ms: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
  const local = Date.UTC(
    part['year'] ?? 0,
    (part['month'] ?? 1) - 1,
    part['day'] ?? 1,
    part['hour'] ?? 0,
    part['minute'] ?? 0,
    part['second'] ?? 0,
  );
  return local - Math.floor(ms / 1000) * 1000;
}

/**
 * Epoch ms of the same wall-clock time `days` calendar days before `ms`: 23 or 25 hours away when the
 * clocks changed in between.
 */
export function daysEarlier(ms: number, days: number, timeZone: string): number {
  const plain = ms - days * DAY_MS;
  return plain + offsetMs(ms, timeZone) - offsetMs(plain, timeZone);
}

/** Epoch ms of `YYYY-MM-DDTHH:mm` read as wall-clock time in `timeZone`; undefined when it is no time. */
export function fromWallClock(text: string, timeZone: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return undefined;
  const asUtc = Date.parse(`${text.slice(0, 16)}:00Z`);
  if (Number.isNaN(asUtc)) return undefined;
  const guess = asUtc - offsetMs(asUtc, timeZone);
  return asUtc - offsetMs(guess, timeZone);
}

/** `YYYY-MM-DDTHH:mm` of `ms` on the clocks of `timeZone`. */
export function toWallClock(ms: number, timeZone: string): string {
  return new Date(ms + offsetMs(ms, timeZone)).toISOString().slice(0, 16);
}
