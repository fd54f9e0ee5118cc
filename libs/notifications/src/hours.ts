import { WEEKDAYS, type TeamHours } from '@freshet/contracts';

/** Whether a time (epoch ms) lies within a team's hours, on the clocks of its time zone. */
export function isWithinHours(hours: TeamHours, atMs: number): boolean {
  const parts = new Map(
    formatter(hours.timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const weekday = parts.get('weekday')?.toLowerCase();
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  const day = WEEKDAYS.find((known) => known === weekday);
  return (
    day !== undefined && hours.days.includes(day) && minute >= hours.fromMinute && minute < hours.toMinute
  );
}

/** Formatters are slow to make; a catalogue has few time zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, made);
  return made;
}
