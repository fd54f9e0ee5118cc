let second = Number.NaN;
let prefix = '';

/** ISO 8601 in UTC with milliseconds; cheap for times that are close together. */
export function isoTime(epochMs: number): string {
  const asked = Math.floor(epochMs / 1000);
  if (asked !== second) {
    second = asked;
    prefix = new Date(asked * 1000).toISOString().slice(0, 20);
  }
  const ms = epochMs - asked * 1000;
  return ms < 10 ? `${prefix}00${ms}Z` : ms < 100 ? `${prefix}0${ms}Z` : `${prefix}${ms}Z`;
}
